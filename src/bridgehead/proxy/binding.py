"""When a client connection comes to own an upstream connection, and when it ceases to.

NTLM and Negotiate authenticate a connection (MS-NTHT; RFC 4559 section 6), so what one client logged in on must
never carry another's request. The key is the client connection object and the pool, never an address. Both
triggers count: the request's credential, before a server is chosen, and the response's challenge. A rule that looks
at the challenge alone lets a Kerberos token that comes before any challenge into the shared pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.authentication import challenges_unicode, identity_of
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.head import ResponseHead
    from bridgehead.proxy.request_fields import RequestFields
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.upstream import UpstreamConnection

_NEVER = float("inf")


def connection_for(exchange: Exchange, rule: PublishingRule) -> UpstreamConnection | Refusal:
    """The upstream connection that serves a request: the client's own, a new one that becomes it, or the pool's.

    It belongs to the exchange from now on. The choice is made before a byte is sent anywhere.
    """
    client, pool = exchange.client, rule.pool
    assert pool is not None
    # The pool's name counts: a login outlives a change of the pool it was made in.
    own = client.bindings.get(pool.spec.name) if client.bindings and rule.binds else None
    if own is not None:
        exchange.was_bound = True
        own.conversation = exchange
        return own
    binds = exchange.head.fields.binds and credential_binds(rule, exchange.head.fields)
    if binds and not _may_bind(client):
        return Refusal.TOO_MANY_BINDINGS
    try:
        fresh = binds or exchange.wants_new
        upstream = pool.open(exchange, exchange.tried) if fresh else pool.acquire(exchange)
    except OSError as error:  # out of descriptors
        exchange.detail = str(error)
        return Refusal.POOL_UNREACHABLE
    if binds:
        exchange.was_bound = True
        bind(client, upstream)
    return upstream


def credential_binds(rule: PublishingRule, fields: RequestFields) -> bool:
    """The first trigger: the request brings a credential for the connection, and the rule lets it through."""
    return fields.binds and rule.binds


def challenged(client: ClientConnection, upstream: UpstreamConnection) -> Refusal | None:
    """The second trigger: a server asks for a login of that kind, on a connection that has seen none so far.

    The connection that issued the challenge gets all further legs. It is bound even where the client is about to
    close, so that it cannot come back to the pool.
    """
    if not _may_bind(client):
        return Refusal.TOO_MANY_BINDINGS
    bind(client, upstream)
    return None


def bind(client: ClientConnection, upstream: UpstreamConnection) -> None:
    """Make an upstream connection the client connection's own, for its pool, until either closes."""
    assert upstream.bound_to is None
    if client.bindings is None:
        client.bindings = {}
    assert upstream.pool.spec.name not in client.bindings
    client.bindings[upstream.pool.spec.name] = upstream
    upstream.bound_to = client
    upstream.was_bound = True
    client.worker.binding_count += 1
    client.worker.counters["bound"] += 1


def unbind(upstream: UpstreamConnection) -> None:
    """Dissolve a binding, if there is one. The upstream connection must be discarded in the same turn."""
    client, upstream.bound_to = upstream.bound_to, None
    if client is not None and client.bindings and client.bindings.get(upstream.pool.spec.name) is upstream:
        del client.bindings[upstream.pool.spec.name]
        client.worker.binding_count -= 1


def rest(exchange: RequestInHand, upstream: UpstreamConnection, *, reusable: bool) -> bool:
    """An exchange on a bound connection is over: whether the binding goes on.

    If not, both ends close together: this one now, the client's once it has taken the answer.
    """
    upstream.deadline = _NEVER
    upstream.conversation = None
    if reusable and not exchange.closes:
        upstream.resume_reading()
        return True
    notes.exchange_finished(exchange, upstream, reusable=reusable)
    unbind(upstream)
    upstream.discard()
    return False


def note_identity(upstream: UpstreamConnection, exchange: Exchange) -> None:
    """The tripwire: a second, different user on a bound connection is a security event. Nothing is decided by it."""
    authorization = exchange.head.fields.authorization
    if authorization is None or authorization is upstream.noted:
        return
    upstream.noted = authorization
    identity = identity_of(authorization)
    if identity is None or not identity.user:
        return
    name = f"{identity.domain}\\{identity.user}" if identity.domain else identity.user
    if upstream.identity and upstream.identity.lower() != name.lower():
        notes.identity_changed(exchange, upstream.identity, name)
        exchange.client.worker.log.security(
            "identity-changed", exchange.client, f"{upstream.identity} was followed by {name} on one connection"
        )
    upstream.identity = name


def note_challenge(exchange: RequestInHand, head: ResponseHead) -> None:
    """A server's own leg of NTLM says how it reads the names in the client's."""
    upstream = exchange.upstream
    if upstream is not None and head.fields.binds and (unicode := challenges_unicode(head.fields.block)) is not None:
        upstream.speaks_unicode = unicode


def speaks_unicode(client: ClientConnection, rule: PublishingRule) -> bool | None:
    """How the server reads names that comes next on this connection; None where none was asked for a login."""
    assert rule.pool is not None
    own = client.bindings.get(rule.pool.spec.name) if client.bindings else None
    return None if own is None else own.speaks_unicode


def _may_bind(client: ClientConnection) -> bool:
    """Whether another binding may be made. Caps refuse new ones and never break old ones."""
    return client.worker.binding_count < client.worker.limits.bound_connections

"""What a worker notes of logins, for `bridgehead explain`. Nothing here decides anything, and no token is kept.

Called only where a request brings a credential for its connection, where a site asks for one, and where a bound
connection ends: requests without any of these cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.credentials import user_in
from bridgehead.proxy.tracing.tokens import challenges_in, read_token

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.head import RequestHead, ResponseHead
    from bridgehead.proxy.refusals import Blame
    from bridgehead.proxy.reports import Fact
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.upstream import UpstreamConnection

    What = Literal["challenged", "sent", "answered", "refused", "ended", "identity-changed", "own-login"]

Side = Literal["client", "proxy", "server"]

KIND = "login"
"""Of all reports that are made here."""

_SIDES: dict[Blame, Side] = {"client": "client", "upstream": "server", "proxy": "proxy", "policy": "proxy"}
_ABOUT_LOGINS = {
    Refusal.AUTHENTICATION_NOT_PUBLISHED,
    Refusal.TOO_MANY_BINDINGS,
    Refusal.SHARED_CLIENT_CONNECTION,
    Refusal.USER_NOT_PERMITTED,
    Refusal.LOGIN_PAUSED,
    Refusal.LOGIN_BLOCKED,
}
_NOTED_AS_OWN = {
    Refusal.LOGIN_REQUIRED,
    Refusal.LOGIN_FAILED,
    Refusal.LOGIN_MALFORMED,
    Refusal.LOGIN_OUT_OF_ORDER,
    Refusal.OTHER_USER,
    Refusal.ACCOUNTS_UNAVAILABLE,
}
"""By `own_login`, with more than the refusal says."""
_TOO_LARGE = {Refusal.HEAD_TOO_LONG}


def credential_sent(exchange: RequestInHand, upstream: UpstreamConnection) -> None:
    """A leg of the client is on its way to the site's server."""
    _note(exchange.client, "sent", **_place(exchange), **_server(upstream), **_credential(exchange.head))


def login_answered(exchange: RequestInHand, head: ResponseHead) -> None:
    """The server's answer to a leg."""
    upstream = exchange.upstream
    assert upstream is not None
    facts = _challenges(head) if head.fields.binds else {}
    _note(exchange.client, "answered", **_place(exchange), **_server(upstream), status=head.status, **facts)


def site_challenged(exchange: RequestInHand, head: ResponseHead) -> None:
    """The server asks for a login in answer to a request that brought none: the first time, or once more after one."""
    upstream = exchange.upstream
    assert upstream is not None
    if exchange.was_bound and upstream.noted is None:
        return  # the client goes on asking without a login, and was told before
    _note(
        exchange.client,
        "challenged",
        **_place(exchange),
        **_server(upstream),
        status=head.status,
        again=exchange.was_bound,
        **_challenges(head),
    )


def request_refused(exchange: RequestInHand, refusal: Refusal) -> None:
    """A request was answered here, instead of going on with its login."""
    if refusal in _NOTED_AS_OWN:
        return
    if not (exchange.head.fields.binds or exchange.client.bindings or refusal in _ABOUT_LOGINS):
        return
    credential = _credential(exchange.head) if exchange.head.fields.binds else {}
    credential["user"] = credential.get("user") or _who(exchange)
    facts = {"refused": refusal.code, "detail": exchange.detail}
    _note(exchange.client, "refused", **_place(exchange), **facts, **credential, status=refusal.status)


def head_refused(client: ClientConnection, refusal: Refusal) -> None:
    """A request could not be read; where it was too long, a token may be the reason."""
    if refusal in _TOO_LARGE or client.bindings:
        _note(client, "refused", refused=refusal.code, status=refusal.status)


def binding_ended(client: ClientConnection, upstream: UpstreamConnection, by: Side, why: str) -> None:
    """A connection to a server that belonged to one client has ended, and with it the login on it."""
    _note(client, "ended", **_server(upstream), by=by, detail=why, user=upstream.identity)


def client_ended(client: ClientConnection, by: Side, why: str) -> None:
    """A client's connection ends, and with it whatever login there was on it."""
    for upstream in client.bindings.values() if client.bindings else ():
        binding_ended(client, upstream, by, why)
    if client.logins is not None:
        _note(client, "ended", by=by, detail=why, user=client.logins.names)


def exchange_dropped(exchange: RequestInHand, upstream: UpstreamConnection) -> None:
    """A bound connection ends in the middle of an exchange; `exchange.refusal` says by whose fault."""
    by: Side = "client" if exchange.refusal is None else _SIDES[exchange.refusal.blame]
    binding_ended(exchange.client, upstream, by, exchange.detail)


def exchange_finished(exchange: RequestInHand, upstream: UpstreamConnection, *, reusable: bool) -> None:
    """A bound connection ends after an exchange, because one of the three does not keep it."""
    by: Side
    if exchange.head.closes:
        by, why = "client", "its request said that the connection closes"
    elif exchange.client.ends_soon or exchange.refusal is not None:
        by, why = "proxy", "the client's connection ends here"
    elif not exchange.request_whole:
        by, why = "server", "it answered before the request had ended"
    elif reusable:
        by, why = "client", "it had finished sending"
    else:
        by, why = "server", "it did not keep the connection after its answer"
    binding_ended(exchange.client, upstream, by, why)


def identity_changed(exchange: RequestInHand, before: str, after: str) -> None:
    """A second user has followed on one connection."""
    _note(exchange.client, "identity-changed", **_place(exchange), user=after, before=before)


def own_login(exchange: RequestInHand, outcome: str, user: str = "") -> None:
    """One leg of a login that ends at the proxy itself.

    `outcome` is `challenged` (asked, without a token), `continued` (our token went back), or the word of an `Outcome`;
    `user` is who it is, or claims to be, where that is known.
    """
    credential = _credential(exchange.head) if exchange.head.fields.binds else {}
    if user:
        credential["user"] = user
    _note(exchange.client, "own-login", **_place(exchange), outcome=outcome, **credential)


def _note(client: ClientConnection, what: What, **facts: Fact) -> None:
    worker = client.worker
    worker.reports.add(
        KIND,
        what=what,
        connection=worker.log.connection_id(client),
        client=client.address,
        port=client.port,
        listener=client.listener.spec.name,
        **{name: _legible(fact) for name, fact in facts.items() if fact not in ("", False)},
    )


def _legible(fact: Fact) -> Fact:
    """Without what a terminal or a page would obey: names are what somebody outside has written."""
    if not isinstance(fact, str) or fact.isprintable():
        return fact
    return "".join(character if character.isprintable() else "?" for character in fact)


def _place(exchange: RequestInHand) -> dict[str, Fact]:
    rule = exchange.rule
    return {
        "request": exchange.client.worker.log.request_id(exchange),
        "host": exchange.head.fields.host,
        "rule": rule.name if rule else "",
    }


def _who(exchange: RequestInHand) -> str:
    """Who a refused request is of, where its credential is none of NTLM: logged in at this proxy, or named by Basic."""
    logins, rule, value = exchange.client.logins, exchange.rule, exchange.head.fields.authorization
    account = logins.at(rule.gate) if logins and rule is not None and rule.gate is not None else None
    if account is not None:
        return account.name
    return (user_in(value) or "") if value is not None else ""


def _server(upstream: UpstreamConnection) -> dict[str, Fact]:
    return {"pool": upstream.pool.spec.name, "server": upstream.member.name}


def _credential(head: RequestHead) -> dict[str, Fact]:
    """Of a request's own credential: which leg it is, and whose."""
    value = head.fields.authorization or b""
    token = read_token(value)
    return {
        "scheme": token.scheme,
        "token": token.kind,
        "token_bytes": len(value),
        "user": token.user,
        "workstation": token.workstation[:64],
        "ntlm_version": token.ntlm_version,
        "channel_bound": token.bound,
    }


def _challenges(head: ResponseHead) -> dict[str, Fact]:
    """Of an answer's challenges: the schemes offered, and the server's own token where one of them carries it."""
    tokens = challenges_in(head.fields.block)
    answering = [token for token in tokens if token.kind != "none"]
    facts: dict[str, Fact] = {"offered": ", ".join(dict.fromkeys(token.scheme for token in tokens))}
    if answering:
        facts |= {"scheme": answering[0].scheme, "token": answering[0].kind}
    return facts

"""The request as the server gets it: whether it is sent at all, and the head that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.fields import with_host, with_max_forwards, without_authorization
from bridgehead.proxy.head import REMEMBERED_BYTES
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.credentials import may_bring_a_password

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.head import RequestHead
    from bridgehead.proxy.request_fields import RequestFields
    from bridgehead.proxy.rules import PublishingRule

_TRACED = frozenset((b"OPTIONS", b"TRACE"))
"""Methods for which every hop counts Max-Forwards down (RFC 9110 7.6.2)."""
_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE", b"PROPFIND", b"REPORT", b"SEARCH"))


def objection(rule: PublishingRule, head: RequestHead, client: ClientConnection) -> Refusal | None:
    """Why a routed request is not sent on; None where it is sent, or answered by a redirection."""
    fields = head.fields
    if rule.refuse_reason is not None:
        return Refusal.NOT_PUBLISHED
    if rule.body_bytes is not None and fields.length > rule.body_bytes:
        return Refusal.BODY_TOO_LARGE
    if fields.max_forwards is not None and head.method in _TRACED and not int(fields.max_forwards):
        return Refusal.LAST_HOP
    if fields.instance and client.worker.instance in fields.instance:
        return Refusal.LOOP
    # One client connection that speaks for several clients comes from a multiplexer in front of us. No binding can
    # be right there, so none is made, and one that exists ends.
    if (
        fields.declared_client
        and _declares_another(client, fields.declared_client)
        and (fields.binds or client.bindings or client.logins)
    ):
        client.worker.log.security("shared-client-connection", client, "one connection declares several clients")
        return Refusal.SHARED_CLIENT_CONNECTION
    return None


def _declares_another(client: ClientConnection, declared: bytes) -> bool:
    """Whether the sender now speaks for another client than before on its connection."""
    if not client.declared:
        client.declared = declared[:512]
    return client.declared != declared[:512]


def may_be_repeated(head: RequestHead) -> bool:
    """Whether a request may be sent again when a kept connection turns out to be closed (RFC 9110 9.2.2)."""
    return head.method in _IDEMPOTENT


def is_memorable(rule: PublishingRule, fields: RequestFields) -> bool:
    """Whether what is sent, and that it is, depends on nothing but these fields and the rule; and they are short."""
    if rule.shields and fields.authorization is not None and may_bring_a_password(fields.authorization):
        return False
    special = fields.instance or fields.declared_client or fields.upgrade or fields.max_forwards is not None
    return len(fields.block) <= REMEMBERED_BYTES and not special


def fields_to_send(rule: PublishingRule, head: RequestHead, client: ClientConnection) -> bytes:
    """The field block for the server: the judged fields, and the proxy's own after them."""
    fields = head.fields
    block = fields.block
    if rule.strips_authentication and fields.authorization is not None:
        block = without_authorization(block)
    if rule.host_header is not None:
        block = with_host(block, rule.host_header)
    if fields.max_forwards is not None and head.method in _TRACED:
        block = with_max_forwards(block, int(fields.max_forwards) - 1)
    own = client.own_fields if rule.forwarded else client.instance_field
    if rule.host_header is not None and rule.forwarded:
        own = b"X-Forwarded-Host: " + fields.host_value + b"\r\n" + own
    if fields.instance:
        own = own.replace(client.worker.instance, fields.instance[:256] + b", " + client.worker.instance)
    for field in rule.identity_fields:
        block = field.without_forged(block)
    if rule.gate is not None and rule.gate.identity_field is not None:
        assert client.logins is not None
        own = rule.gate.identity_field.line(client.logins.account(rule.gate)) + own
    if fields.upgrade and not head.old:
        own = b"Connection: Upgrade\r\nUpgrade: " + fields.upgrade + b"\r\n" + own
    return block[:-2] + own

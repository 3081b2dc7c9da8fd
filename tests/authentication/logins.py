"""Clients of pyspnego's making, and what they log in to: tokens in memory, without a network."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import spnego
from spnego.channel_bindings import GssChannelBindings

from bridgehead.authentication.account_file import AccountFile, parse_accounts
from bridgehead.authentication.accounts import Claim, Verdict
from bridgehead.authentication.channel_binding import application_data
from bridgehead.authentication.handshake import Admitted, Denied, Handshake, Policy, Reply, TargetNames, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.authentication.accounts import AccountSource
    from bridgehead.authentication.legs import TicketReader

NAMES = TargetNames("CONTOSO", "contoso.com", "PROXY", "proxy.contoso.com")
PASSWORD = "Alice-likes-lync-1"
SERVED = bytes(range(32))
"""The end-point hash of the certificate that is served."""
NOON = 1_800_000_000.0

ACCOUNTS = f"""
[users.alice]
password = "{PASSWORD}"
member_of = ["staff"]

[users.bob]
password = "Bob-likes-lync-2"

[users.carol]
password = "Carol-likes-lync-3"
disabled = true

[users."zoë"]
password = "Zoë-mag-Lync-ß4"

[users."strauß"]
password = "Strauß-likes-lync-5"

[groups.staff]
member_of = ["everybody"]
""".encode()


def account_file(*wanted: str) -> AccountFile:
    accounts = parse_accounts(ACCOUNTS, "accounts.toml")
    return AccountFile(accounts, domain="CONTOSO", dns_domain="contoso.com", wanted_groups=frozenset(wanted))


def handshake(
    policy: Policy = "accept",
    *,
    certificates: tuple[bytes, ...] = (SERVED,),
    tickets: TicketReader | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Handshake:
    return Handshake(
        NAMES,
        policy=policy,
        certificates=certificates,
        tickets=tickets,
        clock=lambda: NOON,
        random_bytes=random_bytes,
    )


def client(
    scheme: str, user: str = "CONTOSO\\alice", password: str = PASSWORD, *, binding: bytes | None = SERVED
) -> spnego.ContextProxy:
    """`binding` is the end-point hash that the client saw. LM_COMPAT_LEVEL=1 in the environment makes it an NTLMv1."""
    protocol, option = {
        "NTLM": ("ntlm", spnego.NegotiateOptions.use_ntlm),
        "Negotiate": ("negotiate", spnego.NegotiateOptions.use_negotiate),
    }[scheme]
    bindings = GssChannelBindings(application_data=application_data(binding)) if binding is not None else None
    return spnego.client(
        user,
        password,
        hostname="lync.contoso.com",
        service="HTTP",
        protocol=protocol,
        options=option,
        channel_bindings=bindings,
    )


def verdict_of(source: AccountSource, step: Claim | Ticket) -> Verdict:
    verdicts: list[Verdict] = []
    if isinstance(step, Claim):
        source.verify(step, verdicts.append)
    else:
        source.look_up(step.principal, verdicts.append, step.vouched)
    (verdict,) = verdicts
    return verdict


def log_in(
    scheme: str, server: Handshake, initiator: spnego.ContextProxy, source: AccountSource | None = None
) -> Admitted | Denied:
    """All legs, and the client's own judgement of the last token."""
    token = initiator.step()
    for _ in range(4):
        assert token is not None
        step = server.take(scheme, token)
        if isinstance(step, Denied):
            return step
        if not isinstance(step, Reply):
            end = server.conclude(verdict_of(source or account_file(), step))
            if isinstance(end, Admitted):
                if end.token is not None:
                    assert initiator.step(end.token) is None
                assert initiator.complete
            return end
        token = initiator.step(step.token)
    raise AssertionError("the login does not end")

"""Observations as they were seen somewhere, and the verdict of one check on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.observing.question import Failure, FailureKind, Observation, Recording
from bridgehead.verify.observing.questions import Answer, Connected, Resolution, TlsSession
from bridgehead.verify.targets import Scope, Target

if TYPE_CHECKING:
    from bridgehead.verify.verdicts import Verdict

SCOPE = Scope(
    names=("webext.contoso.com", "meet.contoso.com", "lyncdiscover.contoso.com"),
    sip_domains=("contoso.com",),
    internal_names=("lyncdiscoverinternal.contoso.com", "fe01.contoso.local"),
    dns_servers=("192.0.2.53",),
)
POOL = Target(host="webext.contoso.com", roles=("front-end",), scope=SCOPE)
DISCOVERY = Target(host="lyncdiscover.contoso.com", roles=("discovery",), over_http="served", scope=SCOPE)
MEET = Target(host="meet.contoso.com", roles=("meet",), over_http="redirected", scope=SCOPE)

Seen = Mapping[Any, Observation]


def judged(code: str, target: Target, seen: Seen) -> Verdict:
    """What a check says of what was recorded; it may ask for nothing else."""
    check = next(one for one in all_checks() if one.code == code)
    assert check.applies(target) is True, check.applies(target)
    return check.judge(target, Recording(dict(seen)))


def applies(code: str, target: Target) -> bool | str:
    return next(one for one in all_checks() if one.code == code).applies(target)


def failure(kind: FailureKind = "timed-out") -> Failure:
    return Failure(kind=kind, detail=f"It {kind}.")


def answer(status: int, *lines: str, body: str = "", **more: Any) -> Answer:  # noqa: ANN401 - whatever an answer has
    return Answer(status=status, reason="", lines=lines, body=body, body_bytes=len(body), **more)


def no_answer(kind: FailureKind = "timed-out") -> Answer:
    return Answer(failure=failure(kind))


def resolved(*addresses: str, aliases: tuple[str, ...] = ()) -> Resolution:
    return Resolution(addresses=addresses, aliases=aliases, server="192.0.2.53")


def unknown() -> Resolution:
    return Resolution(failure=failure("unknown-name"))


def session(*chain: str, **more: Any) -> TlsSession:  # noqa: ANN401 - whatever a session has
    return TlsSession(version="TLSv1.2", cipher="ECDHE-RSA-AES256-GCM-SHA384", chain=chain, **more)


def connected(address: str = "203.0.113.10", port: int = 443) -> Connected:
    return Connected(address=address, port=port)


def with_scope(target: Target, **more: Any) -> Target:  # noqa: ANN401 - whatever a scope has
    return replace(target, scope=replace(target.scope, **more))

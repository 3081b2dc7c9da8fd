"""TLS: which versions and which application protocols are offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.clients import DESKTOP, EVERYBODY, MOBILE, PHONES, with_tls
from bridgehead.verify.observing.questions import H2_FIRST, Handshake, TlsVersion
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC
from bridgehead.verify.verdicts import Verdict, failed, passed, unseen, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

VERSIONS: tuple[TlsVersion, ...] = ("1.0", "1.1", "1.2", "1.3")


@check(
    "tls.handshake",
    title="TLS is spoken",
    tries="A handshake with the name as SNI, in any version from 1.0 on.",
    expects="The handshake completes.",
    why='The proxy uses SSL/TLS with clients ("Configuration requirements for reverse proxy in Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("tcp.https",),
)
def handshake(target: Target, look: Look) -> Verdict:
    """Any version."""
    seen = look(usual(target))
    if seen.failure is None:
        return passed(f"{seen.version}, {seen.cipher}")
    causes = {
        "garbage": "Something else than TLS listens on this port: plain HTTP, or another service.",
        "timed-out": "The port accepts and says nothing: its program hangs, or a firewall answers for it.",
        "closed": "The proxy ends the connection: it has no certificate for this name, or a relay has no server.",
        "reset": "The proxy or a firewall resets the connection: no certificate for this name, or a filter by SNI.",
        "too-much": "The certificate has very many names, or many certificates are sent: clients with OpenSSL take no "
        "more than 100 KiB.",
        "tls": "The proxy refuses: no certificate for this name, or versions and ciphers that nobody here knows.",
    }
    mend = (
        "Look into the proxy's log for the failed handshake; check that the listener has a certificate for this name."
    )
    if seen.failure.kind == "too-much":
        mend = "Request a certificate with the published names alone, and send only its intermediates with it."
    return failed(str(seen.failure), causes.get(seen.failure.kind, ""), mend)


@check(
    "tls.versions",
    title="TLS 1.2 is offered, and nothing prohibited",
    tries="Four handshakes, each with one version alone: 1.0, 1.1, 1.2, 1.3.",
    expects="1.2, better with 1.3; neither 1.0 nor 1.1 (RFC 8996).",
    why="iOS needs 1.2, and clients of Lync 2013 know no 1.3. Telephones of the Phone Edition know 1.0 alone.",
    clients=(MOBILE, DESKTOP, PHONES),
    applies=with_tls,
    after=("tls.handshake",),
)
def versions(target: Target, look: Look) -> Verdict:
    """Each version."""
    seen = {version: look(usual(target, version)) for version in VERSIONS}
    offered = [version for version, one in seen.items() if one.failure is None]
    untried = [version for version, one in seen.items() if one.failure is not None and one.failure.kind == "cannot-try"]
    told = f"offered: {', '.join(offered) or 'none'}"
    if untried:
        told += f"; this machine cannot try {', '.join(untried)}"
    if "1.2" in untried:
        return unseen(told)
    if "1.2" not in offered:
        only = "1.3 alone, which clients of Lync 2013 do not know" if offered == ["1.3"] else "old versions alone"
        return failed(
            told,
            f"The listener allows {only}.",
            "Allow TLS 1.2 (and 1.3) on the listener; on Windows in SCHANNEL's Protocols keys.",
        )
    old = [version for version in ("1.0", "1.1") if version in offered]
    if old:
        return warning(
            told,
            f"TLS {' and '.join(old)} is still allowed, which RFC 8996 prohibits and audits report.",
            "Turn it off unless telephones of the Phone Edition or Lync 2010 clients need it.",
        )
    return passed(told)


@check(
    "tls.alpn",
    title="HTTP/2 is not negotiated where people log in by NTLM",
    tries="A handshake that offers h2 and http/1.1.",
    expects="http/1.1, or no answer.",
    why="Windows authentication belongs to a connection; over HTTP/2, which mixes requests, it is not supported "
    '("HTTP/2 on IIS").',
    clients=(DESKTOP, "browsers that log in"),
    applies=lambda target: with_tls(target) and target.has("exchange", *LYNC),
    after=("tls.handshake",),
)
def alpn(target: Target, look: Look) -> Verdict:
    """h2 before http/1.1."""
    seen = look(Handshake(target.host, target.https_port or 443, target.host, alpn=H2_FIRST))
    if seen.failure is not None:
        return warning(
            str(seen.failure),
            "The handshake fails when a client offers h2 and http/1.1, as every browser does.",
            "Choose http/1.1 in ALPN, or do not answer it.",
        )
    if seen.alpn == "h2":
        return failed(
            "h2",
            "HTTP/2 is on for this name, so logins by NTLM or Negotiate fail or reach somebody else's connection.",
            "Turn HTTP/2 off on the listener, or for the names that pass Windows authentication.",
        )
    return passed(seen.alpn or "no protocol chosen, which means HTTP/1.1")


def usual(target: Target, version: TlsVersion | None = None) -> Handshake:
    """The handshake of a usual client, from which the certificate is taken."""
    port = target.https_port or 443
    return Handshake(target.host, port, target.host, version=version or "any")

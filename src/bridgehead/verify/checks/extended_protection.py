"""Extended Protection: the login names the certificate that the client saw, so both sides must have the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.certificate_facts import facts_of, line_of
from bridgehead.verify.checks.clients import decrypted
from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.questions import Handshake
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target


def compared(target: Target) -> bool | str:
    """Whether there are two certificates to compare."""
    if not decrypted(target) or not target.has("exchange", "site"):
        return False
    if target.logs_in_to_proxy:
        return "Clients log in to the proxy itself here: no login reaches the site."
    return bool(target.inside) or "It is not known which servers are behind this name: they are in the file."


@check(
    "extended.same-certificate",
    title="Outside and inside serve the same certificate",
    tries="A handshake with the name outside, and one with each of its servers inside, where they can be reached.",
    expects="The same certificate on both sides.",
    why="With Extended Protection (RFC 5929, tls-server-end-point) a login carries a hash of the certificate; Exchange "
    "demands it for OWA, ECP, MAPI, RPC and PowerShell. It works behind a bridge with the same certificate alone.",
    clients=("Outlook", "everybody who logs in to Exchange by NTLM or Kerberos"),
    applies=compared,
    after=("tls.handshake",),
)
def same_certificate(target: Target, look: Look) -> Verdict:
    """Leaf against leaf."""
    outside = facts_of(look(usual(target)).chain[0])
    if outside is None:
        return unseen("The certificate outside cannot be read.")
    seen = {server: look(Handshake(server.address, server.port, server.server_name)) for server in target.inside}
    reached = {server: facts_of(one.chain[0]) for server, one in seen.items() if one.chain}
    if not reached:
        first = next(iter(seen.values()))
        return skipped(f"The servers inside cannot be reached from here: {first.failure}")
    different = [server for server, facts in reached.items() if facts is None or facts.sha256 != outside.sha256]
    if not different:
        return passed(f"the same on {len(reached)} servers inside")
    evidence = (
        f"outside: {line_of(outside)}",
        *(f"{one.address}: {line_of(facts)}" for one in different if (facts := reached[one])),
    )
    told = f"another certificate on {', '.join(server.address for server in different)}"
    if target.has("exchange"):
        return failed(
            told,
            "The proxy has its own certificate. Where Extended Protection is on, logins by NTLM through it fail.",
            "Serve Exchange's own certificate and key on the proxy for this name, or the proxy's on Exchange.",
            evidence=evidence,
        )
    return warning(
        told,
        "Where the site demands Extended Protection, logins by NTLM or Kerberos through the proxy fail.",
        "If it does, serve the same certificate on both sides; else nothing is to be done.",
        evidence=evidence,
    )

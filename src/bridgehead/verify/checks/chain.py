"""The chain: whole, in order, trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.certificate_facts import is_issued_by, is_self_issued, line_of
from bridgehead.verify.checks.certificate import facts_of_chain
from bridgehead.verify.checks.clients import EVERYBODY, MOBILE, PHONES, with_tls
from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.questions import Handshake
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, unseen, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.reading.facts import Facts
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

# Codes of X509_verify_cert(3).
_NO_ISSUER = {2, 20, 21}
_SELF_SIGNED = {18, 19}
_WRONG_PURPOSE = 26


@check(
    "tls.chain",
    title="The chain is complete",
    tries="Follow the certificates that were sent from the server's own to one that the roots have signed.",
    expects="The server's certificate with its intermediates.",
    why="Browsers fetch or remember what is missing; telephones and mobile clients do not.",
    clients=(MOBILE, PHONES),
    applies=with_tls,
    after=("tls.handshake",),
)
def complete(target: Target, look: Look) -> Verdict:
    """Whether an issuer is missing between what was sent and a root."""
    session = look(usual(target))
    chain = facts_of_chain(session)
    if not chain:
        return unseen("The certificate that was sent cannot be read.")
    if not session.chain_is_whole:
        return unseen("This Python shows the server's own certificate alone.")
    evidence = tuple(line_of(one) for one in chain)
    path = path_of(chain)
    told = f"{len(chain)} sent"
    code = look(verifying(target)).verify_code
    # Where a path ends with a self-signed certificate nothing is missing; whether it is trusted is another question.
    # Public authorities sign with intermediates alone, so a lonely certificate of an unknown issuer lacks one.
    lonely = len(path) == 1 and not is_self_issued(path[0])
    if code in _NO_ISSUER and lonely:
        return failed(
            f"{told}; its issuer {path[-1].issuer} was not",
            "The intermediate certificate of the authority is not installed on the proxy. (Or it is a root that this "
            "machine does not know: then give it with --root.)",
            "Install the intermediates of the authority on the proxy and restart it, or put them into the file of the "
            "chain, after the server's own certificate.",
            evidence=evidence,
        )
    return passed(told, evidence=evidence)


@check(
    "tls.chain-order",
    title="The chain is in order",
    tries="Compare the order on the wire: the server's certificate, then each one's issuer.",
    expects="Each certificate is followed by that of its issuer, and nothing else is sent.",
    why="TLS 1.2 demands the order (RFC 5246 section 7.4.2); old clients take it at its word.",
    clients=(PHONES, "old clients"),
    applies=with_tls,
    after=("tls.handshake",),
)
def in_order(target: Target, look: Look) -> Verdict:
    """The order on the wire."""
    session = look(usual(target))
    chain = facts_of_chain(session)
    if not chain:
        return unseen("The certificate that was sent cannot be read.")
    evidence = tuple(line_of(one) for one in chain)
    path = path_of(chain)
    if path == chain[: len(path)] and len(path) == len(chain):
        return passed(f"{len(chain)} in order")
    mend = "Order the file: the server's certificate, then its issuer, then the issuer's issuer; leave out all others."
    if path != chain[: len(path)]:
        return failed(
            "an issuer stands later than what it issued",
            "The file of the chain was put together in another order.",
            mend,
            evidence=evidence,
        )
    extra = len(chain) - len(path)
    return warning(
        f"{extra} of {len(chain)} do not belong to the chain",
        "Certificates were added that nobody needs.",
        mend,
        evidence=evidence,
    )


@check(
    "tls.trust",
    title="The chain leads to a trusted root",
    tries="Verify the chain against the system's roots or those of --root, leaving dates and name aside.",
    expects="A root that clients outside trust.",
    why="Certificates are acquired from a public certification authority "
    '("Configuration requirements for reverse proxy in Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("tls.chain",),
)
def trusted(target: Target, look: Look) -> Verdict:
    """OpenSSL's own verification."""
    seen = look(verifying(target))
    chain = facts_of_chain(look(usual(target)))
    if seen.failure is not None:
        return unseen(str(seen.failure))
    if seen.verify_code == 0:
        return passed(f"verified, issued by {chain[0].issuer}" if chain else "verified")
    if seen.verify_code == _WRONG_PURPOSE:
        return passed("verified up to its usage, which has its own check")
    last = path_of(chain)[-1].issuer if chain else "nobody"
    cause = (
        "It is signed by itself: a certificate for trying out, or the authority's own root was sent and nobody here "
        "knows it."
        if seen.verify_code in _SELF_SIGNED
        else "The authority is not among the roots: a private one, or one that this machine does not know yet."
    )
    return failed(
        f"{seen.verify_message} (OpenSSL {seen.verify_code}); the chain ends at {last}",
        cause,
        "Use a certificate of a public authority. If clients do trust this root, name it with --root FILE.",
        evidence=tuple(line_of(one) for one in chain),
    )


def verifying(target: Target) -> Handshake:
    """The handshake that verifies."""
    return Handshake(target.host, target.https_port or 443, target.host, verify=True)


def path_of(chain: Sequence[Facts]) -> tuple[Facts, ...]:
    """From the first certificate to its issuer and so on, as far as what was sent leads."""
    path = [chain[0]]
    rest = list(chain[1:])
    while not is_self_issued(path[-1]):
        issuer = next((one for one in rest if is_issued_by(path[-1], one)), None)
        if issuer is None:
            break
        rest.remove(issuer)
        path.append(issuer)
    return tuple(path)

"""Whether clients can follow the chain to a root that they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.chains.links import is_self_signed
from bridgehead.certificates.judging.strength import judge_signature
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cryptography import x509

    from bridgehead.certificates.chains.chain import Chain
    from bridgehead.certificates.chains.roots import Roots


def judge_chain(
    chain: Chain, where: str, now: datetime, *, public: bool | None, roots: Sequence[Roots]
) -> list[Problem]:
    """Complete, to a trusted root, and every intermediate valid. `roots` are those that it was built with."""
    return [*_intermediates(chain, where, now), *_end(chain, where, public=public, roots=roots)]


def _intermediates(chain: Chain, where: str, now: datetime) -> Iterator[Problem]:
    for certificate in chain.served[1:]:
        facts = facts_of(certificate)
        yield from judge_signature(facts, where)
        if facts.not_after is not None and facts.not_after < now:
            message = f"The intermediate certificate {facts.label} expired on {facts.not_after:%Y-%m-%d}."
            hint = "Get the current one from the authority's web site and give it with --chain."
            yield Problem("certificate.intermediate-expired", where, message, hint)
        if not facts.is_authority:
            message = f"{facts.label} signed the certificate before it, and is no authority: clients refuse that."
            yield Problem("certificate.issuer-no-authority", where, message, "Give the right chain with --chain.")


def _end(chain: Chain, where: str, *, public: bool | None, roots: Sequence[Roots]) -> Iterator[Problem]:
    given = any(known and known.trust == "given" for known in roots)
    if chain.trust is not None:
        if chain.trust == "given" and public:
            message = "Its root was given by hand; a public authority is planned. Phones, partners and guests do not "
            message += "know a root of your own."
            hint = 'Write issuer = "private" below [plan] if that is meant, or ask a public authority.'
            yield Problem("certificate.issuer-private", where, message, hint, "warning")
    elif is_self_signed(chain.leaf):
        message = "The certificate is signed by itself: no client trusts it."
        yield Problem("certificate.self-signed", where, message, "Send the request to an authority.")
    elif public is False and not given:
        issuer = facts_of(chain.served[-1]).issuer
        message = (
            f"Whether the chain is complete was not judged: the root of your own authority ({issuer}) is not given."
        )
        yield Problem("certificate.root-unconfirmed", where, message, "Give it with --root FILE.", "warning")
    elif chain.root is None:
        yield _incomplete(chain.served[-1], where)
    else:
        yield _unknown_root(chain.root, where, roots)


def _incomplete(last: x509.Certificate, where: str) -> Problem:
    facts = facts_of(last)
    message = f"The chain is not complete: the certificate of {facts.issuer or 'the issuer'}, which signed "
    message += f"{facts.label}, is missing."
    hint = "Phones cannot fetch it themselves. Give it with --chain FILE"
    hint += f"; it can be downloaded from {facts.issuer_url}." if facts.issuer_url else "."
    hint += " For an authority of your own, its root: --root FILE."
    return Problem("certificate.chain-incomplete", where, message, hint)


def _unknown_root(root: x509.Certificate, where: str, roots: Sequence[Roots]) -> Problem:
    if not any(roots):
        message = "This machine has no store of public roots, so whether clients trust the issuer was not judged."
        hint = "Install the ca-certificates package, or name a store in SSL_CERT_FILE."
        return Problem("certificate.roots-unknown", where, message, hint, "warning")
    message = (
        f"The chain ends at {facts_of(root).label}, which is neither a public root that this machine knows nor given."
    )
    hint = 'If it is your own authority\'s: --root FILE, and issuer = "private" below [plan]. Phones, partners and '
    hint += "guests will not trust it."
    return Problem("certificate.issuer-not-trusted", where, message, hint)

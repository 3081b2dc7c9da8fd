"""What an authority issued, judged like any certificate that is imported, before it comes into the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.requests import ORIGIN
from bridgehead.certificates.chains.chain import Chain, build_chain
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.store.facts import GenerationFacts
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bridgehead.certificates.acme.authority import Authority
    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.keys import PrivateKey
    from bridgehead.certificates.store.facts import RequestFacts

_ABOUT_TRUST = {
    "certificate.chain-incomplete",
    "certificate.issuer-not-trusted",
    "certificate.issuer-private",
    "certificate.root-unconfirmed",
    "certificate.roots-unknown",
    "certificate.lives-too-long",
}
"""What is always found in a certificate from a staging directory, whose root nobody trusts."""


@dataclass(frozen=True)
class Judged:
    """A chain, and what was found."""

    chain: Chain
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps it from being used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def refused_as(self, path: Path) -> tuple[Problem, ...]:
        """The errors, and where the certificate is that was not taken."""
        message = "The authority has issued a certificate that is not fit to be served; nothing has changed."
        hint = f"It is kept in {path}. After you have looked: bridgehead certificate import {path} --force"
        return (*self.errors, Problem("acme.unfit", str(path), message, hint))


def judged(
    pem: bytes, key: PrivateKey, expected: Expectation, authority: Authority, *, where: str, now: datetime
) -> Judged:
    """The chain in its order, and every finding. Raises AttemptFailed for what is no certificate."""
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem)
        given = [one for path in authority.roots for one in x509.load_pem_x509_certificates(read_file(path))]
    except ValueError as error:
        message = f"What {authority.label} sent is no chain of certificates: {error}."
        raise AttemptFailed([Problem("acme.not-understood", where, message)], order_is_over=True) from None
    roots = [Roots.of(given), system_roots()]
    chain = build_chain(leaf, (*others, *given), roots, now)
    found = judge(chain, key, expected, where=where, now=now, roots=roots)
    if authority.for_trial:
        found = [problem for problem in found if problem.code not in _ABOUT_TRUST]
    return Judged(chain, tuple(found))


def facts_for(answer: Judged, request: RequestFacts, now: datetime) -> GenerationFacts:
    """What is kept beside the certificate."""
    root = answer.chain.root if answer.chain.trust == "given" else None
    return GenerationFacts(
        exportable=request.exportable,
        made_at=now,
        origin=ORIGIN,
        friendly_name=request.friendly_name,
        description=request.description,
        root=root.public_bytes(Encoding.PEM).decode("ascii") if root is not None else "",
    )

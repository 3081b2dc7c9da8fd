"""A certificate, its chain and its key against what is expected: every finding, with a stable code.

Pure: the time is given, no file is opened, nobody is asked. The codes are listed in `docs/certificates.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.judging.anchoring import judge_chain
from bridgehead.certificates.judging.dates import judge_dates, judge_lifetime
from bridgehead.certificates.judging.names import judge_names
from bridgehead.certificates.judging.strength import judge_strength
from bridgehead.certificates.judging.usage import judge_usage
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from bridgehead.certificates.chains.chain import Chain
    from bridgehead.certificates.chains.roots import Roots
    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.reading.facts import Facts


def judge(
    chain: Chain,
    key: PrivateKeyTypes | None,
    expected: Expectation,
    *,
    where: str,
    now: datetime,
    roots: Sequence[Roots],
) -> list[Problem]:
    """Everything that is wrong with a certificate, and everything odd about it. Nothing is raised.

    `key` is not compared where it is None; `now` must know its time zone; `roots` are those that the chain was built
    with.
    """
    facts = facts_of(chain.leaf)
    found = [*_unreadable(facts, where)]
    if key is not None and not belongs(key, chain.leaf):
        found.append(key_does_not_match(where, "this certificate"))
    found += judge_dates(facts, where, now, expected.expires_within)
    found += judge_names(facts, expected, where)
    found += judge_usage(facts, expected, where)
    found += judge_strength(facts, where)
    found += judge_chain(chain, where, now, public=expected.public, roots=roots)
    if chain.trust == "public" or (expected.public and chain.trust is None):
        found += judge_lifetime(facts, where, expected.lifetimes)
    found += judge_laboratory(facts, where)
    return list(dict.fromkeys(found))


def key_does_not_match(where: str, certificate: str) -> Problem:
    """A private key beside a certificate of another one."""
    message = f"This private key does not belong to the certificate in {certificate}."
    hint = "Use the key that the certificate was requested with."
    return Problem("certificate.key-does-not-match", where, message, hint)


def judge_laboratory(facts: Facts, where: str) -> Iterator[Problem]:
    """Certificates of the laboratory are for the demonstration and for tests."""
    if facts.laboratory:
        message = "This certificate is the laboratory's, for the demonstration alone: never for production."
        hint = "Request one: bridgehead certificate request --help"
        yield Problem("certificate.laboratory", where, message, hint, "warning")


def _unreadable(facts: Facts, where: str) -> Iterator[Problem]:
    for part in facts.unreadable:
        message = f"The certificate's {part} cannot be read; clients may refuse it."
        yield Problem("certificate.unreadable-part", where, message, "Ask the authority to issue it again.")

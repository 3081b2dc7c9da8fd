"""How it goes with certificates that are ordered (ACME): what is remembered between attempts. Reads files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.acme.state import Ledger
from bridgehead.certificates.alarms.facts import OrderFact
from bridgehead.certificates.keys import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.certificates.acme.state import Attempt
    from bridgehead.certificates.keys import Kind


_NEEDS_SOMEBODY = {"acme.account-key", "acme.external-account-key", "acme.terms", "acme.tsig-key"}
"""Codes of what stays wrong until a person does something: files of the administrator's, terms to agree to."""


def order_facts(store: Path) -> tuple[OrderFact, ...]:
    """A fact about every certificate whose last attempt failed; nothing where none was ever ordered."""
    ledger = Ledger(store)
    return tuple(
        _fact(name, kind, tuple(state.attempts.values()))
        for name, kind in _renewed(ledger)
        if (state := ledger.renewal(name, kind)).attempts
    )


def _renewed(ledger: Ledger) -> Iterator[tuple[str, Kind]]:
    for path in sorted((ledger.directory / "renewals").glob("*/*.json")):
        for kind in KINDS:
            if path.stem == kind:
                yield path.parent.name, kind


def _fact(name: str, kind: Kind, attempts: tuple[Attempt, ...]) -> OrderFact:
    last = max(attempts, key=lambda attempt: attempt.last)
    problems = " ".join(problem.get("message", "") for problem in last.problems)
    # Of several authorities one that works is enough: as long as one has not failed as often, it may be the one.
    failures = min(attempt.failures for attempt in attempts)
    needs_somebody = all(_hopeless(attempt) for attempt in attempts)
    return OrderFact(name, failures, problems, min(one.next for one in attempts), needs_somebody, kind)


def _hopeless(attempt: Attempt) -> bool:
    return any(problem.get("code") in _NEEDS_SOMEBODY for problem in attempt.problems)

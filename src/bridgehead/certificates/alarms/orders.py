"""How it goes with certificates that are ordered (ACME): what is remembered between attempts. Reads files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.acme.state import Ledger
from bridgehead.certificates.alarms.facts import OrderFact, Unusable
from bridgehead.certificates.keys import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.certificates.acme.state import Attempt
    from bridgehead.certificates.keys import Kind


_NEEDS_SOMEBODY = {"acme.account-key", "acme.external-account-key", "acme.terms", "acme.tsig-key"}
"""Codes of what stays wrong until a person does something: files of the administrator's, terms to agree to."""


def order_facts(store: Path) -> tuple[OrderFact | Unusable, ...]:
    """A fact about every certificate whose last attempt failed; nothing where none was ever ordered.

    What cannot be read is a fact as well, and raises nothing.
    """
    return tuple(_facts(Ledger(store)))


def _facts(ledger: Ledger) -> Iterator[OrderFact | Unusable]:
    directory = ledger.directory / "renewals"
    try:
        # Not by a pattern: that finds nothing where nothing may be read.
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        yield _unusable("orders", directory, error, "order:")
        return
    for name in names:
        for kind in KINDS:
            try:
                attempts = tuple(ledger.renewal(name, kind).attempts.values())
            except OSError as error:
                about = f"order:{name}:{kind}"
                yield _unusable(about, directory / name / f"{kind}.json", error, about)
                continue
            if attempts:
                yield _fact(name, kind, attempts)


def _unusable(where: str, path: Path, error: OSError, hides: str) -> Unusable:
    return Unusable(where, f"How it goes with orders cannot be read from {path}: {error.strerror or error}.", (hides,))


def _fact(name: str, kind: Kind, attempts: tuple[Attempt, ...]) -> OrderFact:
    last = max(attempts, key=lambda attempt: attempt.last)
    problems = " ".join(problem.get("message", "") for problem in last.problems)
    # Of several authorities one that works is enough: as long as one has not failed as often, it may be the one.
    # After one that no other could have mended no other is asked, and what was noted of them earlier is no hope.
    hopes = attempts if last.another_may_help else (last,)
    failures = min(attempt.failures for attempt in hopes)
    needs_somebody = all(_hopeless(attempt) for attempt in hopes)
    return OrderFact(name, failures, problems, min(one.next for one in hopes), needs_somebody, kind)


def _hopeless(attempt: Attempt) -> bool:
    return any(problem.get("code") in _NEEDS_SOMEBODY for problem in attempt.problems)

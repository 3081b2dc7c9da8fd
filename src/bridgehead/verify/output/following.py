"""Follows a verification to its end, or to where somebody ends it: there is a report in either case."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, cast

from bridgehead import __version__
from bridgehead.verify.results import Branch, Counts, Report, Result
from bridgehead.verify.run import Finished, Judged

if TYPE_CHECKING:
    from collections.abc import Generator

    from bridgehead.verify.run import Event, Verification


class View(Protocol):
    """Shows what happens while it happens."""

    def show(self, event: Event) -> None:
        """One thing that happened."""

    def close(self) -> None:
        """Nothing more comes."""


class Unwatched:
    """For whoever waits for the report."""

    def show(self, event: Event) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def follow(verification: Verification, view: View) -> tuple[Report, bool]:
    """The report, and whether somebody interrupted (Ctrl-C): then it has what was judged until then."""
    results: list[Result] = []
    began = datetime.now(UTC)
    # Closing the events stops the run: nothing new is tried.
    happening = cast("Generator[Event, None, None]", verification.events())
    with closing(view), closing(happening) as events:
        try:
            for event in events:
                if isinstance(event, Finished):
                    return event.report, False
                if isinstance(event, Judged):
                    results.append(event.result)
                view.show(event)
        except KeyboardInterrupt:
            pass
    return _until_now(verification, results, began), True


def _until_now(verification: Verification, results: list[Result], began: datetime) -> Report:
    branches = tuple(
        Branch(
            target=target.host,
            roles=target.roles,
            results=tuple(one for one in results if one.target == target.host),
            chain=verification.chain_of(target),
        )
        for target in verification.targets
    )
    return Report(
        program=f"bridgehead {__version__}",
        subject=verification.subject,
        began=began,
        seconds=round((datetime.now(UTC) - began).total_seconds(), 3),
        complete=False,
        branches=branches,
        counts=Counts(**{status: sum(one.status == status for one in results) for status in Counts.model_fields}),
    )

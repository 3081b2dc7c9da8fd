"""Verifies again and again, and tells what changed: for the night of a cut-over."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bridgehead.verify.changes import Change, carried_over, changes
from bridgehead.verify.registry import Selection, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.verify.results import Report

LOGINS = ("login.ntlm", "login.negotiate", "login.identities", "signin")
"""What sends somebody's credentials."""
ONCE = (
    "behaviour.large-upload",
    "behaviour.long-poll",
    "behaviour.smuggling",
    "login.identities",
    "signin.event-channel",
)
"""What takes long, moves much or alarms those who watch the network: once it has passed, it is not tried again."""
LOGINS_REST = timedelta(minutes=30)
"""How long nobody logs in after a login failed. Domains lock accounts after a few wrong passwords, and by default
forget them after half an hour ("Reset account lockout counter after")."""

End = Literal["green", "time", "interrupted"]


@dataclass(frozen=True)
class Pace:
    """How often, how long, and until what."""

    every: float = 60.0
    """Seconds between the end of a round and the next."""
    limit: float = 12 * 3600.0
    """Seconds after which no round begins."""
    until_green: bool = False


@dataclass(frozen=True)
class Round:
    """One time through."""

    number: int
    at: datetime
    """When it ended, UTC."""
    report: Report
    """With earlier results where something was not tried again."""
    changes: tuple[Change, ...]
    logins_rest_until: datetime | None = None


@dataclass
class Watch:
    """Rounds of `verify`, which takes what to select. Raises KeyboardInterrupt where it does."""

    verify: Callable[[Selection], Report]
    selection: Selection
    pace: Pace
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ended: End = "interrupted"
    """How it ended; whoever interrupts it leaves it so."""
    _resting_until: datetime | None = field(default=None, init=False)

    def rounds(self) -> Iterator[Round]:
        """The first round and those after it, until the pace says that it is over."""
        over = self.now() + timedelta(seconds=self.pace.limit)
        last: Report | None = None
        number, whole = 0, False
        while True:
            number += 1
            left_out = () if last is None else self._left_out(last, whole=whole)
            found = self.verify(Selection(self.selection.only, (*self.selection.skip, *left_out)))
            report = found if last is None else carried_over(last, found)
            changed = () if last is None else changes(last, report)
            last = report
            self._rest_after(found)
            yield Round(number, self.now(), report, changed, self._resting_until)
            green = report.complete and report.exit_status() == 0
            if self.pace.until_green and green and not left_out:
                self.ended = "green"
                return
            if self.now() + timedelta(seconds=self.pace.every) > over:
                self.ended = "time"
                return
            self.wait(self.pace.every)
            # Results of before are not enough to call it green.
            whole = self.pace.until_green and green

    def _left_out(self, last: Report, *, whole: bool) -> tuple[str, ...]:
        passed = {one.code for one in last.results} - {
            one.code for one in last.results if one.status not in {"passed", "warning"}
        }
        once = () if whole else tuple(code for code in ONCE if code in passed)
        resting = self._resting_until is not None and self.now() < self._resting_until
        return (*once, *LOGINS) if resting else once

    def _rest_after(self, found: Report) -> None:
        logins = [one for one in found.results if any(matches(pattern, one.code) for pattern in LOGINS)]
        # Where nobody could log in nothing can be judged, and a proof was refused all the same.
        if any(one.status in {"failed", "unseen"} for one in logins):
            self._resting_until = self.now() + LOGINS_REST
        elif any(one.status == "passed" for one in logins):
            self._resting_until = None

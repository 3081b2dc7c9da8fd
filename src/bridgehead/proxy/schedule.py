"""Changes that are due at a time, such as a staged certificate: carried out by the running proxy, as a reload each."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from bridgehead.problems import ProblemsFound
from bridgehead.proxy.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.proxy.watch import Watch

LOOK_SECONDS = 60.0
"""How often the schedule is looked at, so that a clock that was set and a change that nobody told of are noticed."""

PAUSE_SECONDS = 1.0
"""From one change to the next, whatever the schedule says: each is a reload."""


class Schedule(Protocol):
    """Whatever knows of changes to come. The certificate store satisfies it. All may raise ProblemsFound."""

    def next_change(self) -> float | None:
        """When the next change is due, in seconds since 1970. None where nothing waits."""
        ...

    def carry_out(self, now: float) -> str:
        """Change the files that the proxy reads. What was done, in words. Raises, and then nothing has changed."""
        ...

    def settle(self) -> None:
        """The proxy has changed to what was carried out."""
        ...

    def put_back(self, reason: str) -> None:
        """The proxy has refused: undo what was carried out, and do not try it again."""
        ...

    def alarms(self) -> tuple[str, ...]:
        """What was due and refused, one sentence each."""
        ...


class Timekeeper:
    """Sees to it that what is scheduled happens in time, and that the proxy outlives it."""

    def __init__(self, schedule: Schedule | None = None, watch: Watch | None = None) -> None:
        self._schedule = schedule
        self.watcher = Watcher(watch)
        self._not_before = 0.0
        self._trouble = ""

    def next_change(self, now: float) -> float | None:
        """When the next change is due, in seconds since 1970. None where nothing waits, or that cannot be found out."""
        if self._schedule is not None:
            with self._outliving(now):
                return self._schedule.next_change()
        return None

    def pause(self, now: float) -> float | None:
        """How many seconds the supervisor may sleep; None where nothing can ever be due."""
        if self._schedule is None:
            return None
        due = self.next_change(now)
        if due is None:
            return LOOK_SECONDS
        return min(max(due - now, self._not_before - now, 0.0), LOOK_SECONDS)

    def keep(self, now: float, reload: Callable[[], str]) -> None:
        """Carry out what is due, if anything is. `reload` changes the proxy, or raises ProblemsFound."""
        changing = False
        if self._schedule is not None and now >= self._not_before:
            with self._outliving(now):
                due = self._schedule.next_change()
                changing = due is not None and due <= now
                if changing:
                    _say(f"due: {self._schedule.carry_out(now)}")
                    self._change(self._schedule, now, reload)
                    self._not_before = now + PAUSE_SECONDS
                self._trouble = ""
        self.watcher.look(now, at_once=changing)

    def _change(self, schedule: Schedule, now: float, reload: Callable[[], str]) -> None:
        try:
            said = reload()
        except Exception as error:
            with self._outliving(now):
                schedule.put_back(str(error))
            raise
        schedule.settle()
        _say(said)

    def alarms(self, now: float) -> tuple[str, ...]:
        """What an administrator must know, one sentence each."""
        told: tuple[str, ...] = ()
        if self._schedule is not None:
            try:
                told = self._schedule.alarms()
            except Exception as error:  # noqa: BLE001 - whoever asks for the status is told, and the proxy outlives it
                told = (str(error),)
        trouble = (self._trouble,) if self._trouble else ()
        return tuple(dict.fromkeys((*told, *self.watcher.sentences(now), *trouble)))

    @contextmanager
    def _outliving(self, now: float) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the proxy outlives it, and serves what it served
            if not isinstance(error, ProblemsFound):
                traceback.print_exc()
            self._not_before = now + LOOK_SECONDS
            if str(error) != self._trouble:
                _say(f"ALARM: a scheduled change failed, what was served goes on being served:\n{error}")
            self._trouble = str(error)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

"""Runs the checks and tells what happens while they run; the end is a `Report`."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgehead import __version__
from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.registry import Check, Selection
from bridgehead.verify.results import Branch, Counts, Report, Result
from bridgehead.verify.verdicts import Verdict, skipped, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target


@dataclass(frozen=True)
class Planned:
    """The first event: what is going to be tried."""

    checks: tuple[tuple[str, str], ...]
    """Target and code of each."""


@dataclass(frozen=True)
class Began:
    """A check has begun."""

    target: str
    code: str
    title: str


@dataclass(frozen=True)
class Judged:
    """A check has ended."""

    result: Result


@dataclass(frozen=True)
class Finished:
    """The last event."""

    report: Report


Event = Planned | Began | Judged | Finished

_UNBUILT = {"failed": "failed", "unseen": "could not be judged"}
_SIMULTANEOUS = 4
"""Names that are verified at the same time: connections are bounded besides, by the observer."""


@dataclass
class Verification:
    """One run. `look` answers questions; `seconds` bounds the whole: what has not begun by then is not tried."""

    targets: Sequence[Target]
    look: Look
    subject: str = ""
    selection: Selection = field(default_factory=Selection)
    seconds: float = 900.0
    simultaneous: int = _SIMULTANEOUS
    chain_of: Callable[[Target], tuple[str, ...]] = lambda _: ()
    """The certificates that a target was seen with, for the tree."""

    def events(self) -> Iterator[Event]:
        """What happens, as it happens; ends with `Finished`. Closing the iterator stops the run."""
        began, started = datetime.now(UTC), time.monotonic()
        plan = {target: _checks_for(target, self.selection) for target in self.targets}
        yield Planned(tuple((target.host, one.code) for target, some in plan.items() for one in some))
        happened: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        waiting: queue.SimpleQueue[Target] = queue.SimpleQueue()
        for target in self.targets:
            waiting.put(target)
        stop = threading.Event()
        limit = started + self.seconds

        def work() -> None:
            try:
                while not stop.is_set():
                    try:
                        target = waiting.get_nowait()
                    except queue.Empty:
                        return
                    _Walk(target, self.look, happened.put, lambda: stop.is_set() or time.monotonic() > limit).through(
                        plan[target]
                    )
            finally:
                happened.put(None)

        workers = [
            threading.Thread(target=work, name=f"verify {number}", daemon=True)
            for number in range(max(1, min(self.simultaneous, len(plan))))
        ]
        for worker in workers:
            worker.start()
        try:
            yield from self._until_finished(len(workers), happened, began, started)
        finally:
            stop.set()

    def report(self) -> Report:
        """The end of it, for whoever does not want to watch."""
        last = None
        for last in self.events():  # noqa: B007 - the last event is what is wanted
            pass
        assert isinstance(last, Finished), "events end with it"
        return last.report

    def _until_finished(
        self, workers: int, happened: queue.SimpleQueue[Event | None], began: datetime, started: float
    ) -> Iterator[Event]:
        results: dict[str, list[Result]] = {target.host: [] for target in self.targets}
        while workers:
            event = happened.get()
            if event is None:
                workers -= 1
                continue
            if isinstance(event, Judged):
                results[event.result.target].append(event.result)
            yield event
        seconds = time.monotonic() - started
        branches = tuple(
            Branch(
                target=target.host,
                roles=target.roles,
                results=tuple(results[target.host]),
                chain=self.chain_of(target),
            )
            for target in self.targets
        )
        yield Finished(
            Report(
                program=f"bridgehead {__version__}",
                subject=self.subject,
                began=began,
                seconds=round(seconds, 3),
                complete=seconds <= self.seconds,
                branches=branches,
                counts=_counts(branches),
            )
        )


class _Walk:
    """One target's checks, one after the other."""

    def __init__(
        self, target: Target, look: Look, tell: Callable[[Event], None], time_is_up: Callable[[], bool]
    ) -> None:
        self._target = target
        self._look = look
        self._tell = tell
        self._time_is_up = time_is_up
        self._blocking: dict[str, str] = {}
        """What cannot be built upon, and what became of it. A check that does not apply here is not among it."""

    def through(self, checks: Sequence[Check]) -> None:
        for one in checks:
            self._tell(Began(self._target.host, one.code, one.title))
            started = time.monotonic()
            verdict = self._verdict(one)
            if verdict.status in _UNBUILT:
                self._blocking[one.code] = _UNBUILT[verdict.status]
            milliseconds = round((time.monotonic() - started) * 1000, 1)
            self._tell(Judged(_result(one, self._target, verdict, milliseconds)))

    def _verdict(self, one: Check) -> Verdict:
        applies = one.applies(self._target)
        if isinstance(applies, str):
            return skipped(applies)
        if self._time_is_up():
            return skipped("There was no time left for it.")
        missing = next((code for code in one.after if code in self._blocking), None)
        if missing is not None:
            reason = f"It cannot be judged without {missing}, which {self._blocking[missing]}."
            self._blocking[one.code] = "was skipped"
            return skipped(reason)
        try:
            return one.judge(self._target, self._look)
        except Exception as error:  # noqa: BLE001 - what a strange server makes of one check must not end the others
            return unseen(f"The check itself broke: {type(error).__name__}: {error}", mend="Report it with this line.")


def _checks_for(target: Target, selection: Selection) -> tuple[Check, ...]:
    return tuple(one for one in all_checks() if selection.takes(one.code) and one.applies(target) is not False)


def _result(one: Check, target: Target, verdict: Verdict, milliseconds: float) -> Result:
    return Result(
        code=one.code,
        title=one.title,
        target=target.host,
        status=verdict.status,
        tried=verdict.tried or one.tries,
        seen=verdict.seen,
        expected=verdict.expected or one.expects,
        milliseconds=milliseconds,
        clients=one.clients,
        cause=verdict.cause,
        mend=verdict.mend,
        evidence=verdict.evidence,
    )


def _counts(branches: Sequence[Branch]) -> Counts:
    counted = dict.fromkeys(Counts.model_fields, 0)
    for branch in branches:
        for result in branch.results:
            counted[result.status] += 1
    return Counts(**counted)

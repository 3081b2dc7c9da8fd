"""What is told of a watch: of each round its changes alone, as lines for people or as JSON lines for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgehead.verify.output.legible import on_one_line
from bridgehead.verify.output.text import to_be_mended, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bridgehead.verify.changes import Change
    from bridgehead.verify.results import Result
    from bridgehead.verify.verdicts import Status
    from bridgehead.verify.watching import End, Round

_SHOWN = 3
_ENDS: dict[str, str] = {
    "green": "Nothing fails any more.",
    "time": "The time for watching is over.",
    "interrupted": "Interrupted.",
}
_FOLDED = {"lost": "cannot be judged for now", "found": "judged again, and well"}
Line = tuple[str, "Status"]
"""A line of text, and the status that gives it its colour."""


def lines_of_round(done: Round) -> Iterator[Line]:
    """The first round in short; of every later one what changed, which may be nothing."""
    at = f"{_clock(done.at)}  "
    if done.number == 1:
        yield f"{at}{verdict_of(done.report)}", _colour(done)
        for results in to_be_mended(done.report):
            yield f"{at}{_finding(results)}", results[0].status
        return
    for alike in _alike(change for change in done.changes if change.kind in {"status", "sight"}):
        yield from _told(at, alike)
    for kind, words in _FOLDED.items():
        count = sum(change.kind == kind for change in done.changes)
        if count:
            yield f"{at}{words}: {count} {'check' if count == 1 else 'checks'}", "skipped"


def heartbeat(done: Round, every: float) -> str:
    """That it goes on, for a terminal."""
    counts = done.report.counts
    rest = f"; logins rest until {_clock(done.logins_rest_until)}" if done.logins_rest_until else ""
    return (
        f"{_clock(done.at)}  round {done.number}: {counts.failed} failed, {counts.passed} passed{rest}; again in "
        f"{every:g} s; Ctrl-C ends it"
    )


def lines_of_end(first: Round | None, last: Round | None, changed: int, ended: End) -> Iterator[str]:
    """The summary."""
    if first is None or last is None:
        yield f"{_ENDS[ended]} No round came to its end."
        return
    rounds = f"{last.number} {'round' if last.number == 1 else 'rounds'}"
    yield f"{_ENDS[ended]} {rounds} from {_day(first.at)} to {_day(last.at)}, {changed} changes."
    yield f"At the end {verdict_of(last.report)}"
    for results in to_be_mended(last.report):
        yield f"  {_finding(results)}"
        if results[0].mend:
            yield f"      mend  {on_one_line(results[0].mend)}"


def json_of_round(done: Round) -> str:
    """One line. `failed` are all that fail now."""
    return _line(
        {
            "event": "round",
            "number": done.number,
            "time": done.at.isoformat(),
            "complete": done.report.complete,
            "counts": done.report.counts.model_dump(),
            "changes": [change.model_dump() for change in done.changes],
            "failed": [
                {"target": one.target, "code": one.code} for one in done.report.results if one.status == "failed"
            ],
        }
    )


def json_of_end(last: Round | None, changed: int, ended: End) -> str:
    """The last line."""
    return _line(
        {
            "event": "end",
            "reason": ended,
            "rounds": last.number if last else 0,
            "changed": changed,
            "counts": last.report.counts.model_dump() if last else None,
        }
    )


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=True)


def _told(at: str, alike: Sequence[Change]) -> Iterator[Line]:
    change = alike[0]
    seen = on_one_line(change.seen)
    codes, names = _some(one.code for one in alike), _some(one.target for one in alike)
    if change.kind == "sight":
        yield f"{at}{codes}  {names}: now {seen}, before {on_one_line(change.seen_before)}", "unseen"
        return
    yield f"{at}{codes}  {names}: {change.before} → {change.after}: {seen}", change.after
    indent = " " * len(at)
    for name, value in (("cause", change.cause), ("mend", change.mend)):
        if value and change.after != "passed":
            yield f"{indent}{name:5}  {on_one_line(value)}", change.after


def _alike(changed: Iterator[Change]) -> list[list[Change]]:
    """What has the same cause, as a server that is restarted, is told once for all checks and names."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for one in changed:
        what = (one.cause, one.mend) if one.cause else (one.code, one.seen.replace(one.target, "*"))
        found.setdefault((one.kind, one.before, one.after, *what), []).append(one)
    return list(found.values())


def _some(words: Iterable[str]) -> str:
    different = list(dict.fromkeys(words))
    more = len(different) - _SHOWN
    return ", ".join(different[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _finding(results: Sequence[Result]) -> str:
    first, names = results[0], _some(one.target for one in results)
    return f"{first.status}  {first.code}  {names}: {on_one_line(first.seen)}"


def _colour(done: Round) -> Status:
    return "failed" if done.report.counts.failed else "passed"


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"

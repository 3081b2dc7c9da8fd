"""A report as text, for a pipe or a file: no colours, and of long evidence the beginning."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from bridgehead.verify.output.legible import legible, on_one_line
from bridgehead.verify.registry import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgehead.verify.results import Branch, Report, Result

MARKS = {"passed": "ok  ", "failed": "FAIL", "warning": "warn", "skipped": "-   ", "unseen": "?   "}

_EVIDENCE_LINES = 24
_EVIDENCE_CHARACTERS = 400


def as_text(report: Report) -> str:
    """Every name with its checks, then what is to be mended, then the verdict."""
    return "".join(f"{line}\n" for line in _lines(report))


def verdict_of(report: Report) -> str:
    """The last line."""
    counts = report.counts
    told = [
        f"{counts.failed} failed" if counts.failed else "nothing failed",
        f"{counts.passed} passed",
        *(f"{number} {word}" for number, word in _others(report) if number),
    ]
    unfinished = "" if report.complete else " It is not complete: it ended before the last check."
    return f"{', '.join(told)}; {report.seconds:.1f} s.{unfinished}"


def _others(report: Report) -> tuple[tuple[int, str], ...]:
    counts = report.counts
    warnings = "warning" if counts.warning == 1 else "warnings"
    return (counts.warning, warnings), (counts.unseen, "not to be judged from here"), (counts.skipped, "skipped")


def _lines(report: Report) -> Iterator[str]:
    for branch in report.branches:
        yield from lines_of(branch)
    yield from conclusion(report)


def lines_of(branch: Branch) -> Iterator[str]:
    """One name with its checks."""
    yield f"{branch.target} ({', '.join(branch.roles)})"
    for group, results in groupby(branch.results, key=lambda result: result.group):
        yield f"  {GROUPS[group]}"
        for one in results:
            yield f"    {MARKS[one.status]} {one.code:28} {on_one_line(one.seen)} [{one.milliseconds:.0f} ms]"
    yield ""


def conclusion(report: Report) -> Iterator[str]:
    """What is to be mended, then the verdict."""
    for alike in to_be_mended(report):
        yield from told_in_full(alike)
        yield ""
    yield verdict_of(report)


def to_be_mended(report: Report) -> list[tuple[Result, ...]]:
    """Failures, then warnings; what is the same on several names, as one certificate for all of them, once."""
    bad = [result for result in report.results if result.status in {"failed", "warning"}]
    seen = Counter((result.code, result.seen) for result in bad)
    found: dict[tuple[str, ...], list[Result]] = {}
    for result in bad:
        # Either the very same was seen of several names, or the same of each but for the name itself.
        shared = seen[result.code, result.seen] > 1
        what = result.seen if shared else result.seen.replace(result.target, "*")
        found.setdefault((result.status, result.code, what, result.cause), []).append(result)
    return [tuple(alike) for alike in sorted(found.values(), key=lambda some: some[0].status)]


def told_in_full(alike: Sequence[Result]) -> Iterator[str]:
    """A failure or warning with everything that helps to mend it, for all names that have it."""
    result, names = alike[0], ", ".join(one.target for one in alike)
    yield f"{MARKS[result.status].strip()} {names}: {result.title} ({result.code})"
    yield from (f"    {name:9} {on_one_line(value)}" for name, value in parts_of(result).items())
    yield from (f"    | {line}" for line in shown_evidence(result))


def parts_of(result: Result) -> dict[str, str]:
    """Everything that helps to mend it, by its heading, so far as it is known."""
    parts = {
        "tried": result.tried,
        "seen": result.seen,
        "expected": result.expected,
        "concerns": ", ".join(result.clients),
        "cause": result.cause,
        "mend": result.mend,
    }
    return {name: value for name, value in parts.items() if value}


def shown_evidence(result: Result) -> Iterator[str]:
    """The evidence as far as people read it here; JSON and HTML have all of it."""
    lines = [line for item in result.evidence for line in legible(item).splitlines() or [""]]
    for line in lines[:_EVIDENCE_LINES]:
        more = len(line) - _EVIDENCE_CHARACTERS
        yield f"{line[:_EVIDENCE_CHARACTERS]}… ({more} more characters)" if more > 0 else line
    if len(lines) > _EVIDENCE_LINES:
        yield f"… ({len(lines) - _EVIDENCE_LINES} more lines; --format json or html has them)"

"""A report as one HTML page that needs nothing else: no other file, no network, and no script to be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bridgehead.verify.output.chain_picture import chain_picture
from bridgehead.verify.output.legible import legible
from bridgehead.verify.output.text import parts_of, to_be_mended, verdict_of
from bridgehead.verify.registry import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from jinja2 import Template

    from bridgehead.verify.results import Branch, Report, Result
    from bridgehead.verify.verdicts import Status

_LONGEST_BAR = 2000.0
"""Milliseconds, of a full bar at most. Long polls wait on purpose and would leave nothing of the others."""
_ORDER: tuple[Status, ...] = ("failed", "warning", "unseen", "passed", "skipped")
_BAD: frozenset[Status] = frozenset({"failed", "warning", "unseen"})


@dataclass(frozen=True)
class Item:
    """One thing that was tried, as a line that opens."""

    anchor: str
    status: Status
    word: str
    """The status in a word, for whoever does not see colours."""
    label: str
    title: str
    seen: str
    parts: Mapping[str, str]
    evidence: str = ""
    milliseconds: float | None = None
    bar: float = 0.0
    """Per cent of the longest bar."""

    @property
    def is_bad(self) -> bool:
        """Whether it stands open."""
        return self.status in {"failed", "warning"}


@dataclass(frozen=True)
class Group:
    """Lines under a heading, which opens."""

    title: str
    items: tuple[Item, ...]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Status, word and number, of those that occur."""
        found = Counter((one.status, one.word) for one in self.items)
        best_last = sorted(found.items(), key=lambda one: _ORDER.index(one[0][0]))
        return [(status, word, number) for (status, word), number in best_last]

    @property
    def is_bad(self) -> bool:
        """Whether it stands open."""
        return any(one.status in _BAD for one in self.items)


@dataclass(frozen=True)
class Section:
    """Everything about one name."""

    anchor: str
    title: str
    subtitle: str
    groups: tuple[Group, ...]
    picture: str = ""
    """SVG of ours."""
    pem: str = ""
    shows_picture: bool = False
    """Whether something is wrong with what the picture shows."""

    @property
    def is_bad(self) -> bool:
        """Whether it stands open."""
        return any(group.is_bad for group in self.groups)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """As of a group."""
        return Group("", tuple(item for group in self.groups for item in group.items)).counts


@dataclass(frozen=True)
class Mend:
    """Something to be mended, with the places where it was seen."""

    status: Status
    word: str
    title: str
    label: str
    places: tuple[tuple[str, str], ...]
    """Text and anchor."""
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """The whole page."""

    title: str
    subtitle: str
    verdict: str
    is_well: bool
    facts: tuple[tuple[int, str, str], ...]
    """Number, what is counted, and its status."""
    notice: str
    mends: tuple[Mend, ...]
    sections: tuple[Section, ...]


def as_page(report: Report) -> str:
    """The whole page, styles, script and pictures included."""
    places = {(one.target, one.code): f"r{number}" for number, one in enumerate(report.results)}
    notice = "" if report.complete else "This report is not complete: it ended before the last check."
    seen = report.exit_status() != 2
    verdict = verdict_of(report)
    verdict = verdict[:1].upper() + verdict[1:]
    longest = min(_LONGEST_BAR, max((one.milliseconds for one in report.results), default=1.0) or 1.0)
    return rendered(
        Sheet(
            title=f"Verification of {legible(report.subject) or 'published names'}",
            subtitle=f"{report.began:%Y-%m-%d %H:%M:%S} UTC, {report.seconds:.1f} s, {report.program}",
            verdict=verdict if seen else f"Nothing could be seen. {verdict}",
            is_well=report.exit_status() == 0 and report.complete,
            facts=_facts(report),
            notice=notice,
            mends=tuple(_mend(alike, places) for alike in to_be_mended(report)),
            sections=tuple(
                _section(branch, number, places, report.began, longest) for number, branch in enumerate(report.branches)
            ),
        )
    )


def rendered(sheet: Sheet) -> str:
    """The sheet as HTML."""
    return _template().render(sheet=sheet)


_WORDS: dict[Status, str] = {
    "passed": "passed",
    "failed": "failed",
    "warning": "warning",
    "skipped": "skipped",
    "unseen": "not judged",
}


def _facts(report: Report) -> tuple[tuple[int, str, str], ...]:
    counts = report.counts.model_dump()
    names = len(report.branches)
    return (
        (names, "name" if names == 1 else "names", "plain"),
        *(
            (counts[status], word, status if counts[status] else "plain")
            for status, word in _WORDS.items()
            if counts[status] or status == "failed"
        ),
    )


def _mend(alike: Sequence[Result], places: Mapping[tuple[str, str], str]) -> Mend:
    first = alike[0]
    return Mend(
        status=first.status,
        word=_WORDS[first.status],
        title=first.title,
        label=first.code,
        places=tuple((one.target, places[one.target, one.code]) for one in alike),
        parts=_legible({name: value for name, value in parts_of(first).items() if name in {"seen", "cause", "mend"}}),
    )


def _section(
    branch: Branch, number: int, places: Mapping[tuple[str, str], str], began: datetime, longest: float
) -> Section:
    return Section(
        anchor=f"n{number}",
        title=branch.target,
        subtitle=", ".join(branch.roles),
        groups=tuple(
            Group(GROUPS[group], tuple(_item(one, places[one.target, one.code], longest) for one in results))
            for group, results in groupby(branch.results, key=lambda result: result.group)
        ),
        picture=chain_picture(branch.chain, began),
        pem="".join(branch.chain),
        shows_picture=any(one.group == "tls" and one.status in _BAD for one in branch.results),
    )


def _item(result: Result, anchor: str, longest: float) -> Item:
    return Item(
        anchor=anchor,
        status=result.status,
        word=_WORDS[result.status],
        label=result.code,
        title=result.title,
        seen=legible(result.seen),
        parts=_legible(parts_of(result)),
        evidence=evidence(result.evidence),
        milliseconds=result.milliseconds,
        bar=round(min(100.0, 100 * result.milliseconds / longest), 1),
    )


def evidence(lines: Iterable[str]) -> str:
    """Lines to copy."""
    return "\n".join(map(legible, lines))


def _legible(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: legible(value) for name, value in parts.items()}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("bridgehead.verify.output"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("verification.html")

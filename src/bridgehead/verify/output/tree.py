"""A finished report for a terminal: names and groups as a tree, with what is not well, and how to mend it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from bridgehead.verify.output.legible import legible, on_one_line
from bridgehead.verify.output.text import MARKS, parts_of, shown_evidence, to_be_mended, verdict_of
from bridgehead.verify.registry import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from bridgehead.verify.results import Branch, Report, Result
    from bridgehead.verify.verdicts import Status

STYLES: dict[Status, str] = {
    "passed": "green",
    "failed": "bold red",
    "warning": "yellow",
    "skipped": "dim",
    "unseen": "magenta",
}
_WORDS: dict[Status, str] = {"failed": "failed", "warning": "to look at", "unseen": "not judged", "skipped": "skipped"}


def print_report(report: Report, console: Console) -> None:
    """Print it: the tree, then everything to be mended, then the verdict."""
    for branch in report.branches:
        console.print(_branch(branch))
    for alike in to_be_mended(report):
        console.print()
        for part in _told(alike):
            console.print(part)
    console.print()
    style = "bold red" if report.counts.failed else "bold green" if report.exit_status() == 0 else "bold magenta"
    console.print(Text(verdict_of(report), style=style if report.complete else "bold yellow"))


def counted(counts: Mapping[Status, int]) -> Text:
    """What is not as it should be in a few words, else nothing."""
    words = [(f"{counts[one]} {word}", STYLES[one]) for one, word in _WORDS.items() if counts.get(one)]
    return Text(", ").join(Text(*word) for word in words)


def _branch(branch: Branch) -> Tree:
    tree = Tree(Text.assemble((branch.target, "bold"), (f"  {', '.join(branch.roles)}", "dim")))
    if not branch.results:
        tree.add(Text("nothing was tried", style="dim"))
    for group, found in groupby(branch.results, key=lambda result: result.group):
        results = list(found)
        heading = tree.add(_heading(GROUPS[group], results))
        for one in results:
            # What is well, or was not tried for want of what failed before, is counted alone.
            if one.status not in {"passed", "skipped"}:
                heading.add(_line(one))
    return tree


def _heading(title: str, results: Sequence[Result]) -> Text:
    counts = Counter(one.status for one in results)
    passed = Text(f"{counts['passed']} passed", style=STYLES["passed"]) if counts["passed"] else Text()
    rest = counted(counts)
    return Text("  ").join([Text(title), Text(", ").join(part for part in (rest, passed) if part)])


def _line(result: Result) -> Table:
    line = Table.grid(padding=(0, 1))
    mark = Text(MARKS[result.status].strip().rjust(4), style=STYLES[result.status])
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True, min_width=22)
    line.add_column(overflow="fold")
    line.add_row(mark, result.code, Text(on_one_line(result.seen)))
    return line


def _told(alike: Sequence[Result]) -> Iterable[Text | Padding]:
    result, names = alike[0], ", ".join(one.target for one in alike)
    mark = (MARKS[result.status].strip(), STYLES[result.status])
    yield Text.assemble(mark, " ", (names, "bold"), f": {result.title} ({result.code})")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in parts_of(result).items():
        table.add_row(name, Text(legible(value), style="bold" if name == "mend" else ""))
    if result.evidence:
        table.add_row("evidence", Text("\n".join(shown_evidence(result)), style="dim"))
    yield Padding(table, (0, 0, 0, 4))

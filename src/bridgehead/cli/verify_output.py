"""Where the report of `bridgehead verify` goes: to the terminal while it runs, to a pipe, into files."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from bridgehead.verify.output.files import put, try_place
from bridgehead.verify.output.following import Unwatched, follow
from bridgehead.verify.output.junit import as_junit
from bridgehead.verify.output.live import LiveView
from bridgehead.verify.output.page import as_page
from bridgehead.verify.output.text import as_text, conclusion, lines_of
from bridgehead.verify.output.tree import print_report
from bridgehead.verify.results import Branch
from bridgehead.verify.run import Judged, Planned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bridgehead.verify.output.following import View
    from bridgehead.verify.results import Report, Result
    from bridgehead.verify.run import Event, Verification


class Format(Enum):
    """What the report is written in."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    HTML = "html"


@dataclass(frozen=True)
class Outputs:
    """Everything that was asked for."""

    form: Format = Format.TEXT
    output: Path | None = None
    """A file for `form`, instead of standard output."""
    html: Path | None = None
    junit: Path | None = None

    def try_places(self) -> None:
        """Find out before it begins whether the files can be written. Raises ProblemsFound."""
        for path in (self.html, self.junit, self.output):
            if path is not None:
                try_place(path)

    def write_files(self, report: Report) -> None:
        """Write the files. Raises ProblemsFound."""
        wanted = [(self.html, Format.HTML), (self.junit, Format.JUNIT), (self.output, self.form)]
        for path, form in wanted:
            if path is not None:
                put(path, written(report, form))


def written(report: Report, form: Format) -> str:
    """The report in a format."""
    match form:
        case Format.TEXT:
            return as_text(report)
        case Format.JSON:
            return f"{report.model_dump_json(indent=2)}\n"
        case Format.JUNIT:
            return as_junit(report)
        case Format.HTML:
            return as_page(report)


def verify_once(verification: Verification, outputs: Outputs) -> int:
    """Run it, show it and write it; the exit status, which is 2 where somebody interrupted it."""
    to_people = outputs.form is Format.TEXT and outputs.output is None
    view: View = live_view(verification.subject)
    plain: PlainView | None = None
    if to_people and not sys.stdout.isatty():
        view = plain = PlainView(verification)
    report, interrupted = follow(verification, view)
    if plain is not None:
        _echo(line for branch in report.branches[plain.told :] for line in lines_of(branch))
        _echo(conclusion(report))
    elif to_people:
        print_report(report, Console(highlight=False))
    elif outputs.output is None:
        typer.echo(written(report, outputs.form), nl=False)
    outputs.write_files(report)
    for path in (outputs.html, outputs.junit, outputs.output):
        if path is not None:
            typer.echo(f"Written to {path}.", err=True)
    if interrupted:
        typer.echo("Interrupted: this is what was known until then.", err=True)
    return 2 if interrupted else report.exit_status()


def live_view(subject: str) -> View:
    """The live tree on standard error, where that is a terminal that can show one."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        return Unwatched()
    return LiveView(console, f"verify {subject}")


class PlainView:
    """Every name on standard output as soon as it and those before it are done: for pipes and logs."""

    def __init__(self, verification: Verification) -> None:
        self._targets = verification.targets
        self._planned: dict[str, int] = defaultdict(int)
        self._results: dict[str, list[Result]] = defaultdict(list)
        self.told = 0
        """How many names were told."""

    def show(self, event: Event) -> None:
        """One thing that happened."""
        if isinstance(event, Planned):
            for target, _ in event.checks:
                self._planned[target] += 1
        elif isinstance(event, Judged):
            self._results[event.result.target].append(event.result)
            self._tell()

    def close(self) -> None:
        """Nothing to take away."""

    def _tell(self) -> None:
        while self.told < len(self._targets):
            target = self._targets[self.told]
            results = self._results[target.host]
            if len(results) < self._planned[target.host]:
                return
            _echo(lines_of(Branch(target=target.host, roles=target.roles, results=tuple(results))))
            self.told += 1


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)

"""Problems, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.problems import Problem

COULD_NOT_RUN = {
    "accounts.password",
    "accounts.password-needed",
    "control.no-answer",
    "file.directory",
    "file.missing",
    "file.unreadable",
    "output.directory",
    "output.exists",
    "output.unwritable",
    "request.which",
}
"""Codes that say that there was nothing to look at: the command was used wrong."""
_NOT_READ = {"certificate.file-missing", "certificate.file-too-large", "certificate.file-unreadable"}
"""Codes of files that a command was given, and that it could not begin without. Among what a check found they are what
is wrong."""


class FoundWrong(ProblemsFound):
    """What a command was made to find, in a file or in what it refers to: the command itself could run."""


def print_problems(problems: Sequence[Problem]) -> None:
    """Print every problem to standard error, in colour only on a terminal."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in problems:
        console.print(as_text(problem))


def as_text(problem: Problem) -> Text:
    """The problem for a terminal: where, what, and below it what to do."""
    warning = problem.severity == "warning"
    style = "yellow" if warning else "red"
    parts: list[tuple[str, str]] = [("warning: " if warning else "error: ", f"bold {style}")]
    if problem.where:
        parts.append((f"{problem.where}: ", "bold"))
    parts.append((problem.message, ""))
    if problem.hint:
        parts.append((f"\n    {problem.hint}", "dim"))
    return Text.assemble(*parts)


def exit_status(problems: Sequence[Problem], *, ended_it: bool = False) -> int:
    """2 where the command could not run, 1 where it found something wrong, 0 where there are only warnings.

    `ended_it` says that the command ended with these, instead of having been made to find them.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return 0
    could_not_run = COULD_NOT_RUN | _NOT_READ if ended_it else COULD_NOT_RUN
    return 2 if all(problem.code in could_not_run for problem in errors) else 1

"""What is wrong with something an operator gave us: a file, a certificate, an address.

Problems are collected, all of them, and raised once. What is wrong with one *request* is a `Refusal`
(`bridgehead.proxy.refusals`), which is another thing: nobody edits a file because of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the operator's words."""

    code: str
    """Stable and dotted, for scripts and documentation: `listener.port-in-use`."""
    where: str
    """File and line where known, and the path of the value: `bridgehead.toml:12: listener[0].address`."""
    message: str
    """What was found and what was expected."""
    hint: str = ""
    """What to do about it."""
    severity: Literal["error", "warning"] = "error"
    """A warning is told and stops nothing; it is never raised."""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n    {self.hint}" if self.hint else text

    def as_json(self) -> dict[str, str]:
        """The problem as a plain dictionary."""
        return asdict(self)


class ProblemsFound(Exception):  # noqa: N818 - it carries findings; "Error" would suggest that a single one ended the work
    """Raised once, with every problem that was found. Nothing has been changed when it is raised."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Findings:
    """Collects problems; `raise_any()` raises them all at once, or does nothing."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, code: str, where: str, message: str, hint: str = "") -> None:
        """Note one problem."""
        self.problems.append(Problem(code, where, message, hint))

    def raise_any(self) -> None:
        """Raise `ProblemsFound` if anything was noted."""
        if self.problems:
            raise ProblemsFound(self.problems)

"""What a check found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgehead.certificates.judging.matrix import Matrix
    from bridgehead.problems import Problem


@dataclass(frozen=True)
class Findings:
    """Everything that a check has to say."""

    problems: tuple[Problem, ...] = ()
    certificates: tuple[dict[str, Any], ...] = ()
    lines: tuple[str, ...] = ()
    """The same certificates, one line each."""
    matrix: Matrix | None = None
    upstream: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    alarms: tuple[dict[str, Any], ...] = ()
    staged: tuple[dict[str, Any], ...] = ()
    orders: tuple[dict[str, Any], ...] = ()

    def with_more(self, more: Findings) -> Findings:
        """Both together."""
        return replace(
            self,
            problems=tuple(dict.fromkeys((*self.problems, *more.problems))),
            certificates=(*self.certificates, *more.certificates),
            lines=(*self.lines, *more.lines),
            matrix=self.matrix or more.matrix,
            upstream=(*self.upstream, *more.upstream),
            notes=(*self.notes, *more.notes),
        )

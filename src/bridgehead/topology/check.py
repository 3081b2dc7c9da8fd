"""What a consistency check is given, and what it may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bridgehead.problems import Findings
    from bridgehead.topology.model import Topology
    from bridgehead.topology.places import Places


@dataclass(frozen=True)
class Check:
    """A topology to look at, and where to note what is wrong with it."""

    topology: Topology
    places: Places
    findings: Findings
    interfaces: Mapping[str, Sequence[str]] | None = None

    def problem(self, code: str, path: tuple[str | int, ...], message: str, hint: str = "") -> None:
        """Note a problem with the value at this path."""
        self.findings.add(code, self.places(*path), message, hint)

    def line_of(self, path: tuple[str | int, ...]) -> str:
        """` in line 12`, to name another place in a sentence; nothing where the line is not known."""
        line = self.places.original_line(*path)
        return f" in line {line}" if line else ""


@dataclass(frozen=True)
class Look:
    """One check, and the sections of the file that it cannot judge unless they are complete."""

    run: Callable[[Check], None]
    needs: AbstractSet[str]

    def __call__(self, check: Check) -> None:
        """Look, and note what is wrong."""
        self.run(check)


def needs(*sections: str) -> Callable[[Callable[[Check], None]], Look]:
    """Declares the sections of the file that a check needs whole."""
    return lambda run: Look(run, frozenset(sections))

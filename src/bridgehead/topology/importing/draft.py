"""The file in the making: its tables, where each value came from, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridgehead.names import normalise_host
from bridgehead.problems import Findings, Problem
from bridgehead.topology.places import Places

if TYPE_CHECKING:
    from bridgehead.topology.model import Path

TRUST = "internal-root-ca.pem"
"""What the file calls the internal root certificate, which no export has."""
CHAIN, KEY = "public-chain.pem", "public-key.pem"
"""What it calls the proxy's own certificate and key."""


@dataclass(frozen=True)
class ImportedPlaces(Places):
    """Places in an export, and in the file of simple URLs beside it."""

    simple_urls_file: str = ""

    def __call__(self, *path: str | int) -> str:
        """The place of the value at this path, in the export that it came from."""
        if self.simple_urls_file and path[:1] in {("simple_urls",), ("publish",)}:
            return replace(self, file=self.simple_urls_file, simple_urls_file="")(*path)
        return super().__call__(*path)


@dataclass
class Draft:
    """The tables of the file, in the spelling of the export, and notes about them."""

    file: str
    """The export, for messages."""
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    """The line of the export for each value."""
    comments: dict[Path, list[str]] = field(default_factory=dict)
    """What the written file says above a table or a value."""
    taken: list[str] = field(default_factory=list)
    """What was taken, one thing a line."""
    left: dict[str, None] = field(default_factory=dict)
    """What is left for the administrator, each asked once."""
    notes: dict[Problem, None] = field(default_factory=dict)
    """Warnings, in their order."""
    faults: Findings = field(default_factory=Findings)
    """What makes the export unusable."""

    def place(self, path: Path, line: int) -> None:
        """Remember where a value came from, and so what is around it."""
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        self.lines[path] = line

    def comment(self, path: Path, sentence: str) -> None:
        """Say something in the file, above the value at this path."""
        self.comments.setdefault(path, []).append(sentence)

    def leave(self, sentence: str) -> None:
        """Something is left for the administrator."""
        self.left.setdefault(sentence)

    def note(self, code: str, line: int, message: str, hint: str = "", *, file: str = "") -> None:
        """Warn of something that works and deserves a look."""
        self.notes.setdefault(Problem(code, f"{file or self.file}:{line}", message, hint, "warning"))

    def fault(self, code: str, line: int, message: str, hint: str = "", *, file: str = "") -> None:
        """Note what makes the export unusable."""
        self.faults.add(code, f"{file or self.file}:{line}", message, hint)

    def add(self, section: str, table: dict[str, Any], line: int) -> tuple[str, int]:
        """Add a table to a list of tables, without what is empty in it; gives its path."""
        tables = self.data.setdefault(section, [])
        path = (section, len(tables))
        tables.append({key: value for key, value in table.items() if value is not None and value not in ("", [])})
        self.place(path, line)
        return path


def same_name(name: str) -> str:
    """A name to compare by: its one spelling, or what stands there if it is none."""
    try:
        return normalise_host(name)
    except ValueError:
        return name.strip().lower()

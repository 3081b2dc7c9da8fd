"""Where a value is, for people: `bridgehead.toml:12: pool[0].external_fqdn`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgehead.topology.positions import Path


@dataclass(frozen=True)
class Places:
    """Turns the path of a value into its place. Without a file it is the path alone."""

    file: str = ""
    lines: Mapping[Path, int] = field(default_factory=dict)
    moved: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """Where an item of a list was in the file, for lists that faulty items were taken from."""

    def __call__(self, *path: str | int) -> str:
        """The place of the value at this path, or of the nearest thing around it that the file has."""
        path = self._original(path)
        line = self.line(path)
        parts = [f"{self.file}:{line}" if self.file and line else self.file, written(self._as_written(path))]
        return ": ".join(part for part in parts if part)

    def nearest(self, path: Path) -> Path:
        """The path of the nearest thing around a value that the file itself has; the path where nothing is known."""
        known: Path = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
            elif part != 0:  # a single value may stand for a list of one
                break
        return known or path

    def line(self, path: Path) -> int | None:
        """The line of the value at this path of the file, or of the nearest thing around it."""
        return self.lines.get(self.nearest(path))

    def _as_written(self, path: Path) -> Path:
        """The path without the indices of lists that a single value stands for."""
        kept: Path = ()
        for part in path:
            if part != 0 or (*kept, part) in self.lines or not self.lines:
                kept = (*kept, part)
        return kept

    def original_line(self, *path: str | int) -> int | None:
        """The same for a path that faulty items may have moved."""
        return self.line(self._original(path))

    def _original(self, path: Path) -> Path:
        if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int):
            return (path[0], self.moved.get((path[0], path[1]), path[1]), *path[2:])
        return path


def written(path: Path) -> str:
    """The path as one would write it: `simple_urls.meet."contoso.com"`, `pool[0].servers[1].port`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{key}" if text else key
    return text

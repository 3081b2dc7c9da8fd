"""On which line of a TOML text each value stands: the standard library's parser does not say.

Only for text that `tomllib` has accepted, so nothing is judged here.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'(?s:.)*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """The line, counted from 1, of each table, key and item of a list, by its path: `("pool", 0, "servers", 1)`."""
    return _Scanner(text).lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_ends = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.table: Path = ()
        self.counts: dict[Path, int] = {}
        while self._skip(_BLANK) < len(text):
            if text.startswith("[", self.at):
                self._header()
            else:
                self._pair(self.table)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        assert found is not None, "tomllib accepted the text"
        self.at = found.end()
        return self.at

    def _note(self, path: Path, at: int) -> None:
        line = bisect_right(self.line_ends, at) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            start = self.at
            if self.text[self.at] in "\"'":
                self._skip(_STRING)
                parts.append(tomllib.loads(f"value = {self.text[start : self.at]}")["value"])
            else:
                self._skip(_BARE_KEY)
                parts.append(self.text[start : self.at])
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _header(self) -> None:
        start = self.at
        several = self.text.startswith("[[", self.at)
        self.at += 2 if several else 1
        path: Path = ()
        key = self._key()
        for position, part in enumerate(key):
            path = (*path, part)
            if several and position == len(key) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            # A table below an array of tables belongs to the array's latest item.
            if path in self.counts:
                path = (*path, self.counts[path])
        self.at += 2 if several else 1
        self.table = path
        self._note(path, start)

    def _pair(self, table: Path) -> None:
        self._skip(_SPACE)
        start = self.at
        path = (*table, *self._key())
        self._note(path, start)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        opening = self.text[self.at]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _SCALAR)

    def _items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self._skip(_BLANK)] != "]":
            self._note((*path, index), self.at)
            self._value((*path, index))
            index += 1
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self.text[self._skip(_BLANK)] != "}":
            self._pair(path)
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1

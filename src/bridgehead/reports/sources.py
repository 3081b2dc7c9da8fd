"""Numbers for the documents that reasons come from, so that a page names each title once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.reports.document import Section, Table, Text

if TYPE_CHECKING:
    from bridgehead.planning.planned import Because


class Sources:
    """Documents in the order in which they are first quoted."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, *because: Because) -> str:
        """The reasons, each with the numbers of its sources behind it."""
        return " ".join(f"{one.reason} {self._marks(one.source.split('; '))}" for one in because)

    def within(self, sentence: str) -> str:
        """A sentence whose quoted titles become numbers: rules carry their source so."""
        return re.sub(r'"([^"]{12,})"', lambda found: self._marks([found[1]]), sentence)

    def _marks(self, titles: list[str]) -> str:
        return "".join(f"[{self._numbers.setdefault(title, len(self._numbers) + 1)}]" for title in titles)

    @property
    def cited(self) -> bool:
        """Whether any document was."""
        return bool(self._numbers)

    def section(self) -> Section:
        """The list of them, for the end of a report."""
        rows = tuple((f"[{number}]", title) for title, number in self._numbers.items())
        introduction = Text("Numbers in brackets stand for these documents.")
        return Section("sources", "Sources", (introduction, Table(("", "Document"), rows, copied=False)))

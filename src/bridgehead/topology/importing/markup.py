"""XML as a tree that knows its lines. No DOCTYPE, no entities, and bounds on what a file may cost.

Expat, which ElementTree stands on, is used without it: ElementTree forgets the lines that problems are told with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.importing.encodings import ExportedText

MOST_ELEMENTS = 500_000
DEEPEST = 64


@dataclass(slots=True)
class Element:
    """One element. Lync Server's names are unique across its namespaces, so elements are known by their local names."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, attribute: str) -> str:
        """The value of an attribute without the space around it; empty without it."""
        return self.attributes.get(attribute, "").strip()

    def each(self, *names: str) -> Iterator[Element]:
        """The elements at this path of names below this one, in their order."""
        if not names:
            yield self
            return
        for child in self.children:
            if child.name == names[0]:
                yield from child.each(*names[1:])

    def first(self, *names: str) -> Element | None:
        """The first of them."""
        return next(self.each(*names), None)

    def descendants(self) -> Iterator[Element]:
        """Every element below this one, in the order of the file."""
        for child in self.children:
            yield child
            yield from child.descendants()


def parse_markup(export: ExportedText) -> Element:
    """The root element. Raises ProblemsFound where the text is no XML, has a DOCTYPE, or is out of all bounds."""
    declared = re.search(r"<!\s*(DOCTYPE|ENTITY)", export.text)
    if declared:
        line = export.text.count("\n", 0, declared.start()) + 1
        message = f"The file has a {declared[1]} declaration; exported topologies have none, and none is read."
        raise _stop("import.doctype", export, line, message, "Export it anew; do not remove the declaration by hand.")
    return _Tree(export).root()


def _stop(code: str, export: ExportedText, line: int, message: str, hint: str = "") -> ProblemsFound:
    return ProblemsFound([Problem(code, f"{export.file}:{line}", message, hint)])


class _Tree:
    """Builds the tree from what the parser meets."""

    def __init__(self, export: ExportedText) -> None:
        self._export = export
        self._open: list[Element] = [Element("", "", {}, 0)]
        self._count = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def root(self) -> Element:
        """Parse all of it."""
        try:
            # The text has been decoded already: expat takes a str as it is, whatever encoding its first line declares.
            self._parser.Parse(self._export.text, True)
        except expat.ExpatError as error:
            sentence = expat.ErrorString(error.code)
            raise _stop(
                "import.not-xml",
                self._export,
                error.lineno,
                f"This is not XML, at column {error.offset + 1}: {sentence}.",
                "The file is damaged, or was cut short when it was copied: export it again.",
            ) from None
        return self._open[0].children[0]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        line = self._parser.CurrentLineNumber
        if self._count > MOST_ELEMENTS:
            message = f"The file has more than {MOST_ELEMENTS:,} elements; no topology has."
            raise _stop("import.too-many-elements", self._export, line, message)
        if len(self._open) > DEEPEST:
            message = f"Elements are nested more than {DEEPEST} deep; those of a topology are not."
            raise _stop("import.too-deep", self._export, line, message)
        namespace, _, name = tag.rpartition("}")
        element = Element(name, namespace, attributes, line)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].text += text

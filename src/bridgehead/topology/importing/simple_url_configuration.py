"""What `Get-CsSimpleUrlConfiguration` gives: its CliXml (`Export-Clixml`), or the lists it prints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.importing.inventory import SimpleUrlEntry
from bridgehead.topology.importing.markup import Element, parse_markup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.topology.importing.encodings import ExportedText

ROOT = ("Objs", "http://schemas.microsoft.com/powershell/2004/04")
EXPORT = "Get-CsSimpleUrlConfiguration | Export-Clixml simple-urls.xml"

_URL = re.compile(r"https?://[^\s,;{}\"']+", re.IGNORECASE)
# `Component : Meet` of a list, and `Component=Meet;Domain=...` of an object in one line.
_KEY = re.compile(r"\b(Identity|Component|Domain|ActiveUrl|SimpleUrlEntry|SimpleUrl)[ \t]*[:=][ \t]*", re.IGNORECASE)
_CUT = re.compile(r"(\.\.\.|…)[ \t]*(}[ \t]*)?\r?$", re.MULTILINE)
# These begin something; the others are properties of one simple URL.
_AROUND = {"identity", "simpleurl"}


@dataclass
class _Record:
    """One simple URL, while its properties come in."""

    scope: str
    line: int
    values: dict[str, str] = field(default_factory=dict)

    def entries(self) -> Iterator[SimpleUrlEntry]:
        """The simple URL, if these properties were of one."""
        component = self.values.get("component", "")
        if component:
            active = _URL.search(self.values.get("activeurl", ""))
            urls = tuple(_URL.findall(self.values.get("simpleurlentry", "")))
            domain = self.values.get("domain", "")
            yield SimpleUrlEntry(component, domain, active[0] if active else "", urls, self.line, self.scope)


def read_simple_url_configuration(export: ExportedText) -> tuple[SimpleUrlEntry, ...]:
    """The simple URLs of every collection. Raises ProblemsFound where there are none, or PowerShell left some out."""
    if export.text.lstrip().startswith("<"):
        root = parse_markup(export)
        if (root.name, root.namespace) != ROOT:
            raise _problem(
                "import.wrong-kind", export.file, root.line, f"This is XML with the root {root.name}, not simple URLs."
            )
        found = tuple(_from_clixml(root))
    else:
        found = tuple(_from_text(export))
    if not found:
        raise _problem("import.no-simple-urls", export.file, 1, "There are no simple URLs in this file.")
    return found


def _problem(code: str, file: str | Path, line: int, message: str) -> ProblemsFound:
    return ProblemsFound([Problem(code, f"{file}:{line}", message, f"Expected is the output of {EXPORT}")])


def _from_clixml(root: Element) -> Iterator[SimpleUrlEntry]:
    for collection in root.each("Obj"):
        scope = _property(collection, "Identity") or "Global"
        for element in (collection, *collection.descendants()):
            if _property(element, "Component"):
                yield from _from_object(element, scope)
            elif element.name == "S" and "component=" in element.text.lower():
                # `Export-Clixml -Depth 1` writes what is deeper as a line of text.
                yield from _records(element.text, scope, element.line)


def _from_object(element: Element, scope: str) -> Iterator[SimpleUrlEntry]:
    entries = next((one for one in element.each("Props", "Obj") if one.get("N") == "SimpleUrlEntry"), None)
    texts = [one.text for one in entries.descendants()] if entries is not None else []
    single = _property(element, "SimpleUrlEntry")
    record = _Record(scope, element.line)
    record.values = {
        "component": _property(element, "Component"),
        "domain": _property(element, "Domain"),
        "activeurl": _property(element, "ActiveUrl"),
        "simpleurlentry": " ".join([single, *texts]),
    }
    yield from record.entries()


def _property(element: Element, name: str) -> str:
    """A property of an object that is a text; an Identity may be an object that only its text is known of."""
    for value in (child for properties in element.each("Props") for child in properties.children):
        if value.get("N") == name:
            text = value.first("ToString") if value.name == "Obj" else value
            return text.text.strip() if text is not None else ""
    return ""


def _from_text(export: ExportedText) -> Iterator[SimpleUrlEntry]:
    cut = _CUT.search(export.text)
    if cut:
        line = export.text.count("\n", 0, cut.start()) + 1
        raise _problem(
            "import.cut-by-powershell", export.file, line, "PowerShell left something out here and wrote dots instead."
        )
    yield from _records(export.text, "Global", 1)


def _records(text: str, scope: str, first_line: int) -> Iterator[SimpleUrlEntry]:
    """Properties in their order; one that comes again begins the next simple URL."""
    record = _Record(scope, first_line)
    for name, value, line in _properties(text, first_line):
        if name in _AROUND or name in record.values:
            yield from record.entries()
            record = _Record(value if name == "identity" else record.scope, line)
        if name not in _AROUND:
            record.line = record.line if record.values else line
            record.values[name] = value.rstrip("};, \t")
    yield from record.entries()


def _properties(text: str, line: int) -> Iterator[tuple[str, str, int]]:
    """Name in lower case, value and line of every property; a value ends where the next name begins."""
    counted = 0
    keys = list(_KEY.finditer(text))
    for index, key in enumerate(keys):
        line += text.count("\n", counted, key.start())
        counted = key.start()
        end = keys[index + 1].start() if index + 1 < len(keys) else len(text)
        yield key[1].lower(), _unwrapped(text[key.end() : end]).strip(), line


def _unwrapped(value: str) -> str:
    """A value that PowerShell broke into lines at the width of its window, put together again."""
    lines = value.split("\n")
    kept = lines[0].rstrip()
    for line in lines[1:]:
        if not line.startswith("          ") or not line.strip():
            break
        kept += line.strip()
    return kept

"""The text of an export, in whatever encoding PowerShell or Topology Builder wrote it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.file import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024
"""A deployment of 500 pools is about half of this in UTF-16."""

# `Out-File` of Windows PowerShell writes UTF-16 with a mark, `-Encoding utf8` and Topology Builder UTF-8 with a mark.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16, little endian"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16, big endian"),
)


@dataclass(frozen=True)
class ExportedText:
    """What is in an exported file."""

    file: str
    """What to call the file in messages."""
    text: str
    encoding: str
    """For people: `UTF-16, little endian`."""


def read_exported_text(path: str | Path) -> ExportedText:
    """The text of a file. Raises ProblemsFound where it cannot be read, is too long, or is no text."""
    data = read_bytes(path, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        _refuse(
            "import.too-large",
            path,
            f"The file is longer than {MOST_BYTES // 1024 // 1024} MiB; no topology is.",
            "Give the .tbxml file, or the output of Get-CsTopology -AsXml.",
        )
    if data.startswith(b"PK\x03\x04"):
        _refuse(
            "import.archive",
            path,
            "This is a ZIP archive; XML is expected. Export-CsConfiguration makes such archives, with secrets in them.",
            "Do not pass it on. Save a copy from Topology Builder, or run Get-CsTopology -AsXml.",
        )
    mark, encoding, words = _encoding(data)
    try:
        text = data[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        _refuse(
            "import.encoding",
            path,
            f"The file begins as {words} and is not: byte {mark + error.start + 1} does not fit.",
            "It is damaged or cut short, or was saved in another encoding. Out-File writes one that is read here.",
        )
    if "\0" in text:
        _refuse("import.not-text", path, "The file is binary; an exported topology is text.")
    if not text.strip():
        _refuse("import.empty", path, "The file is empty.", "The command that wrote it may have failed: run it again.")
    return ExportedText(str(path), text, words)


def _encoding(data: bytes) -> tuple[int, str, str]:
    """Length of the byte order mark, the codec, and its name for people."""
    for mark, encoding, words in _MARKS:
        if data.startswith(mark):
            return len(mark), encoding, words
    # Without a mark: what both XML and PowerShell's lists begin with is one byte long in UTF-8.
    if len(data) > 1 and not data[1] and data[0]:
        return 0, "utf-16-le", "UTF-16, little endian, without byte order mark"
    if len(data) > 1 and not data[0] and data[1]:
        return 0, "utf-16-be", "UTF-16, big endian, without byte order mark"
    return 0, "utf-8", "UTF-8"


def _refuse(code: str, path: str | Path, message: str, hint: str = "") -> NoReturn:
    raise ProblemsFound([Problem(code, str(path), message, hint)])

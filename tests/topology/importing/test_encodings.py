from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.topology.importing import encodings
from bridgehead.topology.importing.encodings import read_exported_text
from tests.topology.importing.exports import ENCODINGS, write


def code_of(path: Path) -> str:
    with pytest.raises(ProblemsFound) as raised:
        read_exported_text(path)
    (problem,) = raised.value.problems
    assert problem.where == str(path)
    return problem.code


@pytest.mark.parametrize("words", ENCODINGS)
def test_every_encoding_that_windows_writes_is_read_and_named(words: str, tmp_path: Path) -> None:
    export = read_exported_text(write(tmp_path / "a.xml", "<Größe/>\n", ENCODINGS[words]))
    assert (export.text, export.encoding) == ("<Größe/>\r\n", words)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_without_its_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes("<a/>".encode(encoding))
    assert read_exported_text(path).text == "<a/>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.empty"),
        (b"\xef\xbb\xbf \r\n", "import.empty"),
        (b"PK\x03\x04rest", "import.archive"),
        (b"\xff\xfe<\x00a", "import.encoding"),
        (b"<Name>K\xf6ln</Name>", "import.encoding"),
        (b"ab\x00\x01cd", "import.not-text"),
    ],
)
def test_what_is_no_export_is_named(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    assert code_of(path) == code


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert code_of(tmp_path / "missing.xml") == "file.missing"


def test_no_more_is_read_than_any_topology_has(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    with path.open("wb") as file:
        file.truncate(encodings.MOST_BYTES * 1000)
    assert code_of(path) == "import.too-large"

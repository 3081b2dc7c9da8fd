"""The bytes of a file, and the passphrase in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridgehead.certificates.keys import read_key
from bridgehead.certificates.reading.files import read_file, read_passphrase
from bridgehead.problems import ProblemsFound


def test_the_passphrase_is_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"correct horse\r\nsecond line\n")
    assert read_passphrase(path) == b"correct horse"


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"\nsecond line"])
def test_an_empty_first_line_is_no_passphrase(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    with pytest.raises(ProblemsFound) as found:
        read_passphrase(path)
    assert found.value.problems[0].code == "passphrase.empty"


@pytest.mark.parametrize("read", [read_file, read_passphrase, lambda path: read_key(path, None)])
def test_a_file_without_an_end_is_given_up_soon(read: Callable[[Path], object]) -> None:
    with pytest.raises(ProblemsFound) as found:
        read(Path("/dev/zero"))
    assert found.value.problems[0].code == "certificate.file-too-large"

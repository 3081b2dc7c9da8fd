from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.verify.output.files import put


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before, and longer than after")
    path.chmod(0o600)
    with path.open() as before:
        put(path, "after")
        assert before.read() == "before, and longer than after"
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_goes_on_leading_to_the_file(tmp_path: Path) -> None:
    link, path = tmp_path / "latest", tmp_path / "report"
    path.write_text("before")
    link.symlink_to(path)
    put(link, "after")
    assert link.is_symlink()
    assert path.read_text() == "after"


def test_what_is_no_file_is_written_to() -> None:
    reading, writing = os.pipe()
    try:
        put(Path(f"/dev/fd/{writing}"), "through a pipe")
        assert os.read(reading, 100) == b"through a pipe"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_place_that_is_not_there_is_a_problem_with_a_name(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        put(tmp_path / "nowhere" / "report.html", "x")
    assert "No such file or directory" in found.value.problems[0].message

"""Output that has no place to go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.certificate.requesting import contoso


def bridgehead(directory: Path, *arguments: str | Path, to: str = "", **environment: str) -> tuple[int, str, str]:
    """Its status, what it said, and what it complained of; `to` is where its output goes instead."""
    with Path(to or os.devnull).open("wb") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "bridgehead", *map(str, arguments)],
            cwd=directory,
            stdout=output if to else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            check=False,
            timeout=60,
        )
    return ended.returncode, (ended.stdout or b"").decode(), ended.stderr.decode()


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("command", [("--version",), ("--help",), ("certificate", "list"), ("check",)])
def test_a_full_disk_under_the_output_is_one_message(command: tuple[str, ...], buffered: str, tmp_path: Path) -> None:
    file = () if command[0].startswith("--") else (contoso(tmp_path),)
    status, _, complained = bridgehead(tmp_path, *command, *file, to="/dev/full", PYTHONUNBUFFERED=buffered)
    assert status == 2
    assert "The output cannot be written: No space left on device." in complained
    assert "Traceback" not in complained
    assert "Exception ignored" not in complained


def test_what_a_terminal_cannot_show_is_no_failure(tmp_path: Path) -> None:
    arguments = ["certificate", "request", "--name", "b\u00fccher.example", "--output-key", "a.key"]
    status, _, complained = bridgehead(tmp_path, *arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (status, complained) == (0, "")
    file = contoso(tmp_path)
    file.write_text(f"# b\u00fccher\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    status, said, complained = bridgehead(tmp_path, "certificate", "check", file, PYTHONIOENCODING="ascii")
    assert status == 1
    assert "Published names" in said
    assert "Traceback" not in complained

"""`bridgehead certificate request` as it is used: arguments, three streams, files, and an exit status."""

from __future__ import annotations

import sys
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from bridgehead.cli import main

EXAMPLES = Path(__file__).parents[3] / "examples"

STORED = """
certificate_store = "store"
"""


@dataclass(frozen=True)
class Finished:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def command(*arguments: str | Path) -> list[str]:
    """The command line of a process."""
    return [sys.executable, "-m", "bridgehead", "certificate", "request", *map(str, arguments)]


def request(directory: Path, *arguments: str | Path, answers: str = "") -> Finished:
    """Run it in this directory; `answers` is what its standard input says.

    In this process, because starting Python costs more than the rest; `test_interview` has real processes.
    """
    stdout, stderr = StringIO(), StringIO()
    with ExitStack() as stack:
        stack.enter_context(chdir(directory))
        stack.enter_context(patch.object(sys, "argv", ["bridgehead", *command(*arguments)[3:]]))
        stack.enter_context(patch.object(sys, "stdin", StringIO(answers)))
        stack.enter_context(redirect_stdout(stdout))
        stack.enter_context(redirect_stderr(stderr))
        ended = stack.enter_context(pytest.raises(SystemExit))
        main()
    status = ended.value.code
    assert isinstance(status, int | None)
    return Finished(status or 0, stdout.getvalue(), stderr.getvalue())


def contoso(directory: Path, more: str = "") -> Path:
    """The documents' example, with its certificate in a store beside it."""
    text = (EXAMPLES / "contoso.toml").read_text(encoding="utf-8")
    head, _, _ = text.partition("[certificate.public]")
    file = directory / "contoso.toml"
    file.write_text(f"{STORED}{head}[certificate.public]\nstore = true\n{more}", encoding="utf-8")
    return file


def left_behind(directory: Path) -> set[str]:
    """Files below the directory, but the topology."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()} - {"contoso.toml"}

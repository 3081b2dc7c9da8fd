"""The command line, in this process: everything but the second that another Python takes to start."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bridgehead.cli import main


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str | Path) -> Finished:
    """`bridgehead` with these words, and what came of it."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    words = ["bridgehead", *map(str, arguments)]
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", words):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Finished(status, out.getvalue(), err.getvalue())

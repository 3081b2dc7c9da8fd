"""Writes a report into a file in one step, so that it is whole whenever somebody looks."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bridgehead.problems import Problem, ProblemsFound

_MODE = 0o644
"""Of a new file: there is no secret in a report."""


def put(path: Path, text: str) -> None:
    """Put the text in place of what is there. Raises ProblemsFound."""
    try:
        if path.exists() and not path.is_file():
            # A pipe or a terminal cannot be replaced.
            path.write_text(text, encoding="utf-8")
            return
        _replace(path.resolve(), text)
    except OSError as error:
        raise _unwritable(path, error) from None


def try_place(path: Path) -> None:
    """Find out before a long run whether the file can be written behind it. Raises ProblemsFound."""
    if path.exists() and not path.is_file():
        return
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", dir=path.resolve().parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> ProblemsFound:
    message = f"The file cannot be written: {error.strerror or error}."
    return ProblemsFound([Problem("output.unwritable", str(path), message, "Choose another place.")])


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else _MODE
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.chmod(mode)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise

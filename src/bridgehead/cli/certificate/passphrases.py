"""Pass phrases: from a file, or asked for without showing what is typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.files import read_passphrase
from bridgehead.certificates.reading.reader import read
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

_CLOSED = {"certificate.passphrase-missing", "key.passphrase-missing"}


def given_passphrase(passphrase_file: Path | None) -> bytes | None:
    """The passphrase in a file, where one was given. Read once: it may be a pipe. Raises ProblemsFound."""
    return read_passphrase(passphrase_file) if passphrase_file is not None else None


def read_opened(path: Path, passphrase: bytes | None) -> Contents:
    """What a file holds; where that is closed, the passphrase is asked for. Problems are in the contents."""
    contents = read(path, passphrase)
    if passphrase is None and sys.stdin.isatty() and any(one.code in _CLOSED for one in contents.problems):
        typed = typer.prompt(f"Passphrase of {path}", hide_input=True, err=True)
        contents = read(path, typed.encode())
    return contents


def new_passphrase(passphrase_file: Path | None, for_what: str) -> bytes:
    """A passphrase for something that is written: from a file, or typed twice. Raises ProblemsFound."""
    if passphrase_file is not None:
        return read_passphrase(passphrase_file)
    if sys.stdin.isatty():
        typed = typer.prompt(f"New passphrase of {for_what}", hide_input=True, confirmation_prompt=True, err=True)
        return str(typed).encode()
    message = f"{for_what} needs a passphrase, and nobody is there to type one."
    raise ProblemsFound([Problem("passphrase.needed", "", message, "Give it in a file: --passphrase-file FILE.")])

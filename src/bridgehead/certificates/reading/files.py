"""A file's bytes, or one sentence that says why there are none."""

from __future__ import annotations

from pathlib import Path

from bridgehead.problems import Problem, ProblemsFound

LARGEST = 4 * 1024 * 1024
"""In bytes. A system's whole bundle of roots is a quarter of a mebibyte: what is larger is something else."""


def read_file(path: str | Path) -> bytes:
    """The contents of a file with certificates or keys. Raises ProblemsFound with the one reason why not."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ProblemsFound([_unreadable(str(path), error)]) from None
    if len(data) > LARGEST:
        message = f"This file is larger than {LARGEST // 1024 // 1024} MiB: no file of certificates or keys is."
        hint = "Is it the right one? A certificate, its chain, a PFX file, a private key or its passphrase is expected."
        raise ProblemsFound([Problem("certificate.file-too-large", str(path), message, hint)])
    return data


def read_passphrase(path: str | Path) -> bytes:
    """The passphrase in a file: its first line, without the line's end. Raises ProblemsFound where there is none."""
    found = read_file(path).split(b"\n", 1)[0].rstrip(b"\r")
    if not found:
        message = "The first line of this file is empty; a passphrase is expected there."
        raise ProblemsFound([Problem("passphrase.empty", str(path), message)])
    return found


def _unreadable(path: str, error: OSError | ValueError) -> Problem:
    if isinstance(error, FileNotFoundError):
        hint = "Check the path and the name."
        return Problem("certificate.file-missing", path, "There is no such file.", hint)
    if isinstance(error, IsADirectoryError):
        return Problem("certificate.file-unreadable", path, "This is a directory; a file is expected.")
    if isinstance(error, PermissionError):
        hint = "Check the owner and permissions of the file and of the directories above it."
        return Problem("certificate.file-unreadable", path, "You may not read this file.", hint)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem("certificate.file-unreadable", path, f"The file cannot be read: {reason}.")

"""Files that a command leaves behind: all of them, or none."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from types import TracebackType


class OutputFiles:
    """Writes files inside a `with` block; where the block fails or is interrupted, none of them is left.

    A file that is there already is replaced only when it is told to, and then last of all, in one step.
    """

    def __init__(self) -> None:
        self._made: list[Path] = []
        self._replacing: list[tuple[Path, Path]] = []

    def add(self, path: Path, content: bytes, *, secret: bool = False, replace: bool = False) -> None:
        """Write a file; a secret one for its owner alone (0600), from its first byte on.

        Raises ProblemsFound where there is one already that is not to be replaced, or where it cannot be written.
        """
        try:
            if path.is_dir():
                raise ProblemsFound([Problem("output.directory", str(path), "This is a directory; name a file in it.")])
            if any(known == path for _, known in self._replacing):
                raise ProblemsFound([Problem("output.twice", str(path), "Two files would have this name.")])
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            target = beside if replace and path.exists() else path
            self._write(target, content, 0o600 if secret else 0o644)
        except FileExistsError:
            raise ProblemsFound([exists(path, secret=secret)]) from None
        except OSError as error:
            raise ProblemsFound([_unwritable(path, error)]) from None
        if target is beside:
            self._replacing.append((beside, path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            for beside, path in self._replacing:
                beside.replace(path)
            return
        for path in self._made:
            with suppress(OSError):
                path.unlink()

    def _write(self, path: Path, content: bytes, mode: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self._made.append(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)


def exists(path: Path, *, secret: bool = False) -> Problem:
    """That a file is there already. A private key is never replaced: with it, its certificate would be lost."""
    hint = "Name another one: a private key is never replaced." if secret else "Name another one, or add --force."
    return Problem("output.exists", str(path), "The file exists, and was left as it is.", hint)


def _unwritable(path: Path, error: OSError) -> Problem:
    hint = "Check the name, the space, and who may write in this directory."
    if isinstance(error, FileNotFoundError):
        hint = f"There is no directory {path.parent}: make it, or name another one."
    return Problem("output.unwritable", str(path), f"The file cannot be written: {error.strerror or error}.", hint)

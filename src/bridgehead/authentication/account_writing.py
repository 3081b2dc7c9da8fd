"""Puts a changed accounts file in place of the old one: in one step, for its owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.authentication.account_list import read_accounts
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def change_accounts(path: Path, change: Callable[[bytes], bytes], *, make: bool = False) -> None:
    """Replace the file by what `change` makes of its content; with `make`, of nothing where there is none.

    Whoever reads meanwhile sees the old or the new, whole. Two that change it at once wait for each other.
    Raises ProblemsFound, and has changed nothing then.
    """
    target = path.resolve()
    try:
        with _alone_in(target.parent):
            content = b"" if make and not target.exists() else read_accounts(path)
            _replace(target, change(content))
    except OSError as error:
        message = f"The file cannot be written: {error.strerror or error}."
        hint = "Check the name, the space, and who may write in its directory."
        raise ProblemsFound([Problem("output.unwritable", str(path), message, hint)]) from None


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    # mkstemp makes it 0600, before there is anything in it.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _keep_owner(path, descriptor)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _keep_owner(path: Path, descriptor: int) -> None:
    """Root, who edits the file of the service's user, leaves it theirs."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        owner = path.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)

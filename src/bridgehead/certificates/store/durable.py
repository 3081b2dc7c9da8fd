"""Changes to files that are there entirely or not at all, also after the power went.

What is new is written beside its place under a name that begins with `.new-`, forced to the disk, and then renamed;
what goes is first renamed to `.old-`. A rename is one step for everybody who looks (POSIX.1, rename), and the directory
is forced to the disk after it. What a crash leaves behind begins with one of the two and means nothing.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNFINISHED = (".new-", ".old-")


def make_directory(path: Path) -> None:
    """A directory for its owner alone; those above it as well, where they are missing."""
    missing = [above for above in (path, *path.parents) if not above.exists()]
    for directory in reversed(missing):
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            give_to_owner_of(directory, directory.parent)
            _force(directory.parent)


def add_directory(path: Path, contents: Mapping[str, bytes]) -> None:
    """A new directory with these files. Raises FileExistsError where there is one: nothing is overwritten."""
    make_directory(path.parent)
    if path.exists():
        raise FileExistsError(17, "there is one already", str(path))
    beside = _beside(path)
    try:
        beside.mkdir(mode=0o700)
        give_to_owner_of(beside, path.parent)
        for name, content in contents.items():
            _write(beside / name, content)
        _force(beside)
        beside.rename(path)
    except OSError:
        _discard(beside)
        raise
    _force(path.parent)


def put_file(path: Path, content: bytes) -> None:
    """A file with this content, in place of the one there may be."""
    beside = _beside(path)
    try:
        _write(beside, content)
        beside.replace(path)
    except OSError:
        _discard(beside)
        raise
    _force(path.parent)


def point(link: Path, target: str) -> None:
    """A symbolic link to `target`, in place of the one there may be."""
    beside = _beside(link)
    try:
        beside.symlink_to(target)
        beside.replace(link)
    except OSError:
        _discard(beside)
        raise
    _force(link.parent)


def remove(path: Path) -> None:
    """Remove a file, a link, or a directory with all that is in it. Nothing to remove is no error."""
    aside = path.with_name(f".old-{secrets.token_hex(8)}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    _force(path.parent)
    _discard(aside)


def clean(directory: Path) -> None:
    """Remove what a crash left behind in a directory. Only for whoever holds the lock."""
    for entry in directory.iterdir() if directory.is_dir() else ():
        if entry.name.startswith(UNFINISHED):
            _discard(entry)


def _beside(path: Path) -> Path:
    return path.with_name(f".new-{secrets.token_hex(8)}")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    give_to_owner_of(path, path.parent)


def give_to_owner_of(path: Path, directory: Path) -> None:
    """Root's commands write for the user that the proxy runs as: the one who owns the store."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _force(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(path: Path) -> None:
    # What cannot be removed now is removed by the next change; it means nothing to anybody.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)

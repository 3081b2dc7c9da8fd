"""Changes to files that are there entirely or not at all, also after the power went.

What is new is written beside its place under a name that begins with `.new-`, forced to the disk, and then renamed;
what goes is first renamed to `.old-`. A rename is one step for everybody who looks (POSIX.1, rename), and the directory
is forced to the disk after it. What a crash leaves behind begins with one of the two and means nothing.

Root makes every change as the owner of the place, see `as_owner_of`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNFINISHED = (".new-", ".old-")
_MOST_STEPS = 1000
"""On the way along a path; links of root that lead to one another in a circle end here."""
_Arguments = ParamSpec("_Arguments")


@contextmanager
def as_owner_of(path: Path) -> Iterator[None]:
    """Root's commands act as the user that the proxy runs as, to whom the store belongs. Others are who they are.

    So the proxy can read what they write; and whoever has taken over the proxy cannot lead root astray by a symbolic
    link in a directory of his own. Of the path it is the innermost part that is not root's whose owner counts, be it
    there already or only the directories above it.
    """
    owner = _owner(path) if os.geteuid() == 0 else None
    if owner is None:
        yield
        return
    groups, own_group = os.getgroups(), os.getegid()
    try:
        os.setgroups([owner.st_gid])
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(groups)


def _owner(path: Path) -> os.stat_result | None:
    owner, here, ahead = None, Path("/"), list(reversed(path.absolute().parts))
    for _ in range(_MOST_STEPS):
        if not ahead:
            break
        step = ahead.pop()
        if step == "..":
            here = here.parent
            continue
        try:
            found = (here / step).lstat()
        except (FileNotFoundError, NotADirectoryError):
            break
        owner = found if found.st_uid != 0 else owner
        if not stat.S_ISLNK(found.st_mode):
            here /= step
        elif found.st_uid != 0:
            # Where it leads he decides whose it is, and may change it at any moment.
            break
        else:
            ahead += reversed((here / step).readlink().parts)
    return owner


def _as_owner(
    change: Callable[Concatenate[Path, _Arguments], None],
) -> Callable[Concatenate[Path, _Arguments], None]:
    """The change is made as the owner of where it is made."""

    @wraps(change)
    def changed(path: Path, /, *arguments: _Arguments.args, **options: _Arguments.kwargs) -> None:
        with as_owner_of(path):
            change(path, *arguments, **options)

    return changed


@_as_owner
def make_directory(path: Path) -> None:
    """A directory for its owner alone; those above it as well, where they are missing."""
    missing = [above for above in (path, *path.parents) if not above.exists()]
    for directory in reversed(missing):
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            _force(directory.parent)


@_as_owner
def add_directory(path: Path, contents: Mapping[str, bytes]) -> None:
    """A new directory with these files. Raises FileExistsError where there is one: nothing is overwritten."""
    make_directory(path.parent)
    if path.exists():
        raise FileExistsError(17, "there is one already", str(path))
    beside = _beside(path)
    try:
        beside.mkdir(mode=0o700)
        for name, content in contents.items():
            _write(beside / name, content)
        _force(beside)
        beside.rename(path)
    except OSError:
        _discard(beside)
        raise
    _force(path.parent)


@_as_owner
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


@_as_owner
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


@_as_owner
def remove(path: Path) -> None:
    """Remove a file, a link, or a directory with all that is in it. Nothing to remove is no error."""
    aside = path.with_name(f".old-{secrets.token_hex(8)}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    _force(path.parent)
    _discard(aside)


@_as_owner
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

"""One writer at a time: a lock on the store that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgehead.certificates.store.durable import as_owner_of
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = ".lock"
PATIENCE_SECONDS = 5.0
"""A change takes milliseconds: whoever holds the lock for so long waits for something else."""
_PAUSE_SECONDS = 0.05


@contextmanager
def lock(store: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the store's lock. Raises ProblemsFound where another process keeps it, OSError where it cannot be made."""
    with as_owner_of(store):
        descriptor = os.open(store / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, store, patience)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, store: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
                message = f"Another command is changing this store (process {holder})."
                hint = "Nothing was changed here. Wait until it has ended, then try again."
                raise ProblemsFound([Problem("store.locked", str(store), message, hint)]) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return

"""Memory that all processes of a proxy share, and record locks on it.

A lock belongs to the process that took it (fcntl, POSIX) and dies with it: a worker that is killed while it holds one
keeps nobody waiting. Only one end of a memfd may ever be open in a process: closing any other would drop its locks.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class SharedMemory:
    """Bytes, all zero at first, that processes forked later see as this one does."""

    def __init__(self, length: int) -> None:
        self._descriptor = os.memfd_create("bridgehead-shield")
        os.ftruncate(self._descriptor, length)
        self._mapped = mmap.mmap(self._descriptor, length)

    def read(self, start: int, length: int) -> bytes:
        """A copy of some bytes."""
        return self._mapped[start : start + length]

    def write(self, start: int, data: bytes) -> None:
        """Put bytes in a place."""
        self._mapped[start : start + len(data)] = data

    @contextmanager
    def locked(self, places: Sequence[int]) -> Iterator[None]:
        """Hold these places alone. In one order everywhere, so that no two processes wait for one another."""
        held: list[int] = []
        try:
            for place in sorted(set(places)):
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, place)
                held.append(place)
            yield
        finally:
            for place in held:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, place)

    def close(self) -> None:
        """Let go of it here; others keep it."""
        self._mapped.close()
        os.close(self._descriptor)

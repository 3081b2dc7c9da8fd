"""Where the log's lines go: a file, or a pipe or socket whose reader may have stopped. No request waits for either."""

from __future__ import annotations

import os
import select
import stat
import sys

KEPT_BYTES = 1 << 20
"""What is kept for a reader that has stopped reading. Lines beyond it are lost, and counted."""


class LogOutput:
    """A path, `-` for standard output, or an empty string for nowhere."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lost = 0
        """Lines that nobody took."""
        self._kept = b""
        self.leads_somewhere = False
        """Whether lines are wanted."""
        self._descriptor = self._open()

    def _open(self) -> int | None:
        self._waits = self.leads_somewhere = False
        if not self.path:
            return None
        try:
            descriptor = sys.stdout.fileno() if self.path == "-" else os.open(self.path, _APPEND, 0o640)
        except OSError as error:  # it could be written when it was checked; serving goes on without it
            print(f"{self.path} cannot be written: {error.strerror}", file=sys.stderr, flush=True)
            return None
        self._waits = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        self.leads_somewhere = True
        return descriptor

    def reopen(self) -> None:
        """Open the path again, after the file was moved away."""
        self.close()
        self._descriptor = self._open()

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None and self.path != "-":
            os.close(self._descriptor)
        self._descriptor = None
        self.leads_somewhere = False

    def write(self, lines: str) -> None:
        """Write what can be written now. A full disk or a stopped reader loses lines, never a request."""
        if self._descriptor is None:
            return
        data = self._kept + lines.encode("utf-8", "replace")
        written = 0
        try:
            while written < len(data) and self._takes_more(self._descriptor):
                end = self._end_of_piece(data, written)
                written += os.write(self._descriptor, memoryview(data)[written:end])
        except OSError:
            self.lost += data.count(b"\n", written)
            written = len(data)
        data = data[written:]
        if len(data) > KEPT_BYTES:
            end = data.rfind(b"\n", 0, KEPT_BYTES) + 1
            self.lost += data.count(b"\n", end)
            data = data[:end]
        self._kept = data

    def _takes_more(self, descriptor: int) -> bool:
        if not self._waits:
            return True
        # Not O_NONBLOCK: whoever shares the terminal or the pipe with us would have it, too.
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        return bool(poll.poll(0))

    def _end_of_piece(self, data: bytes, start: int) -> int:
        """As much as a pipe that can be written takes without waiting (POSIX), and whole lines: others write to it."""
        if not self._waits or len(data) - start <= select.PIPE_BUF:
            return len(data)
        most = start + select.PIPE_BUF
        return data.rfind(b"\n", start, most) + 1 or most


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC

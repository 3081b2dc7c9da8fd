"""What workers tell their supervisor without being asked: facts of a kind, in batches, one way.

Nothing waits for it: a worker keeps its reports until its tick, sends as much as the kernel takes, and counts what it
had to drop (`reports-lost`). No secret belongs into one.
"""

from __future__ import annotations

import json
import socket
import traceback
from time import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    Fact = str | int | float | bool
    Report = dict[str, Any]
    """`kind`, `time` (seconds since 1970), and the facts."""
    Handler = Callable[[Report], None]

MOST_WAITING = 1000
"""Reports that a worker keeps for a supervisor that does not read."""
SENT_EARLY = 100
"""So many are sent without waiting for the tick."""
LONGEST_TEXT = 512
_LONGEST_MESSAGE = 32768
_MESSAGES_AT_ONCE = 64
"""More than the kernel holds for one worker: read until there is no more, without being held by who goes on."""


def report_sockets() -> tuple[socket.socket, socket.socket]:
    """The supervisor's end and the worker's, neither of which blocks. A message arrives whole or not at all."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


class Reports:
    """The worker's end."""

    def __init__(self, sock: socket.socket, counters: Counter[str]) -> None:
        self._sock = sock
        self._counters = counters
        self._waiting: list[bytes] = []

    def add(self, kind: str, **facts: Fact) -> None:
        """Report something that happened now. Texts are cut to 512 characters."""
        if len(self._waiting) >= MOST_WAITING:
            self._counters["reports-lost"] += 1
            return
        cut = {name: fact[:LONGEST_TEXT] if isinstance(fact, str) else fact for name, fact in facts.items()}
        self._waiting.append(json.dumps({"kind": kind, "time": round(time(), 6), **cut}).encode("ascii"))
        if len(self._waiting) % SENT_EARLY == 0:
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the kernel takes it now."""
        while self._waiting:
            count = self._fitting()
            try:
                self._sock.send(b"[" + b",".join(self._waiting[:count]) + b"]")
            except BlockingIOError:
                return
            except OSError:  # the supervisor is gone, and this worker is about to notice
                self._counters["reports-lost"] += len(self._waiting)
                self._waiting.clear()
                return
            del self._waiting[:count]

    def _fitting(self) -> int:
        """How many of them make one message."""
        length = 0
        for count, report in enumerate(self._waiting):
            length += len(report) + 1
            if length > _LONGEST_MESSAGE:
                return max(count, 1)
        return len(self._waiting)


class ReportReader:
    """The supervisor's side: gives each report to the handler of its kind. Reports that nobody wants are dropped."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def read(self, sock: socket.socket) -> bool:
        """Take what is there. False where the other end has closed, and nothing will come any more."""
        for _ in range(_MESSAGES_AT_ONCE):
            try:
                data = sock.recv(2 * _LONGEST_MESSAGE)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            self._hand_on(data)
        return True

    def _hand_on(self, data: bytes) -> None:
        try:
            reports: list[Report] = json.loads(data)
        except ValueError:
            traceback.print_exc()
            return
        for report in reports:
            try:
                if (handler := self.handlers.get(report["kind"])) is not None:
                    handler(report)
            except Exception:  # noqa: BLE001 - whatever one report holds or does, the supervisor outlives it
                traceback.print_exc()

"""Ordinary visitors at a steady rate, in a process of their own: how long they wait for their answers.

A visitor whose turn has come while it still waits is late, and its lateness counts: else a proxy that stands still
would be asked less, and look the better for it.
"""

from __future__ import annotations

import ssl
import sys
import threading
from collections import Counter
from statistics import quantiles
from time import monotonic

from bridgehead.lab.http_client import AnswerBroken, HttpConnection
from tests.load.programs import say

VISITORS = 10
_PATIENCE_SECONDS = 60.0


class Visitor(threading.Thread):
    """One kept connection, asked at a steady rate."""

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext, rate: float, requests: int) -> None:
        super().__init__()
        self._place = place
        self._context = context
        self._pause = 1 / rate
        self._requests = requests
        self.seconds: list[float] = []
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        """All requests, at their time."""
        clock = threading.Event()
        try:
            with HttpConnection(self._place, "site.test", self._context, timeout=_PATIENCE_SECONDS) as client:
                due = monotonic()
                for _ in range(self._requests):
                    clock.wait(max(0.0, due - monotonic()))
                    self.outcomes[str(client.request("GET", "/small").status)] += 1
                    self.seconds.append(monotonic() - due)
                    due += self._pause
        except (AnswerBroken, OSError) as error:
            self.outcomes[f"{type(error).__name__}: {error}"] += 1


def begin() -> None:
    """HOST PORT ROOT RATE SECONDS: requests in each second, of all visitors together."""
    host, port, root, rate, seconds = sys.argv[1:]
    context = ssl.create_default_context(cafile=root)
    each = float(rate) / VISITORS
    visitors = [Visitor((host, int(port)), context, each, int(each * float(seconds))) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    outcomes: Counter[str] = Counter()
    times: list[float] = []
    for visitor in visitors:
        visitor.join()
        outcomes += visitor.outcomes
        times += visitor.seconds
    cuts = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    say(outcomes=outcomes, p50=round(cuts[49] * 1000, 2), p99=round(cuts[98] * 1000, 2), longest=max(times, default=0))


if __name__ == "__main__":
    begin()

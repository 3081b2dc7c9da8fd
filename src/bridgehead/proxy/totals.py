"""What the workers have counted since the start, also those that have ended."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Totals:
    """Sums that never fall: a worker that dies takes along only what it counted after it was last asked.

    Whoever reads them asks the workers each time, so a number that was once told is never told smaller.
    """

    def __init__(self) -> None:
        self._ended: Counter[str] = Counter()
        self._running: dict[int, Counter[str]] = {}

    def note(self, process: int, status: dict[str, Any]) -> None:
        """What a worker says of itself now."""
        self._running[process] = Counter(status["counters"])

    def end(self, process: int) -> None:
        """A worker has ended."""
        self._ended += self._running.pop(process, Counter())

    def all(self) -> dict[str, int]:
        """Each counter's sum."""
        return dict(sum(self._running.values(), self._ended))

"""Whoever keeps an eye on what the proxy serves: the certificates' alarms, of which the proxy knows nothing."""

from __future__ import annotations

import sys
import traceback
from typing import Any, Protocol

from bridgehead.problems import ProblemsFound

LOOK_SECONDS = 60.0
"""How often is looked, besides after each change."""


class Watch(Protocol):
    """What it does is done at once: the supervisor waits for it. All may raise; the proxy outlives it."""

    def look(self, now: float) -> None:
        """Look at everything, and tell what is new. `now` in seconds since 1970."""
        ...

    def status(self, now: float) -> dict[str, Any]:
        """`certificates`, each with `certificate`, `kind`, `role` and `days_left`, and `alarms`, each with `about`,
        `kind`, `name`, `state`, `severity` and `message`."""  # noqa: D205, D209 - one sentence
        ...


class Watcher:
    """Has the watch look now and then, and survives it."""

    def __init__(self, watch: Watch | None = None) -> None:
        self._watch = watch
        self._next = 0.0
        self._trouble = ""

    def look(self, now: float, *, at_once: bool = False) -> None:
        """Look, if it is time to, or something has changed."""
        # A clock that was set back must not keep us from looking for as long.
        if self._watch is None or (not at_once and self._next - LOOK_SECONDS <= now < self._next):
            return
        self._next = now + LOOK_SECONDS
        try:
            self._watch.look(now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the proxy outlives it
            if not isinstance(error, ProblemsFound):
                traceback.print_exc()
            elif str(error) != self._trouble:
                print(f"certificates cannot be watched:\n{error}", file=sys.stderr, flush=True)
            self._trouble = str(error)
        else:
            self._trouble = ""

    def status(self, now: float) -> dict[str, Any]:
        """What it sees. `trouble` is why it could not look."""
        seen: dict[str, Any] = {"certificates": [], "alarms": []}
        trouble = self._trouble
        if self._watch is not None:
            try:
                seen = self._watch.status(now)
            except Exception as error:  # noqa: BLE001 - whoever asks for the status is told, and the proxy outlives it
                trouble = str(error) or type(error).__name__
        return {**seen, "trouble": trouble}

    def sentences(self, now: float) -> tuple[str, ...]:
        """The alarms in words."""
        seen = self.status(now)
        told = [alarm["message"] for alarm in seen["alarms"]]
        return (*told, f"Certificates cannot be watched: {seen['trouble']}") if seen["trouble"] else tuple(told)

"""What a laboratory server saw, for tests to read: one event for each request."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# Enough for the largest stress test; beyond it the oldest events go.
_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Event:
    """One request as the server saw it, after its answer was decided."""

    server: str
    connection: int
    """Number of the TCP connection, unique on its server."""
    user: str | None
    """Who is logged in on the connection, once the request was judged."""
    method: str
    host: str
    """The Host field as it came."""
    path: str
    authorization: str
    """The scheme of the Authorization field, empty without one; its value is never kept."""
    status: int


class Record:
    """Events in the order of their answers. Written on the server's loop, readable from any thread."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=_KEPT)

    def add(self, event: Event) -> None:
        """Note one event."""
        self._events.append(event)

    def events(self) -> list[Event]:
        """All events so far."""
        return list(self._events)

    def clear(self) -> None:
        """Forget all events."""
        self._events.clear()

"""What the supervisor keeps of logins: the latest, in memory, bounded in number and in bytes. The oldest goes first.

One address may fill a fifth of it: whoever tries thousands of passwords does not push out what an operator looks for.
It outlives reloads and the workers that reported; it ends with the supervisor.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING, Any

from bridgehead.proxy.tracing.asked_for import AskedFor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.proxy.reports import Report

MOST_EVENTS = 5000
MOST_BYTES = 2 * 1024 * 1024
SHARE_OF_AN_ADDRESS = 5
"""Its events are at most one in so many of all."""
_MOST_ADDRESSES = 5
"""Named beside an answer about a user."""


class _OfAddress:
    """What one address fills."""

    def __init__(self) -> None:
        self.numbers: deque[int] = deque()
        self.bytes = 0


class LoginHistory:
    """Events as they were reported, oldest first."""

    def __init__(self, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._kept: OrderedDict[int, tuple[str, bytes]] = OrderedDict()
        """By a running number: the client's address, and the event as JSON."""
        self._of_address: dict[str, _OfAddress] = {}
        self._number = 0
        self._bytes = 0
        self.dropped = 0
        """Events that made room for others."""

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes_kept(self) -> int:
        """What the events take, as JSON."""
        return self._bytes

    def add(self, report: Report) -> None:
        """Keep one event."""
        event = {name: fact for name, fact in report.items() if name != "kind"}
        address = str(event["client"])
        text = json.dumps(event).encode("ascii")
        self._number += 1
        self._kept[self._number] = (address, text)
        self._bytes += len(text)
        own = self._of_address.setdefault(address, _OfAddress())
        own.numbers.append(self._number)
        own.bytes += len(text)
        while self._has_more_than_its_share(own):
            self._drop(own.numbers[0])
        while len(self._kept) > self._most_events or self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _has_more_than_its_share(self, own: _OfAddress) -> bool:
        return (
            len(own.numbers) > self._most_events // SHARE_OF_AN_ADDRESS
            or own.bytes > self._most_bytes // SHARE_OF_AN_ADDRESS
        )

    def _drop(self, number: int) -> None:
        address, text = self._kept.pop(number)
        self._bytes -= len(text)
        self.dropped += 1
        own = self._of_address[address]
        own.numbers.popleft()  # an address's own oldest, whichever bound was reached
        own.bytes -= len(text)
        if not own.numbers:
            del self._of_address[address]

    def find(self, wanted: str, last: int) -> dict[str, Any]:
        """The latest connections that belong to an address, a connection's id or a user.

        `connections` are lists of events, newest last; `left_out` is how many more there are. `unnamed` counts, by
        address, what came from the same places and named nobody: it may be the same user.
        """
        asked_for = AskedFor(wanted)
        # The address and port belong to it: a worker that takes a dead one's place counts from one again.
        connections: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
        for _, text in self._kept.values():
            event = json.loads(text)
            connections.setdefault((event["connection"], event["client"], event["port"]), []).append(event)
        found = [_in_order(events) for events in connections.values() if any(map(asked_for.concerns, events))]
        found.sort(key=lambda events: events[-1]["time"])
        addresses = {events[0]["client"] for events in found}
        unnamed = Counter(
            events[0]["client"]
            for events in connections.values()
            if events[0]["client"] in addresses and not asked_for.address and not any("user" in one for one in events)
        )
        return {
            "connections": found[-last:],
            "left_out": max(len(found) - last, 0),
            "unnamed": dict(unnamed.most_common(_MOST_ADDRESSES)),
            "kept": len(self._kept),
            "dropped": self.dropped,
        }


def _in_order(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(events, key=lambda event: float(event["time"]))

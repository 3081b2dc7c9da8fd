"""What clients and servers saw of the same requests, and every way in which that betrays a crossed identity.

The last segment of a request's path is its own: `user17-5.3` is the third request on user17's fifth connection. So
both sides can be held against each other, the requests included whose clients did not stay for the answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgehead.lab.record import Event

_SHOWN = 20


@dataclass(frozen=True)
class Sighting:
    """One request and what its client saw of the answer."""

    connection: str
    """The client's connection: `user17-5`."""
    request: str
    """`user17-5.3`."""
    entitled: str | None
    """Whose login the connection carries; None for nobody's."""
    wanted_status: int
    status: int = 0
    """0 where there was no answer."""
    user: str | None = None
    """Who the server took the sender for."""
    answered: str = ""
    """The request that the answer belongs to, where it says so."""
    server: str = ""
    """The server and its connection, where the answer says so."""
    loss: str = ""
    """Why there is no answer of a server."""

    def __str__(self) -> str:
        where = f" from {self.server}" if self.server else ""
        return f"{self.request} as {self.entitled or 'nobody'}: {self.status or 'no answer'}{where}"


def crossed_identities(sightings: Iterable[Sighting], events: Iterable[Event]) -> list[str]:
    """Everything that is wrong, one sentence each: by the clients' word, then by the servers'."""
    return [*_seen_by_clients(sightings), *_shared_logins(events)]


def losses(sightings: Iterable[Sighting]) -> list[str]:
    """Requests that got no answer of a server, one sentence each."""
    return [f"{sighting}: {sighting.loss}" for sighting in sightings if sighting.loss]


def report(sentences: Sequence[str]) -> str:
    """The first of them, and how many there are."""
    return f"{len(sentences)} findings, the first of them:\n" + "\n".join(sentences[:_SHOWN])


def _seen_by_clients(sightings: Iterable[Sighting]) -> Iterable[str]:
    for sighting in sightings:
        if sighting.loss:
            continue
        if sighting.user != sighting.entitled:
            yield f"{sighting} was answered as {sighting.user or 'nobody'}"
        if sighting.status != sighting.wanted_status:
            yield f"{sighting}, expected {sighting.wanted_status}"
        if sighting.answered not in {"", sighting.request}:
            yield f"{sighting} got the answer to {sighting.answered}"


def _shared_logins(events: Iterable[Event]) -> Iterable[str]:
    """Server connections that were somebody's own, by a credential or a challenge, and served others afterwards."""
    for (server, number), seen in _by_server_connection(events).items():
        first = next((index for index, event in enumerate(seen) if _binds(event)), None)
        if first is None:
            continue
        # A challenge may come on a connection of the pool; a credential must never be sent on one.
        own = seen[first:] if seen[first].status == 401 and not seen[first].authorization else seen
        clients = {client_connection(event) for event in own}
        if len(clients) > 1:
            users = {event.user for event in own if event.user}
            yield (
                f"connection {number} of {server} carried logins ({', '.join(sorted(users)) or 'none completed'}) "
                f"and requests of {', '.join(sorted(clients))}"
            )


def shared_without_login(events: Iterable[Event]) -> int:
    """How many server connections carried requests of several client connections: the pool at work."""
    return sum(len({client_connection(event) for event in seen}) > 1 for seen in _by_server_connection(events).values())


def logins(events: Iterable[Event]) -> set[tuple[str, int]]:
    """The server connections that were somebody's own."""
    return {place for place, seen in _by_server_connection(events).items() if any(map(_binds, seen))}


def _by_server_connection(events: Iterable[Event]) -> dict[tuple[str, int], list[Event]]:
    carried: defaultdict[tuple[str, int], list[Event]] = defaultdict(list)
    for event in events:
        carried[event.server, event.connection].append(event)
    return carried


def client_connection(event: Event) -> str:
    """The client's connection that a server's event belongs to."""
    return request_of(event.path).rpartition(".")[0]


def request_of(path: str) -> str:
    """A path's last segment."""
    return path.rpartition("/")[2]


def _binds(event: Event) -> bool:
    return bool(event.user) or event.authorization.lower() in {"ntlm", "negotiate"} or event.status == 401

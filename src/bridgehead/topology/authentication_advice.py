"""What a careful colleague would ask about logins that end at the proxy: who can no longer come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.topology.logins import Door, doors, source_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.model import Path, Topology

Note = tuple[str, "Path", str, str]

_LYNC = (
    "Lync's clients log in to its web services by web tickets, certificates and OAuth, and mobile clients cannot log "
    "in to a proxy: they no longer sign in."
)
_MEETINGS = "Guests have no account: they no longer join meetings or see the dial-in page."
_DISCOVERY = "Clients ask for discovery before anybody has logged in, mobile ones always: they do not find the server."
_OFFICE = "Guests and servers fetch slides by a token in the URL: presentations in meetings stay empty."
_PHONES = "ActiveSync on phones logs in with Basic or OAuth, never with NTLM: mail on phones stops."


def authentication_advice(topology: Topology) -> Iterator[Note]:
    """Code, place, message and hint of each warning."""
    every = list(doors(topology))
    logins = [door for door in every if door.logs_in]
    told: set[tuple[str, Path]] = set()
    for door in logins:
        for code, path, message, hint in (*_clients(door, topology), *_transport(door)):
            if (code, path) not in told:
                told.add((code, path))
                yield code, path, message, hint
    yield from _ways_round(every, logins)
    yield from _relays(topology)
    yield from _unused(topology, logins)


def _clients(door: Door, topology: Topology) -> Iterator[Note]:
    place, said = door.words[0][0], door.place_of("authentication")
    hint = 'Microsoft publishes Lync with pass-through: write authentication = "pass-through" {where}.'
    if door.kind == "simple URLs":
        yield "authentication.guests", said, _MEETINGS, hint.format(where="in [simple_urls]")
    elif door.kind == "discovery":
        yield "authentication.discovery", said, _DISCOVERY, hint.format(where="in [discovery]")
    elif door.kind == "pool":
        role = topology.pools[int(place[1])].role
        message = _OFFICE if role == "office-web-apps" else _LYNC
        yield "authentication.lync-clients", said, f"{door.what} asks for a login. {message}", hint.format(where="here")
    elif place[0] == "exchange":
        yield from _exchange(door, topology, int(place[1]), said)


def _exchange(door: Door, topology: Topology, index: int, said: Path) -> Iterator[Note]:
    exchange = topology.exchanges[index]
    if "activesync" in exchange.services:
        hint = "Leave activesync out of services, and publish /Microsoft-Server-ActiveSync/* by its own [[publish]]."
        yield "authentication.phones", said, _PHONES, hint
    if door.asked.channel_binding == "require":
        message = (
            "Clients that do not say for which certificate they log in are refused: Outlook on Windows says it; older "
            "ones, many on other systems, and all behind TLS inspection do not."
        )
        hint = 'Try it with one client of each kind; with channel_binding = "accept" only wrong ones are refused.'
        yield "authentication.binding-required", door.place_of("channel_binding"), message, hint


def _transport(door: Door) -> Iterator[Note]:
    if not door.listener.uses_tls:
        message = (
            f"Clients log in to {door.what} on the listener {door.listener.label} without TLS: whoever is in between "
            "can take over the connection, or pass the login on to another server."
        )
        yield "authentication.over-plain", door.place_of("authentication"), message, 'Leave out require_tls = "off".'


def _ways_round(every: list[Door], logins: list[Door]) -> Iterator[Note]:
    """Web sites of a pool answer to every name: one that asks for no login opens what the others close."""
    guarded = {door.pool: door for door in logins if door.kind == "pool"}
    told: set[Path] = set()
    for door in every:
        closed = guarded.get(door.pool) if door.pool is not None and not door.logs_in else None
        place = door.words[0][0]
        if closed is not None and door.kind != "pool" and place not in told:
            told.add(place)
            yield (
                "authentication.way-round",
                place,
                f"{door.what[0].upper()}{door.what[1:]} leads to the servers of {closed.what} without a login.",
                "Leave the login on the pool out, or count on it for nothing that those names reach.",
            )


def _relays(topology: Topology) -> Iterator[Note]:
    for index, relay in enumerate(topology.relays):
        for listener in topology.listeners:
            served = relay.listeners is None or listener.label in relay.listeners
            if served and listener.uses_tls and listener.authentication == "ntlm":
                message = (
                    f"Nobody logs in to the proxy for {relay.label}: its TLS is passed on undecrypted, whatever the "
                    f"listener {listener.label} asks for."
                )
                hint = "Publish it by [[publish]] if the proxy is to ask for a login."
                yield "authentication.relayed", ("relay", index), message, hint
                break


def _unused(topology: Topology, logins: list[Door]) -> Iterator[Note]:
    used = [source_for(topology, door.asked) for door in logins]
    for index, source in enumerate(topology.accounts):
        if not any(source is one for one in used):
            yield (
                "accounts.unused",
                ("accounts", index),
                f"Nothing asks for a login with the accounts of {source.label}.",
                'Write authentication = "ntlm" on what they are for, or leave them out.',
            )

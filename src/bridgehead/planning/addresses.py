"""Addresses: where the internet reaches a listener, and where the inside reaches a pool."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.planning.listeners import doors
from bridgehead.topology.values import split_host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bridgehead.planning.listeners import Door
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool

# Only what never leaves a site counts as internal. Python's `is_private` also names the documentation networks, which
# examples use as public addresses.
_INTERNAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)


def is_internal(address: str) -> bool:
    """Whether the internet cannot reach this address."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_unspecified or any(parsed in network for network in _INTERNAL if network.version == parsed.version)


class PublicAddresses:
    """Where the internet reaches each listener, and so each published host."""

    def __init__(self, topology: Topology, proxy: ProxySpec, interfaces: Mapping[str, Sequence[str]]) -> None:
        self._doors = {door.spec.name: door for door in doors(topology, interfaces)}
        self._public = {name: _public_address(door) for name, door in self._doors.items()}
        self._by_host: dict[str, dict[str, None]] = {}
        for rule in proxy.rules:
            if rule.action.kind in {"forward", "relay"}:
                for host in rule.hosts:
                    self._by_host.setdefault(host, {}).update(dict.fromkeys(rule.listeners))

    @property
    def serving(self) -> set[str]:
        """Names of the listeners that serve any host: those that only lead to https need no record of their own."""
        return {name for names in self._by_host.values() for name in names}

    def of_listener(self, name: str) -> str | None:
        """The public address of a listener, None where the file does not know it."""
        return self._public[name]

    def public_port(self, name: str) -> int:
        """The port that clients on the internet connect to."""
        return self._doors[name].listener.public_port

    def listeners_of(self, host: str) -> tuple[str, ...]:
        """Names of the listeners that serve a host, with TLS or without."""
        return tuple(self._by_host.get(host, ()))

    def of_host(self, host: str) -> tuple[str, ...]:
        """The public addresses that a host's records need, as far as they are known."""
        found = (self.of_listener(name) for name in self.listeners_of(host))
        return tuple(dict.fromkeys(address for address in found if address is not None))

    def unknown_for(self, host: str) -> tuple[str, ...]:
        """Listeners of a host whose public address the file does not know."""
        return tuple(name for name in self.listeners_of(host) if self.of_listener(name) is None)


def _public_address(door: Door) -> str | None:
    listener = door.listener
    if listener.public_address:
        return split_host_and_port(listener.public_address)[0]
    return None if is_internal(door.spec.host) else door.spec.host


def inside_address(pool: Pool) -> str | None:
    """The one address of a pool inside: its load balancer's, or its only server's; None where the file has none."""
    if len(pool.members) != 1:
        return None
    member = pool.members[0]
    return address_or_none(member.address or member.name)


def known_addresses(hosts: Iterable[str]) -> tuple[str, ...]:
    """Those of the hosts that are IP addresses."""
    found = (address_or_none(host) for host in hosts)
    return tuple(dict.fromkeys(address for address in found if address is not None))

"""Listeners: each place once, certificates for TLS, a way in for everything, and no way round in a circle."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from bridgehead.topology.check import Check, needs
from bridgehead.topology.listeners import Listener, join_host_and_port
from bridgehead.topology.model import Path
from bridgehead.topology.sites import Destination
from bridgehead.topology.values import split_host_and_port


@needs()
def places_once(check: Check) -> None:
    """No address and port is listened on twice."""
    seen: dict[str, int] = {}
    for index, listener in enumerate(check.topology.listeners):
        for place in _places(check, listener):
            first = seen.setdefault(place, index)
            if first != index:
                where = check.line_of(("listener", first))
                check.problem(
                    "listener.twice", ("listener", index), f"{place} is listened on already{where}.", "Once is enough."
                )
                break


def _places(check: Check, listener: Listener) -> list[str]:
    addresses = _addresses(check, listener)
    return [join_host_and_port(address, listener.port_number) for address in addresses] or [listener.address_label]


def _addresses(check: Check, listener: Listener) -> list[str]:
    if listener.host is not None:
        return [listener.host]
    return list((check.interfaces or {}).get(listener.interface or "", ()))


@needs()
def interfaces_known(check: Check) -> None:
    """An interface that is listened on exists here."""
    if check.interfaces is None:
        return
    for index, listener in enumerate(check.topology.listeners):
        if listener.interface is not None and not check.interfaces.get(listener.interface):
            check.problem(
                "listener.no-such-interface",
                ("listener", index, "interface"),
                f"This machine has no network interface {listener.interface} with an address.",
                f"Interfaces here: {', '.join(check.interfaces)}.",
            )


@needs("certificate", "pool", "publish", "exchange", "relay")
def tls_has_certificates(check: Check) -> None:
    """A listener with TLS has a certificate, unless all that comes in there is relayed undecrypted."""
    topology = check.topology
    if topology.certificates:
        return
    decrypted = [part for _, part in (*topology.published_pools(), *topology.all_sites())]
    for index, listener in enumerate(topology.all_listeners()):
        wanted = any(part.listeners is None or listener.label in part.listeners for part in decrypted)
        if listener.uses_tls and listener.certificate is None and (wanted or not topology.relays):
            check.problem(
                "listener.no-certificate",
                ("listener", index) if topology.listeners else (),
                f"The listener {listener.label} has TLS, and the file has no certificate.",
                "Add [certificate.public] with chain and key.",
            )
            return


def _published(check: Check) -> Iterator[tuple[Path, str, tuple[str, ...] | None, bool]]:
    """Place, what it is, its listeners, and whether it is content with listeners that have no TLS."""
    topology = check.topology
    for place, pool in topology.published_pools():
        yield place, f"the pool {pool.label}", pool.listeners, pool.require_tls == "off"
    for place, site in topology.all_sites():
        yield place, f"the site {site.label}", site.listeners, site.require_tls == "off"
    for index, relay in enumerate(topology.relays):
        yield ("relay", index), f"the relay {relay.label}", relay.listeners, False


@needs("listener")
def everything_has_a_way_in(check: Check) -> None:
    """Everything that is published has a listener that serves it."""
    listeners = check.topology.all_listeners()
    labels = {listener.label for listener in listeners}
    for place, what, wanted, without_tls in _published(check):
        if wanted is not None and not set(wanted) <= labels:
            continue  # an unknown listener is told elsewhere
        reached = [one for one in listeners if wanted is None or one.label in wanted]
        if not any(one.uses_tls or without_tls or one.require_tls == "off" for one in reached):
            check.problem(
                "publish.no-listener",
                (*place, "listeners") if wanted else place,
                f"No listener serves {what}: none of its listeners has TLS.",
                'Add [[listener]] address = "0.0.0.0:443", or write require_tls = "off".',
            )


@needs("listener")
def discovery_over_http_has_a_way_in(check: Check) -> None:
    """Discovery without TLS needs a listener without TLS."""
    pool = check.topology.pool_for(check.topology.discovery.pool)
    wanted = pool.listeners if pool else None
    listeners = [one for one in check.topology.all_listeners() if wanted is None or one.label in wanted]
    if any(not listener.uses_tls for listener in listeners):
        return
    for index, domain in enumerate(check.topology.sip_domains):
        if domain.discovery_over_http:
            check.problem(
                "discovery.no-plain-listener",
                ("sip_domains", index, "discovery_over_http"),
                f"Discovery for {domain.name} is to be served without TLS, and there is no listener for that.",
                'Add [[listener]] address = "0.0.0.0:80", or leave discovery_over_http out.',
            )
            return


@needs("listener")
def no_way_round(check: Check) -> None:
    """Nothing is forwarded to the proxy's own listeners: such a request would go round in a circle."""
    own = _own_places(check)
    for path, what, host, port in _destinations(check):
        address = "127.0.0.1" if host == "localhost" else host
        listener = own.get((address, port))
        if listener is not None:
            check.problem(
                "upstream.own-listener",
                path,
                f"{what} leads to {join_host_and_port(host, port)}: that is the proxy's own listener {listener.label}.",
                "Requests would go round in a circle: give the address of the server behind the proxy.",
            )


def _own_places(check: Check) -> dict[tuple[str, int], Listener]:
    here = ["127.0.0.1", "::1", *(one for some in (check.interfaces or {}).values() for one in some)]
    own: dict[tuple[str, int], Listener] = {}
    for listener in check.topology.all_listeners():
        for address in _addresses(check, listener):
            if ipaddress.ip_address(address).is_unspecified:
                # Linux accepts IPv4 on `::` as well.
                same = [one for one in here if ":" in address or ":" not in one]
                own.update({(one, listener.port_number): listener for one in (*same, address)})
            own[address, listener.port_number] = listener
        if listener.public_address:
            own[split_host_and_port(listener.public_address)[0], listener.public_port] = listener
    return own


def _destinations(check: Check) -> Iterator[tuple[Path, str, str, int]]:
    topology = check.topology
    for place, pool in topology.published_pools():
        key = "load_balancer" if pool.load_balancer else "servers"
        for index, server in enumerate(pool.members):
            host, path = server.address or server.name, (*place, key, index)
            for port in (server.port or pool.tls_port, server.http_port or pool.plain_port):
                yield path, f"The pool {pool.label}", host, port
    sites: list[tuple[str, int, tuple[Destination, ...]]] = [
        *(("publish", index, site.to) for index, site in enumerate(topology.sites)),
        *(("exchange", index, exchange.to) for index, exchange in enumerate(topology.exchanges)),
    ]
    for section, index, destinations in sites:
        for number, destination in enumerate(destinations):
            host, port = destination.host_and_port
            yield (section, index, "to", number), "The site", destination.address or host, port
    for index, relay in enumerate(topology.relays):
        for number, text in enumerate(relay.to):
            host, relay_port = split_host_and_port(text)
            yield ("relay", index, "to", number), f"The relay {relay.label}", host, relay_port or 443


LISTENER_CHECKS = (
    places_once,
    interfaces_known,
    tls_has_certificates,
    everything_has_a_way_in,
    discovery_over_http_has_a_way_in,
    no_way_round,
)

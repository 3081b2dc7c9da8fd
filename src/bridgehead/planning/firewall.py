"""Firewall tables: connections to the proxy, from it, and of the Edge Servers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.addresses import known_addresses
from bridgehead.planning.domain_ports import domain_ports
from bridgehead.planning.edge_ports import edge_ports
from bridgehead.planning.planned import Because, Port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.addresses import PublicAddresses
    from bridgehead.spec import Listener, Pool, ProxySpec
    from bridgehead.topology.model import Topology


def ports(topology: Topology, proxy: ProxySpec, addresses: PublicAddresses) -> tuple[Port, ...]:
    """Every row, those outside first."""
    controllers = {source.label: source.domain_controllers for source in topology.accounts}
    inside = (*inside_ports(proxy), *domain_ports(proxy, controllers))
    return (*_outside(proxy, addresses), *inside, *edge_ports(topology))


def _outside(proxy: ProxySpec, addresses: PublicAddresses) -> Iterator[Port]:
    forwarding = {
        listener for rule in proxy.rules if rule.action.kind in {"forward", "relay"} for listener in rule.listeners
    }
    for listener in proxy.listeners:
        public = addresses.of_listener(listener.name)
        behind = addresses.public_port(listener.name)
        moved = f" (the internet connects to port {behind})" if behind != listener.port else ""
        yield Port(
            at="proxy-outside",
            protocol="TCP",
            port=str(listener.port),
            source="any",
            destination=f"proxy, listener {listener.name}{moved}",
            addresses=known_addresses([listener.host]) if listener.host not in {"0.0.0.0", "::"} else (),  # noqa: S104 - compared, nothing is bound
            purpose=_purpose(listener, forwards=listener.name in forwarding)
            + (f"; public address {public}" if public and public != listener.host else ""),
            optional=not listener.tls and listener.name not in forwarding,
            because=_why(listener, forwards=listener.name in forwarding),
        )


def _purpose(listener: Listener, *, forwards: bool) -> str:
    if listener.tls:
        return "all external web services"
    return "discovery and sites without TLS; everything else is led to https" if forwards else "led to https"


def _why(listener: Listener, *, forwards: bool) -> Because:
    if listener.tls:
        return Because(
            reason="External clients connect to the reverse proxy on TCP 443, with TLS.", source=documents.SCENARIOS
        )
    if forwards:
        return Because(
            reason="Lync Mobile may start discovery on TCP 80, and the file accepts that it is not encrypted.",
            source=documents.SCENARIOS,
        )
    return Because(
        reason="Optional: people who type http:// are led to https. Closed, they see an error; answer with a reset "
        "rather than silence, because clients try port 80 and 443 side by side.",
        source=documents.PORT_SUMMARY,
    )


def inside_ports(proxy: ProxySpec) -> Iterator[Port]:
    """Connections from the proxy to the servers that it forwards to."""
    for pool in proxy.pools:
        by_port: dict[int, list[str]] = {}
        for server in pool.servers:
            by_port.setdefault(server.port, []).append(server.host)
        for number, hosts in by_port.items():
            yield Port(
                at="proxy-inside",
                protocol="TCP",
                port=str(number),
                source="proxy",
                destination=", ".join(hosts),
                addresses=known_addresses(hosts),
                purpose=pool.name,
                because=_why_inside(pool, number),
            )


def _why_inside(pool: Pool, number: int) -> Because:
    if pool.tls and number == 4443:
        reason = (
            "The external web site listens on 4443, so that the pool tells its traffic from that of the internal web "
            "site on 443. Replication to the Edge uses another 4443: keep the two rules apart."
        )
        return Because(reason=reason, source=documents.PORT_SUMMARY)
    if not pool.tls and number == 8080:
        return Because(reason="Only for discovery without TLS: 80 becomes 8080.", source=documents.SCENARIOS)
    if pool.tls:
        reason = "The site's own port for TLS; what came encrypted goes on encrypted."
    else:
        reason = "The site's own port; TLS either ends at the proxy or passes through it untouched."
    return Because(reason=reason, source=documents.REQUIREMENTS)

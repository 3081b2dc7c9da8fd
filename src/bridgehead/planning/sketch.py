"""The deployment as the picture shows it: each pool, the names that lead there, its servers and ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bridgehead.planning.planned import PoolSketch

if TYPE_CHECKING:
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology

Role = Literal["front-end", "director", "office-web-apps", "site", "relay", "edge"]


def sketch(topology: Topology, proxy: ProxySpec) -> tuple[PoolSketch, ...]:
    """One for each group of servers that the proxy forwards to, and one for each Edge pool."""
    roles = _roles(topology)
    relayed = {rule.action.pool for rule in proxy.rules if rule.action.kind == "relay"}
    names: dict[str, dict[str, None]] = {}
    for rule in proxy.rules:
        if rule.action.kind in {"forward", "relay"}:
            names.setdefault(rule.action.pool, {}).update(dict.fromkeys(rule.hosts))
    pools = [
        PoolSketch(
            label=pool.name,
            role="relay" if pool.name in relayed else roles.get(pool.name.rpartition(":")[0], "site"),
            names=tuple(names.get(pool.name, ())),
            servers=tuple(dict.fromkeys(server.host for server in pool.servers)),
            ports=tuple(dict.fromkeys(server.port for server in pool.servers)),
            tls=pool.tls,
        )
        for pool in proxy.pools
    ]
    return (*pools, *_edges(topology))


def _roles(topology: Topology) -> dict[str, Role]:
    return {pool.label: pool.role for pool in topology.pools}


def _edges(topology: Topology) -> list[PoolSketch]:
    return [
        PoolSketch(
            label=f"Edge {edge.label}",
            role="edge",
            names=tuple(dict.fromkeys(service.fqdn for service in edge.services if service.fqdn is not None)),
            servers=edge.servers,
            ports=_edge_ports(edge),
            tls=True,
        )
        for edge in topology.edges
    ]


def _edge_ports(edge: Edge) -> tuple[int, ...]:
    ports = (*(service.port for service in edge.services), *((5061,) if edge.federation else ()))
    return tuple(dict.fromkeys(ports))

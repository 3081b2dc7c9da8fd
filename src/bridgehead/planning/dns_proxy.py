"""What the proxy machine itself must resolve, and the loop that public DNS would make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.planning import documents
from bridgehead.planning.addresses import inside_address
from bridgehead.planning.planned import Because, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.dns_zones import Zones
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology

OTHER_PROXY = Because(
    reason="Only for a proxy that connects to the name it publishes, as TMG, ARR and Web Application Proxy do: there "
    "each published name must lead inside. Bridgehead connects to the servers that the file names.",
    source=documents.NETWORK_ADAPTERS,
)


def published_hosts(proxy: ProxySpec) -> set[str]:
    """Every host that the proxy serves."""
    return {host for rule in proxy.rules if rule.action.kind in {"forward", "relay"} for host in rule.hosts}


def names_to_resolve(proxy: ProxySpec) -> dict[str, list[str]]:
    """Names of servers that the proxy connects to by name, with the pools that they are in."""
    found: dict[str, list[str]] = {}
    for pool in proxy.pools:
        for server in pool.servers:
            if address_or_none(server.host) is None and pool.name not in found.setdefault(server.host, []):
                found[server.host].append(pool.name)
    return found


def proxy_records(topology: Topology, zones: Zones, proxy: ProxySpec) -> Iterator[Record]:
    """Lines of the hosts file on the proxy, for this proxy and for others."""
    published = published_hosts(proxy)
    for host, pools in names_to_resolve(proxy).items():
        loop = (
            "WARNING: this name is published as well. If it resolves to its public address here, the proxy connects "
            "to itself and requests go round in a circle. "
        )
        reason = (
            f"{loop if host in published else ''}The proxy connects to it for {pools[0]}"
            f"{' and others' if len(pools) > 1 else ''}, and the perimeter's DNS usually does not know it: a hosts "
            "line, or `address` in the file, which needs no resolving at all."
        )
        yield Record(
            view="proxy",
            zone=zones.of(host),
            name=host,
            kind="HOSTS",
            missing=f"internal address of {host}",
            because=Because(reason=reason, source=documents.NETWORK_ADAPTERS),
        )
    yield from _for_another_proxy(topology, zones)


def _for_another_proxy(topology: Topology, zones: Zones) -> Iterator[Record]:
    for _, pool in topology.published_pools():
        if pool.external_fqdn is None:
            continue
        address = inside_address(pool)
        yield Record(
            view="other-proxy",
            zone=zones.of(pool.external_fqdn),
            name=pool.external_fqdn,
            kind="HOSTS",
            value=address or "",
            missing="" if address else f"internal address of the pool {pool.label}",
            because=OTHER_PROXY,
        )

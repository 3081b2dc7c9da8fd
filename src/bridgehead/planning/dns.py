"""DNS records: what the internet, the internal network and the proxy itself must resolve, and to what."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

from bridgehead.planning import documents
from bridgehead.planning.dns_edge import edge_records
from bridgehead.planning.dns_inside import inside_records
from bridgehead.planning.dns_proxy import proxy_records
from bridgehead.planning.dns_zones import Zones
from bridgehead.planning.planned import Because, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.addresses import PublicAddresses
    from bridgehead.planning.naming import Naming
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology

CNAME = Because(
    reason="Discovery as an alias of the pool's external name: when the address changes, one record does. Only below "
    "the same parent domain, because phones accept no alias into another domain over https.",
    source=f"{documents.AUTODISCOVER_DNS}; {documents.MOBILITY}",
)
CNAME_WITHOUT_TLS = Because(
    reason="Discovery on port 80 alone, as an alias of the pool's external name; no certificate is compared there.",
    source=documents.SCENARIOS,
)


def records(naming: Naming, proxy: ProxySpec, addresses: PublicAddresses) -> tuple[Record, ...]:
    """Every record, those outside first."""
    topology, zones = naming.topology, Zones(naming.topology)
    return (
        *_outside(naming, zones, addresses),
        *edge_records(topology, zones),
        *inside_records(topology, zones, addresses),
        *proxy_records(topology, zones, proxy),
    )


def _outside(naming: Naming, zones: Zones, addresses: PublicAddresses) -> Iterator[Record]:
    topology = naming.topology
    aliases = _aliases(topology, addresses)
    for host, names in naming.reasons.items():
        if host == "*":
            continue
        if host in aliases:
            target, because = aliases[host]
            yield Record(view="outside", zone=zones.of(host), name=host, kind="CNAME", value=target, because=because)
        else:
            reason = f"Published: {names[0].because.reason} Its address is the proxy's listener."
            because = Because(reason=reason, source=documents.DNS_SUMMARY)
            yield from _address_records(zones, addresses, host, because)
    because = Because(reason="The proxy passes its TLS on; clients still come here.", source=documents.REQUIREMENTS)
    for relay in topology.relays:
        for host in relay.hosts:
            yield from _address_records(zones, addresses, host, because)


def _aliases(topology: Topology, addresses: PublicAddresses) -> dict[str, tuple[str, Because]]:
    """Discovery hosts that may be aliases of their pool's external name, and why."""
    pool = topology.pool_for(topology.discovery.pool)
    if pool is None or pool.external_fqdn is None or not topology.discovery.published:
        return {}
    found = {}
    for domain in topology.sip_domains:
        same_place = set(addresses.of_host(domain.discovery_host)) == set(addresses.of_host(pool.external_fqdn))
        same_parent = pool.external_fqdn.endswith(f".{domain.name}")
        if same_place and (same_parent or not domain.discovery_over_tls):
            found[domain.discovery_host] = (pool.external_fqdn, CNAME if same_parent else CNAME_WITHOUT_TLS)
    return found


def _address_records(zones: Zones, addresses: PublicAddresses, host: str, because: Because) -> Iterator[Record]:
    """A and AAAA records of a published host; one with the missing piece where no address is known."""
    zone = zones.of(host)
    known = addresses.of_host(host)
    for address in known:
        kind: Literal["A", "AAAA"] = "A" if ipaddress.ip_address(address).version == 4 else "AAAA"
        yield Record(view="outside", zone=zone, name=host, kind=kind, value=address, because=because)
    if not known:
        missing = f"public address of the listener {', '.join(addresses.unknown_for(host)) or 'with TLS'}"
        yield Record(view="outside", zone=zone, name=host, kind="A", missing=missing, because=because)

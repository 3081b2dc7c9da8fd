"""Records of the internal network: clients inside go to the pools directly, mobile ones through the proxy."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

from bridgehead.planning import documents
from bridgehead.planning.addresses import inside_address
from bridgehead.planning.planned import Because, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.addresses import PublicAddresses
    from bridgehead.planning.dns_zones import Zones
    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool

MOBILE_INSIDE = Because(
    reason="Mobile clients inside use the external name too, and so the proxy: the firewall must let that traffic turn "
    "round (hairpin), or this record must lead to an address of the proxy that the inside reaches.",
    source=documents.MOBILITY,
)
DISCOVERY_INSIDE = Because(
    reason="Clients inside find the pool by this name first. It must never resolve outside.",
    source=documents.AUTODISCOVER_DNS,
)
SIGN_IN = Because(reason="Desktop clients inside find the pool by this record.", source=documents.LYNC_DNS)
PHONES = Because(reason="Lync Phone Edition finds its updates by this name.", source=documents.LYNC_DNS)
PRESENTATIONS = Because(reason="Front End Servers and clients inside reach Office Web Apps.", source=documents.LYNC_DNS)
TIME = Because(reason="Lync Phone Edition finds the time server by this record.", source=documents.LYNC_DNS)
SIMPLE_URL = Because(reason="Clients inside open simple URLs on the pool itself.", source=documents.LYNC_DNS)


def inside_records(topology: Topology, zones: Zones, addresses: PublicAddresses) -> Iterator[Record]:
    """What internal DNS needs."""
    yield from _web_services(topology, zones, addresses)
    yield from _discovery(topology, zones)
    yield from _simple_urls(topology, zones)
    yield from _sign_in(topology, zones)


def _web_services(topology: Topology, zones: Zones, addresses: PublicAddresses) -> Iterator[Record]:
    for _, pool in topology.published_pools():
        if pool.external_fqdn is None:
            continue
        if pool.role == "office-web-apps":
            yield _to_pool(zones, pool.external_fqdn, pool, PRESENTATIONS)
            continue
        known = addresses.of_host(pool.external_fqdn)
        for address in known:
            yield _address(zones, pool.external_fqdn, address, MOBILE_INSIDE)
        if not known:
            yield _missing(zones, pool.external_fqdn, "address of the proxy", MOBILE_INSIDE)


def _discovery(topology: Topology, zones: Zones) -> Iterator[Record]:
    pool = topology.pool_for(topology.discovery.pool)
    for domain in topology.sip_domains if pool is not None else ():
        assert pool is not None, "the loop is empty otherwise"
        name = f"lyncdiscoverinternal.{domain.name}"
        if pool.internal_fqdn is not None and pool.internal_fqdn != pool.external_fqdn:
            yield _record(zones, name, "CNAME", pool.internal_fqdn, DISCOVERY_INSIDE)
        else:
            yield _to_pool(zones, name, pool, DISCOVERY_INSIDE)


def _simple_urls(topology: Topology, zones: Zones) -> Iterator[Record]:
    urls = topology.simple_urls
    told = set()
    answering = topology.answering()
    every = [*urls.meet.values(), *(url for url in (urls.dialin, urls.admin) if url is not None)]
    for url in every:
        pool = answering(url.pool)
        for address in url.addresses:
            if pool is not None and address.host not in told:
                told.add(address.host)
                yield _to_pool(zones, address.host, pool, SIMPLE_URL)


def _sign_in(topology: Topology, zones: Zones) -> Iterator[Record]:
    pool = topology.pool_for_simple_urls()
    for domain in topology.sip_domains if pool is not None else ():
        assert pool is not None, "the loop is empty otherwise"
        target = pool.internal_fqdn or ""
        yield Record(
            view="inside",
            zone=domain.name,
            name=f"_sipinternaltls._tcp.{domain.name}",
            kind="SRV",
            value=f"0 0 5061 {target}" if target else "",
            missing="" if target else f"internal FQDN of the pool {pool.label}",
            because=SIGN_IN,
        )
        yield _to_pool(zones, f"sip.{domain.name}", pool, SIGN_IN)
        yield _to_pool(zones, f"ucupdates-r2.{domain.name}", pool, PHONES)
        yield Record(
            view="inside",
            zone=domain.name,
            name=f"_ntp._udp.{domain.name}",
            kind="SRV",
            missing="time server, UDP 123",
            because=TIME,
        )


def _to_pool(zones: Zones, name: str, pool: Pool, because: Because) -> Record:
    address = inside_address(pool)
    if address is None:
        return _missing(zones, name, f"internal address of the pool {pool.label}", because)
    return _address(zones, name, address, because)


def _address(zones: Zones, name: str, address: str, because: Because) -> Record:
    kind: Literal["A", "AAAA"] = "A" if ipaddress.ip_address(address).version == 4 else "AAAA"
    return _record(zones, name, kind, address, because)


def _record(zones: Zones, name: str, kind: Literal["A", "AAAA", "CNAME"], value: str, because: Because) -> Record:
    return Record(view="inside", zone=zones.of(name), name=name, kind=kind, value=value, because=because)


def _missing(zones: Zones, name: str, missing: str, because: Because) -> Record:
    zone = zones.of(name)
    return Record(view="inside", zone=zone, name=name, kind="A", missing=missing, because=because)

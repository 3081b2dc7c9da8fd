"""Public records of the Edge Servers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

from bridgehead.planning import documents
from bridgehead.planning.planned import Because, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.dns_zones import Zones
    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology


def edge_records(topology: Topology, zones: Zones) -> Iterator[Record]:
    """Addresses of the Edge services, and the records by which clients and partners find them."""
    for edge in topology.edges:
        yield from _services(topology, zones, edge)
        if edge.client_auto_configuration:
            why = "Clients outside find the Access Edge by it."
            yield from _service_records(topology, edge, "_sip._tls", edge.access_port, why)
        if edge.federation:
            why = "Federated partners find the Access Edge by it."
            yield from _service_records(topology, edge, "_sipfederationtls._tcp", 5061, why)


def _services(topology: Topology, zones: Zones, edge: Edge) -> Iterator[Record]:
    told: set[str] = set()
    for service in edge.services:
        if service.fqdn is not None and service.fqdn not in told:
            told.add(service.fqdn)
            yield _address(zones, service.fqdn, service.address, f"{service.name} service of {edge.label}.")
    if edge.client_auto_configuration or edge.federation:
        for domain in topology.sip_domains:
            name = f"sip.{domain.name}"
            if name not in told:
                told.add(name)
                yield _address(
                    zones, name, edge.access_address, f"The Access Edge by the name of the SIP domain {domain.name}."
                )


def _address(zones: Zones, name: str, address: str | None, reason: str) -> Record:
    kind: Literal["A", "AAAA"] = "AAAA" if address and ipaddress.ip_address(address).version == 6 else "A"
    return Record(
        view="outside",
        zone=zones.of(name),
        name=name,
        kind=kind,
        value=address or "",
        missing="" if address else f"public address of {name}",
        because=Because(reason=reason, source=documents.EDGE_ENVIRONMENT),
    )


def _service_records(topology: Topology, edge: Edge, service: str, port: int, reason: str) -> Iterator[Record]:
    for domain in topology.sip_domains:
        # Clients refuse a target outside the SIP domain.
        target = edge.access_fqdn if edge.access_fqdn.endswith(f".{domain.name}") else f"sip.{domain.name}"
        yield Record(
            view="outside",
            zone=domain.name,
            name=f"{service}.{domain.name}",
            kind="SRV",
            value=f"0 0 {port} {target}",
            because=Because(reason=reason, source=documents.EDGE_ENVIRONMENT),
        )

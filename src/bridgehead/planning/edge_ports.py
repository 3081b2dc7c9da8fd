"""Ports of the Edge Servers, beside the proxy in the same perimeter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from bridgehead.planning import documents
from bridgehead.planning.addresses import known_addresses
from bridgehead.planning.planned import Because, Port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology


class Row(NamedTuple):
    """One row of the document's tables; `federation` says that it is needed only for that."""

    protocol: Literal["TCP", "UDP"]
    port: str
    source: str
    destination: str
    purpose: str
    federation: bool = False


EDGE = "Edge"
# TCP 443 in the document; which port it is, `[[edge]]` says for each service.
CLIENTS_OUTSIDE = {
    "Access Edge": "SIP over TLS, clients outside",
    "Web Conferencing Edge": "web conferencing (PSOM)",
    "A/V Edge": "media where UDP is closed (STUN)",
}
OUTSIDE = (
    Row("UDP", "3478", "any", "A/V Edge", "media (STUN)"),
    Row("UDP", "3478", EDGE, "any", "media (STUN)"),
    Row("TCP", "5061", "any", "Access Edge", "federation, from partners", federation=True),
    Row("TCP", "5061", EDGE, "any", "federation, to partners", federation=True),
    Row("TCP", "50000-59999", EDGE, "any", "media with federated partners", federation=True),
)
INSIDE = (
    Row("TCP", "5061", "Director or front-end pool", EDGE, "SIP, outbound"),
    Row("TCP", "5061", EDGE, "Director or front-end pool", "SIP, inbound"),
    Row("TCP", "5062", "front-end pools", EDGE, "A/V authentication"),
    Row("TCP", "8057", "front-end pools", EDGE, "web conferencing (PSOM)"),
    Row("UDP", "3478", "internal network", EDGE, "media (STUN)"),
    Row("TCP", "443", "internal network", EDGE, "media where UDP is closed (STUN)"),
    Row("TCP", "4443", "Central Management Server", EDGE, "replication of the configuration"),
    Row("TCP", "50001-50003", "Front End Servers", EDGE, "central logging"),
)


def edge_ports(topology: Topology) -> Iterator[Port]:
    """The rows for each Edge pool."""
    for edge in topology.edges:
        yield from (_port(edge, row, "edge-outside") for row in _outside(edge))
        yield from (_port(edge, row, "edge-inside") for row in INSIDE)


def _outside(edge: Edge) -> Iterator[Row]:
    for service in edge.services:
        yield Row("TCP", str(service.port), "any", service.name, CLIENTS_OUTSIDE[service.name])
    yield from (row for row in OUTSIDE if edge.federation or not row.federation)


def _port(edge: Edge, row: Row, at: Literal["edge-outside", "edge-inside"]) -> Port:
    reason = f"Edge {edge.label}: {row.purpose}."
    if row.port == "4443":
        reason += " This is not the proxy's 4443: keep the two rules apart."
    return Port(
        at=at,
        protocol=row.protocol,
        port=row.port,
        source=f"{row.source} {edge.label}" if row.source == EDGE else row.source,
        destination=f"{row.destination} {edge.label}" if "Edge" in row.destination else row.destination,
        addresses=_addresses(edge, row, at),
        purpose=row.purpose,
        because=Because(reason=reason, source=documents.EDGE_ENVIRONMENT),
    )


def _addresses(edge: Edge, row: Row, at: str) -> tuple[str, ...]:
    if at == "edge-inside":
        inside = (edge.virtual_address, *edge.servers)
        return known_addresses(one for one in inside if one) if row.destination == EDGE else ()
    public = next((one.address for one in edge.services if one.name == row.destination), None)
    return (public,) if public else ()

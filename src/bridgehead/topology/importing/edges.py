"""Edge pools, as `[[edge]]` tables: the proxy does not serve them, plans need their names and ports."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from bridgehead.topology.importing.draft import same_name
from bridgehead.topology.importing.machines import address_of, distinct_machines
from bridgehead.topology.importing.pools import cluster_of, port_number

if TYPE_CHECKING:
    from bridgehead.topology.importing.draft import Draft
    from bridgehead.topology.importing.inventory import Cluster, Inventory, Machine, Service
    from bridgehead.topology.importing.markup import Element

# Key of the file, component that owns the port, and what clients do there.
_SERVICES = (
    ("access", "AccessEdge", "SipClient"),
    ("web_conferencing", "DataEdge", "PsomClient"),
    ("av", "MediaRelayEdge", "TURNServer"),
)

# What RFC 1918, RFC 6598 and RFC 4193 keep from the internet: NAT stands before such an address.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_BEHIND_NAT = [ipaddress.ip_network(text) for text in _PRIVATE]


def add_edges(draft: Draft, inventory: Inventory) -> None:
    """Add every Edge pool."""
    for service in inventory.services_of("EdgeServer"):
        cluster = cluster_of(draft, inventory, service)
        if cluster is not None:
            _add_edge(draft, service, cluster)


def _add_edge(draft: Draft, service: Service, cluster: Cluster) -> None:
    table: dict[str, object] = {}
    lines: dict[str, int] = {}
    ports = {key: _client_port(service, owner, usage) for key, owner, usage in _SERVICES}
    for key, _, usage in _SERVICES:
        port = ports[key]
        if port is not None:
            table[f"{key}_fqdn"] = port.get("ConfiguredFqdn")
            table[f"{key}_port"] = _unusual_port(draft, port, usage)
            lines[f"{key}_fqdn"] = lines[f"{key}_port"] = port.line
    if not table.get("access_fqdn"):
        message = f"The Edge pool {cluster.fqdn} has no FQDN for its Access Edge service."
        draft.fault("import.half", service.line, message, "The export seems incomplete: export the topology again.")
        return
    machines = distinct_machines(draft, cluster)
    table["internal_fqdn"] = cluster.fqdn
    table["servers"] = [machine.fqdn for machine in machines]
    table |= _public_addresses(draft, cluster, machines, ports)
    path = draft.add("edge", table, service.line)
    for key, line in lines.items():
        draft.place((*path, key), line)
    _explain(draft, path, cluster, ports)


def _client_port(service: Service, owner: str, usage: str) -> Element | None:
    """The port where clients come to one of the three services, from outside."""
    named = [port for port in service.ports(owner, "External") if port.get("ConfiguredFqdn")]
    return next((port for port in named if _is_for_clients(port, usage)), named[0] if named else None)


def _is_for_clients(port: Element, usage: str) -> bool:
    # The A/V Edge has UDP 3478 under the same usage, and the Access Edge the port of federation under another.
    return port.get("Usage") == usage and port.get("Protocol") != "Udp"


def _unusual_port(draft: Draft, port: Element, usage: str) -> int | None:
    """The number of a port for clients, unless it is the one that the file means without saying."""
    number = port_number(draft, port, "Port") if _is_for_clients(port, usage) else None
    return None if number == 443 else number


def _explain(draft: Draft, path: tuple[str, int], cluster: Cluster, ports: dict[str, Element | None]) -> None:
    site = f" of site {cluster.site}" if cluster.site else ""
    draft.comment(path, f"Edge pool {cluster.fqdn}{site}. It serves itself; plans need its names.")
    draft.leave("Write federation = true in [[edge]] where other organisations connect: the export does not say.")
    fqdns = [port.get("ConfiguredFqdn") for port in ports.values() if port is not None]
    names = {same_name(fqdn): fqdn for fqdn in fqdns}
    draft.taken.append(f"Edge pool {cluster.fqdn}: {', '.join(names.values())}")


def _public_addresses(
    draft: Draft, cluster: Cluster, machines: list[Machine], ports: dict[str, Element | None]
) -> dict[str, str]:
    """The public addresses of an Edge that is one machine. A pool has several of each, or a load balancer's."""
    addresses: dict[str, str] = {}
    for key, port in ports.items() if len(machines) == 1 else ():
        address = _public_address(draft, machines[0], port) if port is not None else None
        # The others' are the Access Edge service's where the file has none.
        if address and address != addresses.get("access_address"):
            addresses[f"{key}_address"] = address
    if "access_address" not in addresses:
        draft.leave(
            f"Write access_address (and the others) of the Edge {cluster.fqdn}: "
            + ("the export has only what is behind NAT." if len(machines) == 1 else "it has several servers.")
        )
    return addresses


def _public_address(draft: Draft, machine: Machine, port: Element) -> str | None:
    """What NAT makes of the interface, where the export says it (for A/V); else its address, if that is public."""
    number = port.get("InterfaceNumber") or "1"
    external = [interface for interface in machine.interfaces if interface.side == "External"]
    interface = next((one for one in external if one.number == number), external[0] if len(external) == 1 else None)
    if interface is None:
        return None
    translated = address_of(draft, interface, configured=True)
    address = address_of(draft, interface)
    if translated or address is None:
        return translated
    return None if any(ipaddress.ip_address(address) in network for network in _BEHIND_NAT) else address

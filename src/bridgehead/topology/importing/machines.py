"""The machines of a cluster as the servers of a pool, with the addresses that the export knows."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from bridgehead.topology.importing.draft import same_name

if TYPE_CHECKING:
    from bridgehead.topology.importing.draft import Draft
    from bridgehead.topology.importing.inventory import Cluster, Machine, NetInterface


def servers(draft: Draft, cluster: Cluster) -> list[dict[str, Any]]:
    """The servers of a pool: names, and addresses where Topology Builder was given them."""
    return [server_table(draft, machine) for machine in distinct_machines(draft, cluster)]


def warn_of_one_name(draft: Draft, external: str, cluster: Cluster, tables: list[dict[str, Any]]) -> None:
    """Ask for addresses where a server is known by the very name that public DNS leads to the proxy."""
    if same_name(external) in {same_name(table["name"]) for table in tables if "address" not in table}:
        draft.leave(
            f"{same_name(external)} is a name inside as well: make sure that the proxy itself finds the servers of "
            f"{cluster.fqdn} inside, by its hosts file or with address in servers, or requests go round in a circle."
        )


def distinct_machines(draft: Draft, cluster: Cluster) -> list[Machine]:
    """The machines of a cluster; one that is there twice is a fault."""
    seen: dict[str, Machine] = {}
    for machine in cluster.machines:
        first = seen.setdefault(same_name(machine.fqdn), machine)
        if first is not machine:
            draft.fault(
                "import.machine-twice",
                machine.line,
                f"The pool {cluster.fqdn} has the machine {machine.fqdn} twice, first in line {first.line}.",
                "Remove one of them in Topology Builder, and export again.",
            )
    return list(seen.values())


def server_table(draft: Draft, machine: Machine) -> dict[str, Any]:
    """One server. Its external web site may be bound to an address of its own, which counts before the primary one."""
    by_side = {
        side: address_of(draft, interface)
        for side in ("Primary", "External")
        for interface in machine.interfaces
        if interface.side == side
    }
    address = by_side.get("External") or by_side.get("Primary")
    return {"name": machine.fqdn, **({"address": address} if address else {})}


def address_of(draft: Draft, interface: NetInterface, *, configured: bool = False) -> str | None:
    """The address of an interface, None where it stands for all of the machine's."""
    text = interface.configured_address if configured else interface.address
    if not text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        draft.fault("import.address", interface.line, f"{text!r} is not an IP address.", "Correct it and export again.")
        return None
    return None if address.is_unspecified else str(address)

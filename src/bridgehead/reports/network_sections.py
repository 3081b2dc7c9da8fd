"""DNS and firewall in a report, as tables and as lines to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.dns_powershell import dns_commands
from bridgehead.reports.document import Block, Code, Heading, Section, Table, Text
from bridgehead.reports.hosts_file import hosts_lines
from bridgehead.reports.nftables import nftables
from bridgehead.reports.windows_firewall import firewall_commands
from bridgehead.reports.zone_file import zone_fragment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.planned import Plan, Port, Record
    from bridgehead.reports.sources import Sources

VIEWS = {
    "outside": ("DNS outside", "What the internet resolves. Nothing here may lead to an internal address."),
    "inside": ("DNS inside", "What the internal network resolves. lyncdiscoverinternal must never be seen outside."),
}
TABLES = {
    "proxy-outside": "From the internet to the proxy",
    "proxy-inside": "From the proxy to the inside",
    "edge-outside": "Edge Servers, outside",
    "edge-inside": "Edge Servers, inside",
}


def network_sections(plan: Plan, sources: Sources) -> Iterator[Section]:
    """DNS, then the firewall."""
    yield Section("dns", "DNS", tuple(_dns(plan, sources)))
    yield Section("firewall", "Ports and firewall", tuple(_firewall(plan, sources)))


def _dns(plan: Plan, sources: Sources) -> Iterator[Block]:
    for view, (title, text) in VIEWS.items():
        records = [record for record in plan.records if record.view == view]
        if records:
            yield Heading(title)
            yield Text(text)
            yield record_table(records, sources)
            yield Code(f"{title}: BIND zone", "dns", zone_fragment(records))
            yield Code(f"{title}: Windows DNS server", "powershell", dns_commands(records))
    yield Heading("On the proxy itself")
    own = [record for record in plan.records if record.view == "proxy"]
    if own:
        yield record_table(own, sources)
        yield Code("Hosts file of the proxy", "hosts", hosts_lines(own))
    else:
        yield Text("Nothing: the file has the address of every server, so that the proxy resolves no names.")
    other = [record for record in plan.records if record.view == "other-proxy"]
    if other:
        yield Text(sources.cite(other[0].because))
        yield Code("Hosts file of another proxy", "hosts", hosts_lines(other))


def record_table(records: Iterable[Record], sources: Sources) -> Table:
    """Records as rows; what is missing stands in brackets."""
    return Table(
        ("Name", "Type", "Value", "Why"),
        tuple(
            (record.name, record.kind, record.value or f"({record.missing})", sources.cite(record.because))
            for record in records
        ),
    )


def _firewall(plan: Plan, sources: Sources) -> Iterator[Block]:
    for at, title in TABLES.items():
        some = [port for port in plan.ports if port.at == at]
        if some:
            yield Heading(title)
            yield port_table(some, sources)
    yield Code("nftables, on the proxy", "nft", nftables(plan.ports))
    yield Code("Windows Defender Firewall, on a proxy that runs Windows", "powershell", firewall_commands(plan.ports))


def port_table(ports: Iterable[Port], sources: Sources) -> Table:
    """Firewall rows."""
    return Table(
        ("Port", "From", "To", "For", "Why"),
        tuple(
            (
                f"{port.protocol} {port.port}{' (optional)' if port.optional else ''}",
                port.source,
                _destination(port),
                port.purpose,
                sources.cite(port.because),
            )
            for port in ports
        ),
    )


def _destination(port: Port) -> str:
    extra = [address for address in port.addresses if address not in port.destination]
    return f"{port.destination} [{', '.join(extra)}]" if extra else port.destination

"""Planned DNS records as commands for a Windows DNS server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.zone_file import relative_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.planned import Record


def dns_commands(records: Iterable[Record]) -> str:
    """One `Add-DnsServerResourceRecord` for each record; what is not known yet is a comment."""
    return "\n".join(_command(record) for record in records if record.kind != "HOSTS")


def _command(record: Record) -> str:
    if not record.value:
        return f"# {record.name}: {record.missing}"
    name = f'Add-DnsServerResourceRecord -ZoneName "{record.zone}" -Name "{relative_name(record)}"'
    match record.kind:
        case "A":
            return f'{name} -A -IPv4Address "{record.value}"'
        case "AAAA":
            return f'{name} -AAAA -IPv6Address "{record.value}"'
        case "CNAME":
            return f'{name} -CName -HostNameAlias "{record.value}."'
        case _:
            priority, weight, port, target = record.value.split()
            return f'{name} -Srv -DomainName "{target}." -Priority {priority} -Weight {weight} -Port {port}'

"""The proxy's own firewall rows as commands for Windows Defender Firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.planned import Port


def firewall_commands(ports: Iterable[Port]) -> str:
    """One `New-NetFirewallRule` for each row of the proxy; what is optional or not known yet is a comment."""
    return "\n".join(_command(port) for port in ports if port.at in {"proxy-outside", "proxy-inside"})


def _command(port: Port) -> str:
    inbound = port.at == "proxy-outside"
    if not inbound and not port.addresses:
        return f"# {port.purpose}: {port.destination}, {port.protocol} {port.port}; the file has no address"
    side = "Local" if inbound else "Remote"
    addresses = f" -{side}Address {','.join(port.addresses)}" if port.addresses else ""
    direction = "Inbound" if inbound else "Outbound"
    name = f"Reverse proxy: {port.purpose}, {port.port}".replace("'", "''")
    return (
        f"{'# optional: ' if port.optional else ''}New-NetFirewallRule -DisplayName '{name}' -Direction {direction} "
        f"-Protocol {port.protocol} -{side}Port {port.port}{addresses} -Action Allow"
    )

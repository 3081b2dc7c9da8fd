"""The proxy's own firewall rows as nftables rules."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.planning.planned import Port

HEADER = """\
# For the machine of the proxy. Needs a table `inet filter` with the chains `input` and `output`, whose policy drops
# what no rule accepts; an accept in a table of its own would not overrule a drop in another. What is optional is a
# comment."""


def nftables(ports: Iterable[Port]) -> str:
    """Rules for `nft -f`: connections in, then connections out. Servers without a known address are comments."""
    lines = [HEADER]
    for port in ports:
        if port.at == "proxy-outside":
            lines += _rules(port, "input")
        elif port.at == "proxy-inside":
            lines += _rules(port, "output") if port.addresses else [_unknown(port)]
    return "\n".join(lines)


def _rules(port: Port, chain: str) -> Iterator[str]:
    optional = "# optional: " if port.optional else ""
    for match in _matches(port):
        yield (
            f"{optional}add rule inet filter {chain} {match}{port.protocol.lower()} dport {port.port} accept "
            f'comment "{_comment(port)}"'
        )


def _matches(port: Port) -> Iterator[str]:
    if not port.addresses:
        yield ""
    for version, word in ((4, "ip"), (6, "ip6")):
        some = [one for one in port.addresses if ipaddress.ip_address(one).version == version]
        if some:
            yield f"{word} daddr {{ {', '.join(some)} }} "


def _comment(port: Port) -> str:
    # The kernel takes 128 bytes.
    return port.purpose.replace('"', "'")[:100]


def _unknown(port: Port) -> str:
    return f"# {port.purpose}: {port.destination}, {port.protocol} {port.port}; the file has no address"

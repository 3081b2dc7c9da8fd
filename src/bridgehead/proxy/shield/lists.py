"""Who is let through uncounted, and who never: what an administrator has listed."""

from __future__ import annotations

import ipaddress
from enum import Enum
from typing import TYPE_CHECKING

from bridgehead.proxy.shield.names import account_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.problems import Findings
    from bridgehead.spec import Shield

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Standing(Enum):
    """How an attempt stands to the lists."""

    COUNTED = "counted"
    ALLOWED = "allowed"
    BLOCKED = "blocked"


class Lists:
    """The four lists of one `spec.Shield`. Networks that are none were refused by `check_networks`."""

    def __init__(self, shield: Shield) -> None:
        self._allowed = _networks(shield.allowed_sources)
        self._blocked = _networks(shield.blocked_sources)
        self._excluded = frozenset(map(account_of, shield.excluded_accounts))
        self._barred = frozenset(map(account_of, shield.blocked_accounts))

    def standing(self, account: str, address: str) -> Standing:
        """How an account, in its one spelling, stands at an address. What is blocked is blocked from everywhere."""
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        if account in self._barred or any(parsed in network for network in self._blocked):
            return Standing.BLOCKED
        if account in self._excluded or any(parsed in network for network in self._allowed):
            return Standing.ALLOWED
        return Standing.COUNTED


def _networks(texts: Iterable[str]) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def check_networks(shield: Shield, findings: Findings) -> None:
    """Find what is no network. A plan cannot get one wrong; a hand-written ProxySpec can."""
    for name in ("allowed_sources", "blocked_sources"):
        for text in getattr(shield, name):
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError as error:
                findings.add("shield.network", f"shield: {name}", f"{error}.", 'Give networks as "192.0.2.0/24".')

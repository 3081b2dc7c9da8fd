"""The zone that a name belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.topology.model import Topology


class Zones:
    """The zones of a deployment: its SIP domains. Real zone cuts are the administrator's."""

    def __init__(self, topology: Topology) -> None:
        self._domains = frozenset(domain.name for domain in topology.sip_domains)

    def of(self, host: str) -> str:
        """The longest SIP domain that the name ends with, else its parent."""
        parent = host.partition(".")[2]
        above = parent
        while above:
            if above in self._domains:
                return above
            above = above.partition(".")[2]
        return parent or host

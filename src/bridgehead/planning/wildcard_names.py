"""Which wildcard may stand for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.topology.model import Topology


def wildcard_for(host: str, topology: Topology) -> str | None:
    """`*.contoso.com` for `meet.contoso.com`; None where the parent is not one of the deployment's own domains.

    RFC 9525 section 6.3: a wildcard stands for exactly one label. A parent that is no SIP domain, nor below one, could
    be a public suffix such as `co.uk`, for which no authority issues anything.
    """
    parent = host.partition(".")[2]
    own = any(parent == domain.name or parent.endswith(f".{domain.name}") for domain in topology.sip_domains)
    return f"*.{parent}" if own else None

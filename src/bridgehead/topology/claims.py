"""Who publishes which host and path: two may not publish the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.model import Path, Topology

Kind = Literal["pool", "simple URL", "discovery", "site", "relay"]


@dataclass(frozen=True)
class Claim:
    """One host and path, and the part of the file that publishes it."""

    host: str
    path: str
    kind: Kind
    place: Path
    what: str
    """The publisher, for a sentence."""
    listeners: tuple[str, ...] | None
    """Labels of the listeners it is published on, None for all."""

    def meets(self, other: Claim) -> bool:
        """Whether both are published on some listener."""
        if self.listeners is None or other.listeners is None:
            return True
        return not set(self.listeners).isdisjoint(other.listeners)

    def is_the_same_as(self, other: Claim) -> bool:
        """Whether a request could be for both, with nothing to choose by."""
        if self.host != other.host or not self.meets(other):
            return False
        # TLS that is relayed by name is never decrypted, so that no path of that name is seen.
        return "relay" in {self.kind, other.kind} or self.path.lower() == other.path.lower()


def claims(topology: Topology) -> Iterator[Claim]:
    """Everything that is published, in the order of the file."""
    for place, pool in topology.published_pools():
        assert pool.external_fqdn is not None, "published pools have one"
        for path in pool.paths:
            what = f"the pool {pool.label}"
            yield Claim(pool.external_fqdn, path, "pool", (*place, "external_fqdn"), what, pool.listeners)
    yield from _lync_names(topology)
    for place, site in topology.all_sites():
        for host in site.hosts:
            for path in (*site.paths, *site.refuse):
                yield Claim(host, path, "site", place, f"the site {site.label}", site.listeners)
    for index, relay in enumerate(topology.relays):
        for host in relay.hosts:
            yield Claim(host, "/*", "relay", ("relay", index), f"the relay {relay.label}", relay.listeners)


def _lync_names(topology: Topology) -> Iterator[Claim]:
    for place, name, url in topology.simple_urls.published_urls():
        pool = topology.pool_for(url.pool)
        for address in url.addresses if pool else ():
            listeners = pool.listeners if pool else None
            yield Claim(address.host, address.pattern, "simple URL", place, f"the simple URL for {name}", listeners)
    pool = topology.pool_for(topology.discovery.pool)
    if topology.discovery.published and pool:
        for index, domain in enumerate(topology.sip_domains):
            what = f"discovery for {domain.name}"
            yield Claim(domain.discovery_host, "/*", "discovery", ("sip_domains", index), what, pool.listeners)

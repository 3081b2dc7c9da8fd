"""What an export says, whichever of the two formats it has: sites, clusters of machines, and services on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.importing.markup import Element

PRODUCTS = {
    "5": "Lync Server 2010",
    "6": "Lync Server 2013",
    "7": "Skype for Business Server 2015",
    "8": "Skype for Business Server 2019 or Subscription Edition",
}
"""`ServiceVersion` of a service, and the product that it belongs to."""


@dataclass(frozen=True)
class SipDomainEntry:
    """A SIP domain, as it is written."""

    name: str
    line: int


@dataclass(frozen=True)
class SimpleUrlEntry:
    """One simple URL of one collection, with those that were active before."""

    component: str
    """`Meet`, `Dialin`, `Cscp`; others exist."""
    domain: str
    """A SIP domain, or `*`."""
    active: str
    urls: tuple[str, ...]
    """Every URL that is answered, the active one among them."""
    line: int
    scope: str = "Global"
    """`Global`, or `Site:` and a site's name."""

    @property
    def site(self) -> str:
        """Name of the site that the URL is for; empty for all."""
        kind, _, name = self.scope.partition(":")
        return name.strip() if kind.strip().lower() == "site" else ""


@dataclass(frozen=True)
class NetInterface:
    """One address of a machine."""

    side: str
    """`Primary`, `External`, `Internal` or `Pstn`."""
    number: str
    address: str
    """`0.0.0.0` stands for all addresses."""
    configured_address: str
    """What NAT makes of it, for the A/V Edge service."""
    line: int


@dataclass(frozen=True)
class Machine:
    """A server."""

    fqdn: str
    interfaces: tuple[NetInterface, ...]
    line: int


@dataclass(frozen=True)
class Cluster:
    """What people call a pool: machines under one name."""

    key: str
    """What services refer to it by."""
    fqdn: str
    site: str
    """Name of the site."""
    machines: tuple[Machine, ...]
    line: int


@dataclass(frozen=True)
class Service:
    """A role on a cluster."""

    role: str
    version: str
    installed_on: str
    """Key of the cluster; roles of databases have that of their instance."""
    element: Element

    @property
    def line(self) -> int:
        """The line where it begins."""
        return self.element.line

    def ports(self, owner: str, side: str) -> Iterator[Element]:
        """The ports of one component on one side.

        Never by number: SkypeSearchProxy and ReplicationService listen on 4443 as well.
        """
        for port in self.element.each("Ports", "Port"):
            if port.get("Owner") == f"urn:component:{owner}" and port.get("InterfaceSide") == side:
                yield port


@dataclass(frozen=True)
class Inventory:
    """All of it."""

    kind: Literal["Topology Builder file", "output of Get-CsTopology -AsXml"]
    default_domain: str
    sip_domains: tuple[SipDomainEntry, ...]
    simple_urls: tuple[SimpleUrlEntry, ...]
    clusters: tuple[Cluster, ...]
    services: tuple[Service, ...]
    unpublished_changes: bool = False
    """Whether Topology Builder notes changes that were not published."""
    missing: tuple[str, ...] = ()
    """Parts that every complete file has, and this one has not."""

    def services_of(self, role: str) -> Iterator[Service]:
        """The services with a role."""
        return (service for service in self.services if service.role == role)

    def cluster(self, key: str) -> Cluster | None:
        """The cluster that services refer to so."""
        return self._clusters_by_key.get(key)

    @cached_property
    def _clusters_by_key(self) -> dict[str, Cluster]:
        return {cluster.key: cluster for cluster in self.clusters if cluster.key}

    @property
    def products(self) -> tuple[str, ...]:
        """What is deployed, for people; each once."""
        versions = sorted({service.version for service in self.services if service.version})
        return tuple(PRODUCTS.get(version, f"a product with ServiceVersion {version}") for version in versions)

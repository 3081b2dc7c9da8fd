"""Topology Builder's own file, `.tbxml`: everything in one place, simple URLs included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.topology.importing.inventory import Cluster, Inventory, Service
from bridgehead.topology.importing.markup import Element
from bridgehead.topology.importing.shared_elements import machines, missing_parts, simple_urls, sip_domains

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = ("TopologyBuilder", "urn:schema:Microsoft.Rtc.Management.Deploy.TopologyBuilder.2008")


def read_tbxml(root: Element) -> Inventory:
    """What the file says. What is missing in it is listed, not raised."""
    top = root.first("NewTopology", "PartialTopology") or Element("", "", {}, root.line)
    default, domains = sip_domains(top)
    clusters = tuple(_clusters(top))
    services = tuple(_service(service) for service in top.each("Services", "Service"))
    return Inventory(
        kind="Topology Builder file",
        default_domain=default,
        sip_domains=domains,
        simple_urls=simple_urls(top),
        clusters=clusters,
        services=services,
        unpublished_changes=root.get("IsFreeFromChanges").lower() == "false",
        missing=missing_parts({"InternalDomains": domains, "Clusters": clusters, "Services": services}),
    )


def _clusters(top: Element) -> Iterator[Cluster]:
    """Clusters stand in their site; branch sites stand in central ones."""
    for site in top.descendants():
        if site.name not in {"CentralSite", "RemoteSite"}:
            continue
        name = site.first("Name")
        for cluster in site.each("Clusters", "Cluster"):
            fqdn = cluster.get("Fqdn")
            yield Cluster(
                key=cluster.get("UniqueId").lower(),
                fqdn=fqdn,
                site=name.text.strip() if name is not None else "",
                machines=machines(cluster.each("Machines", "Machine"), fqdn),
                line=cluster.line,
            )


def _service(service: Element) -> Service:
    role, version = service.get("RoleName"), service.get("ServiceVersion")
    return Service(role, version, service.get("InstalledOn").lower(), service)

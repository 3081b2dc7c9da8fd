"""The published topology, as `Get-CsTopology -AsXml` gives it: everything but simple URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.topology.importing.inventory import Cluster, Inventory, Service
from bridgehead.topology.importing.shared_elements import machines, missing_parts, simple_urls, sip_domains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.importing.markup import Element

ROOT = ("Topology", "urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008")


def read_get_cs_topology(root: Element) -> Inventory:
    """What the file says. What is missing in it is listed, not raised."""
    default, domains = sip_domains(root)
    clusters, services = tuple(_clusters(root)), tuple(map(_service, root.each("Services", "Service")))
    return Inventory(
        kind="output of Get-CsTopology -AsXml",
        default_domain=default,
        sip_domains=domains,
        simple_urls=simple_urls(root),
        clusters=clusters,
        services=services,
        missing=missing_parts({"InternalDomains": domains, "Clusters": clusters, "Services": services}),
    )


def _clusters(root: Element) -> Iterator[Cluster]:
    sites = _site_names(root)
    for cluster in root.each("Clusters", "Cluster"):
        identity = cluster.first("ClusterId")
        fqdn = cluster.get("Fqdn")
        yield Cluster(
            key=_key(identity),
            fqdn=fqdn,
            site=sites.get(identity.get("SiteId"), "") if identity is not None else "",
            machines=machines(cluster.each("Machine"), fqdn),
            line=cluster.line,
        )


def _site_names(root: Element) -> dict[str, str]:
    names = {}
    for sites in root.each("Sites"):
        for site in sites.descendants():
            name = site.first("Name")
            if name is not None:
                names[site.get("SiteId")] = name.text.strip()
    return names


def _key(identity: Element | None) -> str:
    """A cluster is known by the number of its site and its own number there."""
    return f"{identity.get('SiteId')}:{identity.get('Number')}" if identity is not None else ""


def _service(service: Element) -> Service:
    identity = service.first("ServiceId")
    role = identity.get("RoleName") if identity is not None else ""
    installed_on = service.first("InstalledOn", "ClusterId")
    return Service(role, service.get("ServiceVersion"), _key(installed_on), service)

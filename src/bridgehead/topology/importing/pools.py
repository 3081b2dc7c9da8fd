"""Web services of front-end pools and Directors, as `[[pool]]` tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.topology.importing.draft import TRUST, same_name
from bridgehead.topology.importing.machines import servers, warn_of_one_name
from bridgehead.topology.pools import DEFAULT_PORTS

if TYPE_CHECKING:
    from bridgehead.topology.importing.draft import Draft
    from bridgehead.topology.importing.inventory import Cluster, Inventory, Service
    from bridgehead.topology.importing.markup import Element
    from bridgehead.topology.pools import Role

_EXPORT_AGAIN = "The export seems incomplete: publish the topology, and export it again."
_ROLES: dict[Role, str] = {"director": "Director", "front-end": "Front-end pool"}


def add_pools(draft: Draft, inventory: Inventory) -> dict[str, list[tuple[Role, str]]]:
    """Add every pool with web services; gives role and label of each by the name of its site."""
    by_site: dict[str, list[tuple[Role, str]]] = {}
    directors = _directors(inventory)
    for service in inventory.services_of("WebServices"):
        cluster = cluster_of(draft, inventory, service)
        if cluster is None:
            continue
        role: Role = "director" if cluster.key in directors else "front-end"
        external = _add_pool(draft, service, cluster, role)
        by_site.setdefault(cluster.site, []).append((role, same_name(external)))
    return by_site


def cluster_of(draft: Draft, inventory: Inventory, service: Service) -> Cluster | None:
    """The cluster that a service is installed on; a fault where the export does not have it, or not its machines."""
    cluster = inventory.cluster(service.installed_on)
    if cluster is None:
        draft.fault(
            "import.half",
            service.line,
            f"{service.role} is installed on a pool that the file does not have.",
            _EXPORT_AGAIN,
        )
    elif not cluster.machines or not cluster.fqdn:
        lacking = "machines" if cluster.fqdn else "FQDN"
        draft.fault("import.half", cluster.line, f"The pool {cluster.fqdn} has no {lacking}.", _EXPORT_AGAIN)
        cluster = None
    return cluster


def _directors(inventory: Inventory) -> set[str]:
    """Keys of the clusters whose Registrar says that it is a Director."""
    return {
        service.installed_on
        for service in inventory.services_of("Registrar")
        for registrar in service.element.each("RegistrarService")
        if registrar.get("IsDirector").lower() == "true"
    }


def _add_pool(draft: Draft, service: Service, cluster: Cluster, role: Role) -> str:
    external, line = _external_fqdn(draft, service, cluster)
    default_tls, default_plain = DEFAULT_PORTS[role]
    tls = _web_port(draft, service, cluster, "Https")
    plain = _web_port(draft, service, cluster, "Http")
    members = servers(draft, cluster)
    warn_of_one_name(draft, external, cluster, members)
    path = draft.add(
        "pool",
        {
            "role": role,
            "external_fqdn": external,
            "internal_fqdn": cluster.fqdn,
            "servers": members,
            "https_port": tls if tls != default_tls else None,
            "http_port": plain if plain != default_plain else None,
            "trust": TRUST,
        },
        service.line,
    )
    _place(draft, path, cluster, line)
    site = f" of site {cluster.site}" if cluster.site else ""
    draft.comment(path, f"{_ROLES[role]} {cluster.fqdn}{site}, reached on {tls or default_tls} (TLS).")
    if same_name(external) == same_name(cluster.fqdn):
        sentence = "The same name inside and outside: it was not overridden in Topology Builder."
        draft.comment((*path, "external_fqdn"), sentence)
    count = f"{len(cluster.machines)} server{'s' if len(cluster.machines) != 1 else ''}"
    draft.taken.append(f"{_ROLES[role]} {cluster.fqdn}: {external} outside, {count} on {tls or default_tls}")
    return external


def _place(draft: Draft, path: tuple[str, int], cluster: Cluster, external_line: int) -> None:
    draft.place((*path, "external_fqdn"), external_line)
    draft.place((*path, "internal_fqdn"), cluster.line)
    draft.place((*path, "servers"), cluster.line)
    for index, machine in enumerate(cluster.machines):
        draft.place((*path, "servers", index), machine.line)


def _external_fqdn(draft: Draft, service: Service, cluster: Cluster) -> tuple[str, int]:
    settings = service.element.first("WebService", "ExternalSettings")
    if settings is None or not settings.get("Host"):
        draft.fault(
            "import.half",
            service.line,
            f"The web services of {cluster.fqdn} have no external FQDN (ExternalSettings, Host).",
            _EXPORT_AGAIN,
        )
        return cluster.fqdn, service.line
    return settings.get("Host"), settings.line


def _web_port(draft: Draft, service: Service, cluster: Cluster, protocol: str) -> int | None:
    """The port that the external web site listens on. What is published of it is another attribute."""
    ports = [port for port in service.ports("OCSWebSite", "External") if port.get("Protocol") == protocol]
    if not ports:
        if protocol == "Https":
            message = f"The web services of {cluster.fqdn} have no external web site with TLS among their ports."
            draft.fault("import.half", service.line, message, _EXPORT_AGAIN)
        return None
    listening = port_number(draft, ports[0], "Port")
    published = port_number(draft, ports[0], "ConfiguredPort") if ports[0].get("ConfiguredPort") else None
    usual = 443 if protocol == "Https" else 80
    if published not in {None, usual}:
        draft.note(
            "import.published-port",
            ports[0].line,
            f"{cluster.fqdn} tells clients to come to port {published}, where {usual} is usual.",
            f"The written file listens on 443 and 80: add a [[listener]] for {published}, or a NAT rule.",
        )
    return listening


def port_number(draft: Draft, port: Element, attribute: str) -> int | None:
    """The number in an attribute; None, with a fault in the draft, where it is no port."""
    text = port.get(attribute)
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 65535:
        return int(text)
    draft.fault("import.port", port.line, f"{attribute}={text!r} is not a port; 1 to 65535 is expected.", _EXPORT_AGAIN)
    return None

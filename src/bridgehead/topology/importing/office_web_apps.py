"""Office Web Apps farms, as `[[pool]]` tables. The topology knows them by the URL that Front End Servers ask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgehead.topology.importing.draft import TRUST, same_name
from bridgehead.topology.importing.machines import servers, warn_of_one_name
from bridgehead.topology.importing.pools import cluster_of

if TYPE_CHECKING:
    from bridgehead.topology.importing.draft import Draft
    from bridgehead.topology.importing.inventory import Cluster, Inventory
    from bridgehead.topology.importing.markup import Element

_PLAIN = "Published farms need TLS: set the farm up with a certificate, and correct the URL in Topology Builder."


def add_office_web_apps(draft: Draft, inventory: Inventory) -> None:
    """Add each farm once; several sites may use the same."""
    seen = set()
    for service in inventory.services_of("WacService"):
        farm = service.element.first("WacService")
        cluster = cluster_of(draft, inventory, service)
        if cluster is None or farm is None:
            continue
        host, port = _discovery(draft, farm, cluster)
        if host and same_name(host) not in seen:
            seen.add(same_name(host))
            path = _add_farm(draft, farm, cluster, host, port)
            _explain(draft, path, farm, cluster, host)


def _discovery(draft: Draft, farm: Element, cluster: Cluster) -> tuple[str, int | None]:
    """Host and port of the discovery URL; a fault where there is none."""
    url = farm.get("DiscoveryUrl")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in {"https", "http"}:
        draft.fault(
            "import.discovery-url",
            farm.line,
            f"The Office Web Apps farm {cluster.fqdn} has the discovery URL {url!r}; https://host/hosting/discovery/ "
            "is expected.",
            "Correct it in Topology Builder, and export again.",
        )
        return "", None
    if parts.scheme == "http":
        message = f"Front End Servers reach the Office Web Apps farm {host} without TLS."
        draft.note("import.office-without-tls", farm.line, message, _PLAIN)
        port = None
    return host, port


def _add_farm(draft: Draft, farm: Element, cluster: Cluster, host: str, port: int | None) -> tuple[str, int]:
    table = {
        "role": "office-web-apps",
        "external_fqdn": host,
        "internal_fqdn": cluster.fqdn,
        "servers": servers(draft, cluster),
        "https_port": port if port != 443 else None,
        "trust": TRUST,
    }
    if _is_outside(farm):
        table["published"] = False
    path = draft.add("pool", table, farm.line)
    draft.place((*path, "servers"), cluster.line)
    return path


def _is_outside(farm: Element) -> bool:
    return farm.get("IsExternal").lower() == "true"


def _explain(draft: Draft, path: tuple[str, int], farm: Element, cluster: Cluster, host: str) -> None:
    site = f" of site {cluster.site}" if cluster.site else ""
    draft.comment(path, f"Office Web Apps farm {cluster.fqdn}{site}.")
    draft.taken.append(f"Office Web Apps farm {cluster.fqdn}: {host}{', outside already' if _is_outside(farm) else ''}")
    if _is_outside(farm):
        draft.comment(path, "Topology Builder says that it is outside already, so it is not published from here.")
        return
    sentence = "From the URL that Front End Servers ask; clients use the farm's external URL, if that is another."
    draft.comment((*path, "external_fqdn"), sentence)
    warn_of_one_name(draft, host, cluster, draft.data["pool"][path[1]]["servers"])
    draft.leave(
        "Compare external_fqdn of each Office Web Apps farm with (Get-OfficeWebAppsFarm).ExternalURL: "
        "no topology has that one."
    )

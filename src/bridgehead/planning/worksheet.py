"""The data collection worksheet: what must be known before planning, filled in as far as the file knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bridgehead.planning.addresses import inside_address
from bridgehead.planning.planned import Worksheet, WorksheetLine, WorksheetPart

if TYPE_CHECKING:
    from bridgehead.planning.planned import PlannedCertificate
    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool

FRONT_END = "Front-end pool or Standard Edition server"
DIRECTOR = "Director"
FARM = "Office Web Apps farm"


class _Remarks(NamedTuple):
    """What to know about the lines of a pool."""

    external: str
    internal: str
    tls_port: str
    plain_port: str


_POOL = _Remarks(
    external="As in Topology Builder.",
    internal="Must differ from the external one.",
    tls_port="4443, unless changed in Topology Builder.",
    plain_port="8080, unless changed.",
)
_FARM = _Remarks(
    external="ExternalURL of Get-OfficeWebAppsFarm.",
    internal="InternalURL of Get-OfficeWebAppsFarm.",
    tls_port="443, unless changed.",
    plain_port="80, unless changed.",
)


def worksheet(topology: Topology | None, certificates: tuple[PlannedCertificate, ...]) -> Worksheet:
    """Every part; without a topology, one empty form of each."""
    known = topology
    pools = known.pools if known else ()
    parts = [_deployment(known)]
    parts += [_pool(pool) for pool in pools] or [_pool(None)]
    if known is None:
        parts += [_pool(None, DIRECTOR), _pool(None, FARM)]
    parts += [_exchange(known), _proxy(known), _certificate(certificates)]
    parts += [_edge(edge) for edge in (known.edges if known else ())] or [_edge(None)]
    return Worksheet(parts=tuple(parts))


def _line(item: str, value: object = None, why: str = "") -> WorksheetLine:
    if isinstance(value, tuple | list):
        value = ", ".join(str(one) for one in value)
    return WorksheetLine(item=item, value="" if value is None else str(value), why=why)


def _deployment(topology: Topology | None) -> WorksheetPart:
    urls = topology.simple_urls if topology else None
    domains = tuple(domain.name for domain in topology.sip_domains) if topology else ()
    lines = [_line("SIP domains", domains, "Each has a lyncdiscover name and a meeting URL.")]
    lines += [
        _line(f"Meeting simple URL of {domain}", (url.active, *url.older), "In the certificate and in DNS.")
        for domain, url in (urls.meet if urls else {}).items()
    ] or [_line("Meeting simple URL of each SIP domain", why="In the certificate and in DNS.")]
    dialin = (urls.dialin.active, *urls.dialin.older) if urls and urls.dialin else None
    lines += [
        _line("Dial-in simple URL", dialin, "In the certificate and in DNS."),
        _line("Admin simple URL", urls.admin.active if urls and urls.admin else None, "Stays inside."),
        _line("Discovery on port 80", _over_http(topology), "Not encrypted: each domain must accept it."),
    ]
    return WorksheetPart(title="Deployment", lines=tuple(lines))


def _over_http(topology: Topology | None) -> str | None:
    if topology is None:
        return None
    return ", ".join(domain.name for domain in topology.sip_domains if domain.discovery_over_http) or "no SIP domain"


def _pool(pool: Pool | None, kind: str = FRONT_END) -> WorksheetPart:
    servers = [f"{one.name} ({one.address})" if one.address else one.name for one in pool.members] if pool else None
    farm = pool.role == "office-web-apps" if pool else kind == FARM
    remarks = _FARM if farm else _POOL
    lines = [
        _line("Role", pool.role if pool else None, "Front-end pool, Director or Office Web Apps."),
        _line("External web services FQDN", pool.external_fqdn if pool else None, remarks.external),
        _line("Internal FQDN", pool.internal_fqdn if pool else None, remarks.internal),
        _line("Servers and their addresses", servers, "The proxy connects to them."),
        _line("Load balancer's address", inside_address(pool) if pool else None, "If there is one."),
        _line("Port for TLS", pool.tls_port if pool else None, remarks.tls_port),
        _line("Port without TLS", pool.plain_port if pool else None, remarks.plain_port),
        _line("Root certificate of its authority", pool.trust if pool else None, "The proxy must trust it."),
    ]
    if pool.role == "front-end" if pool else kind == FRONT_END:
        lines.append(_line("Users enabled for remote access", why="Pools without any need not be published."))
    return WorksheetPart(title=f"Pool {pool.label}" if pool else kind, lines=tuple(lines))


def _exchange(topology: Topology | None) -> WorksheetPart:
    exchanges = topology.exchanges if topology else ()
    sites = topology.sites if topology else ()
    relays = topology.relays if topology else ()
    return WorksheetPart(
        title="Beside it",
        lines=(
            _line(
                "Exchange: name and servers", [f"{one.host} → {', '.join(d.url for d in one.to)}" for one in exchanges]
            ),
            _line("Exchange: Extended Protection", why="If on, proxy and Exchange must serve the same certificate."),
            _line("Other sites", [", ".join(site.hosts) for site in sites]),
            _line("Sites that keep their own TLS", [", ".join(relay.hosts) for relay in relays]),
        ),
    )


def _proxy(topology: Topology | None) -> WorksheetPart:
    listeners = topology.all_listeners() if topology else ()
    return WorksheetPart(
        title="Reverse proxy",
        lines=(
            _line("Listeners", [one.address_label for one in listeners], "443, and 80 for discovery and redirection."),
            _line(
                "Public addresses",
                [one.public_address for one in listeners if one.public_address],
                "DNS outside leads here; with NAT they differ from the listeners'.",
            ),
            _line("Default gateway", why="On the external network adapter only."),
            _line("Persistent routes", why="To the internal networks, by the internal adapter."),
            _line("DNS servers or hosts file", why="Servers must resolve to internal addresses, never to the proxy."),
            _line("Number of proxies", topology.proxy_count if topology else None, "A farm shares one private key."),
            _line("Who changes the external DNS"),
            _line("Who changes the internal DNS"),
            _line("Who changes the firewalls"),
        ),
    )


def _certificate(certificates: tuple[PlannedCertificate, ...]) -> WorksheetPart:
    planned = next((one for one in certificates if one.purpose in {"reverse-proxy", "combined"}), None)
    return WorksheetPart(
        title="Certificate",
        lines=(
            _line("Subject name", planned.subject.value if planned else None),
            _line("Subject alternative names", planned.names if planned else None),
            _line("Authority", why="Public, unless only your own machines connect."),
            _line("Requested on", why="On the proxy, or elsewhere and carried there as .pfx."),
            _line("Private key exportable", planned.exportable.value if planned else None),
            _line("Who renews it, and when", planned.lifetime.value if planned else None),
        ),
    )


def _edge(edge: Edge | None) -> WorksheetPart:
    return WorksheetPart(
        title=f"Edge {edge.label}" if edge else "Edge pool",
        lines=(
            _line("Access Edge FQDN and address", _both(edge.access_fqdn, edge.access_address) if edge else None),
            _line(
                "Web Conferencing Edge FQDN and address",
                _both(edge.web_conferencing_fqdn, edge.web_conferencing_address) if edge else None,
            ),
            _line("A/V Edge FQDN and address", _both(edge.av_fqdn, edge.av_address) if edge else None),
            _line(
                "Ports of the three for clients outside",
                [service.port for service in edge.services] if edge else None,
                "443 each; where one name serves all three usually 5061, 444 and 443.",
            ),
            _line("Internal FQDN", edge.internal_fqdn if edge else None),
            _line("Edge Servers", edge.servers if edge else None),
            _line("Federation", ("yes" if edge.federation else "no") if edge else None),
            _line("Clients find it by DNS", ("yes" if edge.client_auto_configuration else "no") if edge else None),
        ),
    )


def _both(name: str | None, address: str | None) -> str:
    return ", ".join(one for one in (name, address) if one)

"""One deployment, written down once and exported as Topology Builder, Get-CsTopology and PowerShell would."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPOLOGY = "urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008"
WRITABLE = "urn:schema:Microsoft.Rtc.Management.Deploy.WritableTopology.2008"
BUILDER = "urn:schema:Microsoft.Rtc.Management.Deploy.TopologyBuilder.2008"
ROLES = "urn:schema:Microsoft.Rtc.Management.Deploy.ServiceRoles.2008"
SIMPLE_URLS = "urn:schema:Microsoft.Rtc.Management.Settings.SimpleUrl.2008"

LYNC_2013, SFB_2015, SFB_2019 = "6", "7", "8"

ENCODINGS = {
    "UTF-8": "utf-8",
    "UTF-8 with byte order mark": "utf-8-sig",
    "UTF-16, little endian": "utf-16-le",
    "UTF-16, big endian": "utf-16-be",
}
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@dataclass(frozen=True)
class Server:
    fqdn: str
    addresses: tuple[tuple[str, str, str, str], ...] = (
        ("Primary", "1", "0.0.0.0", ""),
        ("External", "1", "0.0.0.0", ""),
    )


@dataclass(frozen=True)
class Pool:
    fqdn: str
    external: str
    servers: tuple[Server, ...]
    director: bool = False
    https: tuple[str, str] = ("4443", "443")
    """The listening and the published port."""
    http: tuple[str, str] = ("8080", "80")
    site: str = "1"


@dataclass(frozen=True)
class Farm:
    fqdn: str
    discovery: str
    outside: bool = False
    servers: tuple[Server, ...] = (Server(""),)
    site: str = "1"


@dataclass(frozen=True)
class Edge:
    fqdn: str
    access: str
    conferencing: str
    av: str
    servers: tuple[Server, ...]
    ports: tuple[str, str, str] = ("443", "443", "443")
    interfaces: tuple[str, str, str] = ("1", "2", "3")
    site: str = "1"


@dataclass(frozen=True)
class SimpleUrl:
    component: str
    domain: str
    active: str
    older: tuple[str, ...] = ()
    scope: str = "Global"


@dataclass(frozen=True)
class Deployment:
    domains: tuple[str, ...]
    simple_urls: tuple[SimpleUrl, ...]
    pools: tuple[Pool, ...]
    farms: tuple[Farm, ...] = ()
    edges: tuple[Edge, ...] = ()
    version: str = SFB_2015
    sites: dict[str, str] = field(default_factory=lambda: {"1": "Contoso"})
    other_roles: tuple[str, ...] = ("UserServices", "FileStore")


CONTOSO = Deployment(
    domains=("contoso.com", "fabrikam.com"),
    simple_urls=(
        SimpleUrl("Dialin", "*", "https://lync.contoso.com/Dialin"),
        SimpleUrl(
            "Meet", "contoso.com", "https://lync.contoso.com/contosoSIPdomain/Meet", ("https://meet.contoso.com",)
        ),
        SimpleUrl("Meet", "fabrikam.com", "https://lync.contoso.com/fabrikamSIPdomain/Meet"),
        SimpleUrl("Cscp", "*", "https://lync.contoso.com/Admin"),
    ),
    pools=(
        Pool(
            "pool01.contoso.local",
            "webext.contoso.com",
            (Server("fe01.contoso.local"), Server("fe02.contoso.local")),
        ),
        Pool("dirpool.contoso.local", "webdirext.contoso.com", (Server("dir01.contoso.local"),), director=True),
    ),
    farms=(Farm("owas01.contoso.local", "https://officewebapps01.contoso.com/hosting/discovery/"),),
    edges=(
        Edge(
            "edge01.contoso.local",
            "sip.contoso.com",
            "webcon.contoso.com",
            "av.contoso.com",
            (
                Server(
                    "edge01.contoso.local",
                    (
                        ("Internal", "1", "172.25.33.10", ""),
                        ("External", "1", "131.107.155.10", ""),
                        ("External", "2", "131.107.155.20", ""),
                        ("External", "3", "10.45.16.30", "131.107.155.30"),
                    ),
                ),
            ),
        ),
    ),
)
"""Names and addresses as in Microsoft's documents."""


def _attributes(**attributes: str) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _port(owner: str, usage: str, side: str, port: str, protocol: str, **more: str) -> str:
    attributes = {"InterfaceNumber": "1", **more}
    return (
        "<Port"
        + _attributes(
            Owner=f"urn:component:{owner}",
            Usage=usage,
            InterfaceSide=side,
            Port=port,
            Protocol=protocol,
            UrlPath="/",
            AuthorizesRequests="false",
            **attributes,
        )
        + " />"
    )


def _web_ports(pool: Pool) -> Iterator[str]:
    # The search proxy first: who took the first port 4443 would take the wrong one.
    yield _port("SkypeSearchProxy", "WebServer", "Internal", "4443", "Mtls")
    yield _port("OCSWebSite", "WebSite", "Primary", "80", "Http")
    yield _port("OCSWebSite", "WebSite", "Primary", "443", "Https")
    yield _port("OCSWebSite", "WebSite", "External", pool.http[0], "Http", ConfiguredPort=pool.http[1])
    yield _port("OCSWebSite", "WebSite", "External", pool.https[0], "Https", ConfiguredPort=pool.https[1])
    yield _port("Reach", "PsomServer", "External", "8061", "Mtls")


def _edge_ports(edge: Edge) -> Iterator[str]:
    yield _port("AccessEdge", "SipServer", "Internal", "5061", "Mtls")
    yield _port("SkypeSearchProxy", "WebServer", "Internal", "4443", "Mtls")
    services = (
        ("AccessEdge", "SipClient", edge.access),
        ("DataEdge", "PsomClient", edge.conferencing),
        ("MediaRelayEdge", "TURNServer", edge.av),
    )
    # Ports of other usages and of UDP first: who took the first of an owner would take the wrong one.
    if edge.access:
        yield _port("AccessEdge", "SipServer", "External", "5061", "Mtls", ConfiguredFqdn=edge.access)
    if edge.av:
        media = {"InterfaceNumber": edge.interfaces[2], "ConfiguredFqdn": edge.av}
        yield _port("MediaRelayEdge", "MediaCommunication", "External", "50000", "TcpOrUdp", **media)
        yield _port("MediaRelayEdge", "TURNServer", "External", "3478", "Udp", **media)
    for (owner, usage, fqdn), port, number in zip(services, edge.ports, edge.interfaces, strict=True):
        if fqdn:
            yield _port(owner, usage, "External", port, "Tls", InterfaceNumber=number, ConfiguredFqdn=fqdn)


@dataclass(frozen=True)
class _Role:
    name: str
    cluster: str
    """FQDN of the cluster."""
    ports: str = ""
    body: str = ""


def _roles(deployment: Deployment) -> Iterator[_Role]:
    for pool in deployment.pools:
        registrar = f'<RegistrarService xmlns="{ROLES}" IsDirector="{str(pool.director).lower()}" />'
        yield _Role("Registrar", pool.fqdn, body=registrar)
        settings = f"<ExternalSettings{_attributes(Host=pool.external)}><OverrideUrls /></ExternalSettings>"
        web_service = f'<WebService xmlns="{ROLES}">{settings}</WebService>'
        yield _Role("WebServices", pool.fqdn, "\n".join(_web_ports(pool)), web_service)
    for farm in deployment.farms:
        attributes = _attributes(DiscoveryUrl=farm.discovery, IsExternal=str(farm.outside).lower())
        yield _Role("WacService", farm.fqdn, body=f'<WacService xmlns="{ROLES}"{attributes} />')
    for edge in deployment.edges:
        yield _Role("EdgeServer", edge.fqdn, "\n".join(_edge_ports(edge)))
        replication = _port("ReplicationService", "Replication", "Internal", "4443", "Https")
        yield _Role("ManagementServices", edge.fqdn, replication)
    for role in deployment.other_roles:
        yield _Role(role, deployment.pools[0].fqdn)


def _clusters(deployment: Deployment) -> list[Pool | Farm | Edge]:
    return [*deployment.pools, *deployment.farms, *deployment.edges]


def _machines(cluster: Pool | Farm | Edge, first: str) -> str:
    lines = []
    for index, server in enumerate(cluster.servers, 1):
        name = _attributes(Fqdn=server.fqdn) if server.fqdn else ""
        lines.append(f"<Machine{first.format(index)}{name}>")
        for side, number, address, configured in server.addresses:
            nat = {"ConfiguredIPAddress": configured} if configured else {}
            attributes = _attributes(InterfaceSide=side, InterfaceNumber=number, IPAddress=address, **nat)
            lines.append(f'<NetInterface{attributes} xmlns="{TOPOLOGY}" />')
        lines.append("</Machine>")
    return "\n".join(lines)


def _domains(deployment: Deployment) -> str:
    domains = "\n".join(
        f'<InternalDomain{_attributes(Name=name)} Authoritative="false" />' for name in deployment.domains
    )
    default = _attributes(DefaultDomain=deployment.domains[0] if deployment.domains else "")
    return f'<InternalDomains AllowAllDomains="false"{default} xmlns="{TOPOLOGY}">\n{domains}\n</InternalDomains>'


def _simple_url_elements(deployment: Deployment) -> str:
    lines = []
    for url in deployment.simple_urls:
        attributes = _attributes(Component=url.component, Domain=url.domain, ActiveUrl=url.active)
        lines.append(f"<SimpleUrl{attributes}>")
        # Older ones may stand before the active one.
        lines += [f"<SimpleUrlEntry{_attributes(Url=one)} />" for one in (*url.older, url.active)]
        lines.append("</SimpleUrl>")
    inside = "\n".join(lines)
    return f'<SimpleUrlConfiguration xmlns="{SIMPLE_URLS}">\n{inside}\n</SimpleUrlConfiguration>'


def tbxml(deployment: Deployment) -> str:
    """As Topology Builder saves it."""
    identities = {cluster.fqdn: str(uuid.uuid5(uuid.NAMESPACE_DNS, cluster.fqdn)) for cluster in _clusters(deployment)}
    sites = []
    for number, name in deployment.sites.items():
        clusters = "\n".join(
            f"<Cluster{_attributes(UniqueId=identities[cluster.fqdn], Fqdn=cluster.fqdn)}>\n"
            f"<Machines>\n{_machines(cluster, '')}\n</Machines><SqlInstances /></Cluster>"
            for cluster in _clusters(deployment)
            if cluster.site == number
        )
        named = f'<Name xmlns="{TOPOLOGY}">{name}</Name>'
        sites.append(f'<CentralSite SiteId="{number}">{named}\n<Clusters>\n{clusters}\n</Clusters></CentralSite>')
    services = "\n".join(
        f"<Service{_attributes(RoleName=role.name, InstalledOn=identities[role.cluster])}"
        f' ServiceVersion="{deployment.version}"><Ports xmlns="{ROLES}">\n{role.ports}\n</Ports>\n{role.body}</Service>'
        for role in _roles(deployment)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<TopologyBuilder IsFreeFromChanges="true" FileName="C:\\contoso.tbxml" xmlns="{BUILDER}">
<NewTopology><PartialTopology IsPublished="false" xmlns="{WRITABLE}">
{_domains(deployment)}
{_simple_url_elements(deployment)}
<CentralSites>
{"".join(sites)}
</CentralSites>
<Services>
{services}
</Services>
</PartialTopology></NewTopology>
</TopologyBuilder>
"""


def get_cs_topology(deployment: Deployment) -> str:
    """As Get-CsTopology -AsXml gives it: no simple URLs, clusters beside their sites, keys as elements."""
    numbers = {cluster.fqdn: str(index) for index, cluster in enumerate(_clusters(deployment), 1)}
    keys = {
        cluster.fqdn: f'<ClusterId SiteId="{cluster.site}" Number="{numbers[cluster.fqdn]}" />'
        for cluster in _clusters(deployment)
    }
    sites = "\n".join(
        f'<CentralSite SiteId="{number}"><Name>{name}</Name><Location /></CentralSite>'
        for number, name in deployment.sites.items()
    )
    first = ' OrdinalInCluster="{}"'
    clusters = "\n".join(
        f"<Cluster{_attributes(Fqdn=cluster.fqdn)}>{keys[cluster.fqdn]}\n{_machines(cluster, first)}</Cluster>"
        for cluster in _clusters(deployment)
    )
    services = "\n".join(
        f'<Service ServiceVersion="{deployment.version}"><ServiceId SiteId="1" RoleName="{role.name}" Instance="1" />'
        f"<InstalledOn>{keys[role.cluster]}</InstalledOn>"
        f'<Ports xmlns="{ROLES}">\n{role.ports}\n</Ports>\n{role.body}</Service>'
        for role in _roles(deployment)
    )
    return f"""<Topology xmlns="{TOPOLOGY}" Signature="bd39024c-6b05-49e9-9388-d45e4f6d5ea5">
{_domains(deployment)}
<Sites>
{sites}
</Sites>
<Clusters>
{clusters}
</Clusters>
<Services>
{services}
</Services>
</Topology>
"""


def clixml(urls: tuple[SimpleUrl, ...]) -> str:
    """As Get-CsSimpleUrlConfiguration | Export-Clixml writes it."""
    collections = []
    for scope in dict.fromkeys(url.scope for url in urls):
        objects = "\n".join(_clixml_url(url) for url in urls if url.scope == scope)
        collections.append(
            f"<Obj RefId='0'><TN RefId='0'><T>SimpleUrlConfiguration</T></TN><Props><S N='Identity'>{scope}</S>"
            f"<Obj N='SimpleUrl' RefId='1'><LST>\n{objects}\n</LST></Obj></Props></Obj>"
        )
    namespace = "http://schemas.microsoft.com/powershell/2004/04"
    return f'<Objs Version="1.1.0.1" xmlns="{namespace}">\n' + "\n".join(collections) + "\n</Objs>\n"


def _clixml_url(url: SimpleUrl) -> str:
    entries = "".join(f"<S>Url={entry}</S>" for entry in (*url.older, url.active))
    return (
        f"<Obj RefId='2'><ToString>Component={url.component};Domain={url.domain}</ToString><Props>"
        f"<Obj N='SimpleUrlEntry' RefId='3'><LST>{entries}</LST></Obj><S N='Component'>{url.component}</S>\n"
        f"<S N='Domain'>{url.domain}</S><S N='ActiveUrl'>{url.active}</S></Props></Obj>"
    )


def printed_list(urls: tuple[SimpleUrl, ...]) -> str:
    """As Get-CsSimpleUrlConfiguration | Select-Object -ExpandProperty SimpleUrl | Format-List prints it."""
    blocks = []
    for url in urls:
        entries = ", \n                 ".join(f"Url={entry}" for entry in (*url.older, url.active))
        blocks.append(
            f"SimpleUrlEntry : {{{entries}}}\nComponent      : {url.component}\nDomain         : {url.domain}\n"
            f"ActiveUrl      : {url.active}\n"
        )
    return "\n\n" + "\n".join(blocks) + "\n\n"


def printed_collections(urls: tuple[SimpleUrl, ...]) -> str:
    """As Get-CsSimpleUrlConfiguration prints it in a narrow window: objects in one line, broken where it ends."""
    blocks = []
    for scope in dict.fromkeys(url.scope for url in urls):
        objects = ", ".join(
            f"Component={url.component};Domain={url.domain};ActiveUrl={url.active}"
            for url in urls
            if url.scope == scope
        )
        text = f"{{{objects}}}"
        lines = [text[at : at + 58] for at in range(0, len(text), 58)]
        broken = ("\n" + " " * 21).join(lines)
        blocks.append(f"Identity           : {scope}\nSimpleUrl          : {broken}\nUseBackendDatabase : False\n")
    return "\n" + "\n".join(blocks) + "\n"


def write(path: Path, text: str, encoding: str = "utf-8-sig") -> Path:
    """Write a file in one of the encodings, with its mark, and the line ends of Windows."""
    path.write_bytes(MARKS.get(encoding, b"") + text.replace("\n", "\r\n").encode(encoding))
    return path

"""What the plan could not know, and why it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning.account_questions import account_questions
from bridgehead.planning.addresses import is_internal
from bridgehead.planning.dns_proxy import names_to_resolve, published_hosts
from bridgehead.planning.planned import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.planning.addresses import PublicAddresses
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology


ASKED_ONE_BY_ONE = 5


def questions(topology: Topology, proxy: ProxySpec, addresses: PublicAddresses) -> Iterator[Question]:
    """Every open question, those that would break the deployment first."""
    yield from _names(topology, proxy)
    yield from _addresses(topology, proxy, addresses)
    yield from _pools(topology)
    yield from _certificates(proxy)
    yield from _meetings(topology)
    yield from _edges(topology)
    yield from _exchange(topology)
    yield from account_questions(topology, proxy)


def _names(topology: Topology, proxy: ProxySpec) -> Iterator[Question]:
    published = published_hosts(proxy)
    loops = [host for host in names_to_resolve(proxy) if host in published]
    for host in loops:
        yield Question(
            about=host,
            question=f"To which internal address does {host} resolve on the proxy?",
            why="The name is published, and the proxy connects to it: if it resolves to its public address, requests "
            "go round in a circle.",
            answer_in="address of the server in the file, or a hosts line on the proxy",
        )
    for _, pool in topology.published_pools():
        if pool.role == "office-web-apps":
            continue  # One name for a farm is sound: inside it resolves to the farm, outside to the proxy.
        if pool.external_fqdn is not None and pool.external_fqdn == pool.internal_fqdn:
            yield Question(
                about=pool.external_fqdn,
                question=f"Can {pool.label} get an external web services FQDN of its own?",
                why="It is the pool's name inside as well. Clients cannot tell inside from outside, and mobile clients "
                "inside do not sign in: the two must differ.",
                answer_in="Topology Builder, then external_fqdn in the file",
            )


def _addresses(topology: Topology, proxy: ProxySpec, addresses: PublicAddresses) -> Iterator[Question]:
    unknown: dict[str, list[str]] = {}
    for listener in proxy.listeners:
        if addresses.of_listener(listener.name) is None and listener.name in addresses.serving:
            unknown.setdefault(listener.host, []).append(listener.name)
    for host, names in unknown.items():
        what = "every address" if host in {"0.0.0.0", "::"} else f"{host}, an internal one"  # noqa: S104 - compared, nothing is bound
        listeners = f"the listener{'s' if len(names) > 1 else ''} {' and '.join(names)}"
        yield Question(
            about=", ".join(names),
            question=f"Which public address leads to {listeners}?",
            why=f"It listens on {what}, and DNS outside needs the address that the internet uses."
            if len(names) == 1
            else f"They listen on {what}, and DNS outside needs the address that the internet uses.",
            answer_in="public_address in [[listener]]",
        )
    servers = list(names_to_resolve(proxy))
    if servers:
        yield Question(
            about="servers without an address",
            question=f"Does the proxy resolve these names to internal addresses: {_some(servers)}?",
            why="A proxy in the perimeter usually has no internal DNS. Unresolved, every request ends in 503.",
            answer_in="address of each server in the file, or hosts lines on the proxy",
        )
    for index, domain in enumerate(topology.sip_domains):
        if index == 0 and not topology.edges:
            yield Question(
                about=domain.name,
                question="Is there an Edge Server?",
                why="Without one, users outside have web services but no instant messages, calls or conferences in "
                "desktop clients; its certificate and DNS are planned from [[edge]].",
                answer_in="[[edge]] in the file",
            )


def _pools(topology: Topology) -> Iterator[Question]:
    pools = [pool for _, pool in topology.published_pools()]
    nameless = [pool.label for pool in pools if pool.role != "office-web-apps" and pool.internal_fqdn is None]
    for labels in _gathered(nameless):
        yield Question(
            about=labels,
            question=f"What is the internal FQDN of {labels}, and does its internal web FQDN differ from the external?",
            why="Internal DNS (lyncdiscoverinternal) leads to it, and mobile clients need the two to differ.",
            answer_in="internal_fqdn in [[pool]]",
        )
    for labels in _gathered([pool.label for pool in pools if not pool.trust]):
        yield Question(
            about=labels,
            question=f"Which root certificate signed the servers of {labels}?",
            why="Internal servers usually have certificates of an internal authority; its root must be trusted.",
            answer_in="trust in [[pool]]",
        )


def _gathered(labels: list[str]) -> list[str]:
    """Each for itself while they are few; the same question about many pools is one."""
    return labels if len(labels) <= ASKED_ONE_BY_ONE else [_some(labels)]


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _certificates(proxy: ProxySpec) -> Iterator[Question]:
    told = set()
    for listener in proxy.listeners:
        for name in listener.certificates[1:]:
            if name not in told:
                told.add(name)
                yield Question(
                    about=name,
                    question=f"Which names is the certificate {name} for?",
                    why=f"The listener {listener.name} also serves {listener.certificates[0]}, which is planned with "
                    "every name there, because clients without SNI get it. What the other carries only its files say.",
                    answer_in="the certificate itself; or one certificate for each listener",
                )


def _meetings(topology: Topology) -> Iterator[Question]:
    if not topology.simple_urls.published:
        return
    for domain in topology.sip_domains:
        if domain.name not in topology.simple_urls.meet:
            yield Question(
                about=domain.name,
                question=f"What is the meeting simple URL of {domain.name}?",
                why="Each SIP domain must have at least one active meeting simple URL, or its users' invitations lead "
                "nowhere.",
                answer_in="[simple_urls.meet] in the file",
            )


def _edges(topology: Topology) -> Iterator[Question]:
    for edge in topology.edges:
        unknown = {
            "web_conferencing_fqdn": (edge.web_conferencing_fqdn, "its name belongs in the external certificate"),
            "internal_fqdn": (edge.internal_fqdn, "it is the subject of the internal certificate"),
            "access_address": (edge.access_address, "DNS outside and the firewall need it"),
        }
        for field, (value, why) in unknown.items():
            if value is None:
                yield Question(
                    about=edge.label,
                    question=f"What is the {field} of the Edge {edge.label}?",
                    why=f"Planned without it: {why}.",
                    answer_in=f"{field} in [[edge]]",
                )
        yield from _shared_edge_ports(edge)
        if edge.access_address is not None and is_internal(edge.access_address):
            yield Question(
                about=edge.label,
                question=f"Which public address leads to {edge.access_address}?",
                why="It is an internal address, and DNS outside needs the one that the internet uses.",
                answer_in="access_address in [[edge]]",
            )


def _shared_edge_ports(edge: Edge) -> Iterator[Question]:
    places = [(service.fqdn, service.port) for service in edge.services if service.fqdn is not None]
    shared = dict.fromkeys(place for place in places if places.count(place) > 1)
    for name, port in shared:
        yield Question(
            about=edge.label,
            question=f"Which ports have the services of the Edge {edge.label} that share the name {name}?",
            why=f"They cannot all be on port {port}; with one name, 5061, 444 and 443 are usual.",
            answer_in="access_port, web_conferencing_port and av_port in [[edge]]",
        )


def _exchange(topology: Topology) -> Iterator[Question]:
    published = {host for _, site in topology.all_sites() for host in site.hosts}
    for exchange in topology.exchanges:
        unsaid = [f"autodiscover.{domain.name}" for domain in topology.sip_domains]
        unsaid = [host for host in unsaid if host not in published]
        if unsaid and exchange.autodiscover_hosts is None and "autodiscover" in exchange.services:
            yield Question(
                about=exchange.host,
                question=f"Do clients look for mailboxes at {_some(unsaid)} too?",
                why="The file names no autodiscover hosts, so only the one beside the Exchange host is planned. "
                "Clients ask the autodiscover name of each mail domain, usually one for each SIP domain.",
                answer_in="autodiscover_hosts in [[exchange]]",
            )
        yield Question(
            about=exchange.host,
            question=f"Is Windows Extended Protection on for {exchange.host}, and is the proxy's certificate the same?",
            why="With Extended Protection, logins through a bridging proxy work only if proxy and Exchange serve the "
            "very same certificate. Then use the planned one on both, or relay the host undecrypted.",
            answer_in="Exchange's own settings",
        )

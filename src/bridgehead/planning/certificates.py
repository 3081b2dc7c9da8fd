"""The reverse proxy's certificates: exactly the names that it publishes over TLS, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import certificate_properties as properties
from bridgehead.planning import documents
from bridgehead.planning.authorities import authorities
from bridgehead.planning.planned import Because, PlannedCertificate
from bridgehead.planning.published_names import hosts_over_tls
from bridgehead.planning.unissuable_names import unissuable

if TYPE_CHECKING:
    from datetime import date

    from bridgehead.planning.naming import Naming
    from bridgehead.planning.planned import Entry
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology

FRIENDLY_NAME = "Reverse Proxy Listener for Lync Server"
LONGEST_COMMON_NAME = 64
"""RFC 5280, upper bound of a common name."""


def reverse_proxy_certificates(naming: Naming, proxy: ProxySpec, on: date) -> tuple[PlannedCertificate, ...]:
    """One for each certificate that a listener serves first: it is what clients without SNI get."""
    hosts = hosts_over_tls(proxy)
    planned = []
    for name, listeners in bindings(proxy).items():
        rules: dict[str, list[str]] = {}
        for listener in listeners:
            for host, served_by in hosts[listener].items():
                rules.setdefault(host, []).extend(served_by)
        if set(rules) - {"*"}:
            planned.append(_certificate(naming, name, tuple(listeners), rules, on))
    return tuple(planned)


def bindings(proxy: ProxySpec) -> dict[str, list[str]]:
    """Listeners by the certificate that they serve first."""
    found: dict[str, list[str]] = {}
    for listener in proxy.listeners:
        if listener.tls:
            found.setdefault(listener.certificates[0] if listener.certificates else "public", []).append(listener.name)
    return found


def _certificate(
    naming: Naming, name: str, listeners: tuple[str, ...], rules: dict[str, list[str]], on: date
) -> PlannedCertificate:
    topology = naming.topology
    public = topology.plan.issuer == "public"
    hosts = naming.ordered(rules)
    subject = naming.subject(hosts)
    entries = naming.entries(subject.value, hosts, rules, wildcard=topology.plan.wildcard)
    also_ecdsa = len(topology.certificates.get(name, ())) > 1
    return PlannedCertificate(
        name=name,
        title=f"Reverse proxy, certificate {name!r}",
        purpose="reverse-proxy",
        bound_to=listeners,
        subject=subject,
        entries=entries,
        issuer=properties.issuer(public=public),
        key=properties.key(also_ecdsa=also_ecdsa),
        key_usage=properties.key_usage(),
        extended_key_usage=properties.extended_key_usage(on, public=public),
        exportable=properties.exportable(topology.proxy_count, requested_elsewhere=topology.plan.requested_elsewhere),
        request=properties.request(FRIENDLY_NAME),
        lifetime=properties.lifetime(on, public=public),
        public=public,
        client_authentication=not public,
        also_ecdsa=also_ecdsa,
        exportable_key=topology.proxy_count > 1 or topology.plan.requested_elsewhere,
        friendly_name=FRIENDLY_NAME,
        remarks=tuple(_remarks(topology, subject.value, entries, listeners)),
    )


def _remarks(topology: Topology, subject: str, entries: tuple[Entry, ...], listeners: tuple[str, ...]) -> list[Because]:
    remarks = []
    if topology.plan.issuer == "private":
        remarks.append(properties.private_issuer_warning())
    if len(subject) > LONGEST_COMMON_NAME:
        remarks.append(
            Because(
                reason=f"The subject name has {len(subject)} characters, and a common name {LONGEST_COMMON_NAME} at "
                "most: authorities refuse it. Name a pool with a shorter one as subject_pool below [plan].",
                source="RFC 5280",
            )
        )
    if topology.plan.issuer == "public":
        remarks += unissuable(entry.name for entry in entries)
    refusing = authorities().refusing(len(entries))
    if refusing:
        remarks.append(_too_many(len(entries), ", ".join(f"{one.name} ({one.names})" for one in refusing)))
    left_out = [domain.name for domain in topology.sip_domains if not domain.discovery_over_tls]
    if left_out and _discovered_on(topology, listeners):
        remarks.append(_left_out(left_out))
    return remarks


def _too_many(number: int, refusing: str) -> Because:
    return Because(
        reason=f"WARNING: {number} names are more than some authorities put into one certificate: {refusing}. Every "
        "handshake carries all of them. Ways out: several listeners, each with a certificate and some of the pools "
        "(listeners = [...] in [[pool]]); discovery on port 80 alone for most SIP domains, which needs no name "
        "(discovery_over_tls = false); one simple URL host for all domains; wildcard = true below [plan].",
        source=f"{documents.CERTIFICATE_REQUEST}; {documents.AUTODISCOVER_CERTIFICATES}",
    )


def _discovered_on(topology: Topology, listeners: tuple[str, ...]) -> bool:
    """Whether discovery is published on any of these listeners."""
    pool = topology.pool_for(topology.discovery.pool)
    if pool is None or not topology.discovery.published:
        return False
    return pool.listeners is None or not set(pool.listeners).isdisjoint(listeners)


def _left_out(domains: list[str]) -> Because:
    some = ", ".join(domains[:5]) + (f" and {len(domains) - 5} more" if len(domains) > 5 else "")
    return Because(
        reason=f"lyncdiscover is left out for {some}: discovery there uses port 80 alone, which needs no name in the "
        "certificate. What clients send there is not encrypted; those that try 443 alone find nothing.",
        source=documents.AUTODISCOVER_CERTIFICATES,
    )

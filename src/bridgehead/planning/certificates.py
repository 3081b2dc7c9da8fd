"""The reverse proxy's certificates: exactly the names that it publishes over TLS, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import certificate_properties as properties
from bridgehead.planning import documents
from bridgehead.planning.authorities import authorities
from bridgehead.planning.planned import Because, Decision, Entry, PlannedCertificate
from bridgehead.planning.published_names import hosts_over_tls, reasons_by_host
from bridgehead.planning.wildcard_names import wildcard_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bridgehead.planning.published_names import PublishedName
    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology

FRIENDLY_NAME = "Reverse Proxy Listener for Lync Server"
LONGEST_COMMON_NAME = 64
"""RFC 5280, upper bound of a common name."""

WILDCARD = Because(
    reason="The optional wildcard replaces both meet and dial-in; pools, Office Web Apps and lyncdiscover stay listed.",
    source=documents.CERTIFICATE_SUMMARY,
)


def reverse_proxy_certificates(topology: Topology, proxy: ProxySpec, on: date) -> tuple[PlannedCertificate, ...]:
    """One for each certificate that a listener serves first: it is what clients without SNI get."""
    reasons = reasons_by_host(topology)
    hosts = hosts_over_tls(proxy)
    planned = []
    for name, listeners in bindings(proxy).items():
        rules: dict[str, list[str]] = {}
        for listener in listeners:
            for host, served_by in hosts[listener].items():
                rules.setdefault(host, []).extend(rule for rule in served_by if rule not in rules.get(host, ()))
        rules.pop("*", None)
        if rules:
            ordered = [host for host in reasons if host in rules]
            planned.append(_certificate(topology, name, tuple(listeners), ordered, rules, reasons, on))
    return tuple(planned)


def bindings(proxy: ProxySpec) -> dict[str, list[str]]:
    """Listeners by the certificate that they serve first."""
    found: dict[str, list[str]] = {}
    for listener in proxy.listeners:
        if listener.tls:
            found.setdefault(listener.certificates[0] if listener.certificates else "public", []).append(listener.name)
    return found


def _certificate(
    topology: Topology,
    name: str,
    listeners: tuple[str, ...],
    hosts: list[str],
    rules: dict[str, list[str]],
    reasons: dict[str, list[PublishedName]],
    on: date,
) -> PlannedCertificate:
    public = topology.plan.issuer == "public"
    subject, why = subject_of(topology, hosts, reasons)
    entries = entries_for(topology, subject, hosts, rules, reasons, wildcard=topology.plan.wildcard)
    return PlannedCertificate(
        name=name,
        title=f"Reverse proxy, certificate {name!r}",
        purpose="reverse-proxy",
        bound_to=listeners,
        subject=Decision(value=subject, because=why),
        entries=entries,
        issuer=properties.issuer(public=public),
        key=properties.key(also_ecdsa=len(topology.certificates.get(name, ())) > 1),
        key_usage=properties.key_usage(),
        extended_key_usage=properties.extended_key_usage(on, public=public),
        exportable=properties.exportable(topology.plan),
        request=properties.request(FRIENDLY_NAME),
        lifetime=properties.lifetime(on, public=public),
        remarks=tuple(_remarks(topology, subject, entries)),
    )


def subject_of(
    topology: Topology, hosts: list[str], reasons: dict[str, list[PublishedName]]
) -> tuple[str, Because]:
    """The subject name: the named pool's external FQDN, else that of the first front-end pool, Director or name."""
    named = topology.pool_named(topology.plan.subject_pool) if topology.plan.subject_pool else None
    if named is not None and named.external_fqdn in hosts:
        assert named.external_fqdn is not None, "it is in the list"
        return named.external_fqdn, Because(
            reason=f"External web services FQDN of the pool {named.label}, which the file names for it.",
            source=documents.CERTIFICATE_REQUEST,
        )
    for kind, what in (("front-end", "front-end pool"), ("director", "Director")):
        for host in hosts:
            if any(name.kind == kind for name in reasons[host]):
                return host, Because(
                    reason=f"The pool's external web services FQDN; of several, the first {what} of the file counts.",
                    source=documents.CERTIFICATE_REQUEST,
                )
    return hosts[0], Because(
        reason="No pool is published on these listeners, so the first published name is taken.",
        source=documents.THE_FILE,
    )


def entries_for(
    topology: Topology,
    subject: str,
    hosts: Iterable[str],
    rules: dict[str, list[str]],
    reasons: dict[str, list[PublishedName]],
    *,
    wildcard: bool,
) -> tuple[Entry, ...]:
    """The subject alternative names: the subject first, then the hosts in the order given."""
    covered: dict[str, list[str]] = {}
    for host in hosts:
        entry = host
        if wildcard and host != subject and {name.kind for name in reasons[host]} <= {"meet", "dialin"}:
            entry = wildcard_for(host, topology) or host
        covered.setdefault(entry, []).append(host)
    ordered = sorted(covered.items(), key=lambda one: one[0] != subject)
    return tuple(
        Entry(
            name=entry,
            covers=tuple(some),
            because=tuple(_why(entry, subject, some, reasons)),
            rules=tuple(dict.fromkeys(rule for host in some for rule in rules.get(host, ()))),
        )
        for entry, some in ordered
    )


def _why(entry: str, subject: str, hosts: list[str], reasons: dict[str, list[PublishedName]]) -> list[Because]:
    why = list(dict.fromkeys(name.because for host in hosts for name in reasons[host]))
    if entry == subject:
        repeated = "The subject name must also be present in the subject alternative name."
        why.insert(0, Because(reason=repeated, source=documents.CERTIFICATE_REQUEST))
    if entry.startswith("*."):
        why.insert(0, WILDCARD)
    return why


def _remarks(topology: Topology, subject: str, entries: tuple[Entry, ...]) -> list[Because]:
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
    refusing = authorities().refusing(len(entries))
    if refusing:
        remarks.append(_too_many(len(entries), ", ".join(f"{one.name} ({one.names})" for one in refusing)))
    left_out = [domain.name for domain in topology.sip_domains if not domain.discovery_over_tls]
    if left_out and topology.discovery.published:
        remarks.append(_left_out(left_out))
    return remarks


def _too_many(number: int, refusing: str) -> Because:
    return Because(
        reason=f"WARNING: {number} names are more than some authorities put into one certificate: {refusing}. Every "
        "handshake carries all of them. Ways out: several listeners, each with a certificate and some of the pools "
        "(listeners = [...] in [[pool]]); discovery on port 80 alone for most SIP domains (discovery_over_tls = false), "
        "which needs no name; one simple URL host for all domains; wildcard = true below [plan].",
        source=f"{documents.CERTIFICATE_REQUEST}; {documents.AUTODISCOVER_CERTIFICATES}",
    )


def _left_out(domains: list[str]) -> Because:
    some = ", ".join(domains[:5]) + (f" and {len(domains) - 5} more" if len(domains) > 5 else "")
    return Because(
        reason=f"lyncdiscover is left out for {some}: discovery there uses port 80 alone, which needs no name in the "
        "certificate. What clients send there is not encrypted, and those that only try 443 do not find the deployment.",
        source=documents.AUTODISCOVER_CERTIFICATES,
    )

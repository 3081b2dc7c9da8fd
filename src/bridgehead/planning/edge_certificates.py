"""The Edge Servers' certificates: external, A/V Authentication, internal, and one shared with the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import certificate_properties as properties
from bridgehead.planning import documents
from bridgehead.planning.authorities import authorities
from bridgehead.planning.edge_staging import staging
from bridgehead.planning.planned import Because, Decision, Entry, PlannedCertificate

if TYPE_CHECKING:
    from datetime import date

    from bridgehead.topology.edge import Edge
    from bridgehead.topology.model import Topology

EXTERNAL_SERVICES = ("Access Edge", "Web Conferencing Edge", "A/V Authentication")


def edge_certificates(topology: Topology, on: date) -> tuple[PlannedCertificate, ...]:
    """Three for each Edge pool: external, decoupled A/V Authentication, internal."""
    return tuple(
        certificate
        for edge in topology.edges
        for certificate in (_external(edge, topology, on), _audio_video(edge, on), _internal(edge, on))
    )


def combined_certificate(proxy: PlannedCertificate, edge: PlannedCertificate) -> PlannedCertificate:
    """The documents' tip: the names of both in one certificate, with what speaks against it today."""
    entries = {entry.name: entry for entry in edge.entries}
    # The Edge takes no wildcard, so that every name of the proxy stands for itself here.
    for entry in proxy.entries:
        for name in entry.covers:
            entries.setdefault(name, entry.model_copy(update={"name": name, "covers": (name,)}))
    return edge.model_copy(
        update={
            "name": f"{proxy.name} with {edge.name}",
            "title": "Edge and reverse proxy in one certificate",
            "purpose": "combined",
            "bound_to": (*edge.bound_to, *proxy.bound_to),
            "entries": tuple(entries.values()),
            "remarks": (COMBINED_WARNING, *edge.remarks, *proxy.remarks),
            "commands": "",
        }
    )


EXTERNAL_NAME, AV_NAME, INTERNAL_NAME = "Edge external interface", "A/V Authentication", "Edge internal interface"
"""Friendly names."""

COMBINED_WARNING = Because(
    reason="WARNING: the documents' tip predates today's authorities. The Edge's federation uses mutual TLS, for which "
    "partners may want client authentication, and public authorities withdraw that; the same private key would lie on "
    "two kinds of machine in the perimeter; and with lifetimes falling, both must be changed at the same hour, every "
    "time. Two certificates cost one more request and none of this.",
    source=documents.CERTIFICATE_REQUEST,
)


def _external(edge: Edge, topology: Topology, on: date) -> PlannedCertificate:
    return PlannedCertificate(
        name=f"{edge.label} external",
        title=f"Edge {edge.label}, external interface",
        purpose="edge-external",
        bound_to=EXTERNAL_SERVICES,
        subject=_decision(
            edge.access_fqdn,
            "The Access Edge service's external FQDN, or that of its load balancer's address; never a wildcard: no "
            "longer required for Lync Server 2013, still recommended for Office Communications Server.",
        ),
        entries=_external_entries(edge, topology),
        issuer=_decision(
            "an approved public authority that puts several names into a certificate",
            "Other organisations and every client on the internet must trust it.",
        ),
        key=properties.key(also_ecdsa=False),
        key_usage=properties.key_usage(),
        extended_key_usage=_extended_key_usage(edge, on),
        exportable=_decision(
            "yes, even for one Edge Server",
            "The A/V Authentication service must use the same private key on every Edge Server of the pool; the "
            f"document asks for it whether there is one or many. {properties.SECURITY_NOTE}",
        ),
        request=properties.request(EXTERNAL_NAME),
        lifetime=properties.lifetime(on, public=True),
        public=True,
        exportable_key=True,
        friendly_name=EXTERNAL_NAME,
        remarks=tuple(_external_remarks(edge)),
    )


def _external_entries(edge: Edge, topology: Topology) -> tuple[Entry, ...]:
    why: dict[str, list[Because]] = {}
    why.setdefault(edge.access_fqdn, []).append(
        _because("Access Edge service; TLS ignores the subject name and uses the subject alternative names.")
    )
    if edge.web_conferencing_fqdn:
        why.setdefault(edge.web_conferencing_fqdn, []).append(_because("Web Conferencing Edge service."))
    if edge.client_auto_configuration or edge.federation:
        purposes = ["client auto-configuration"] * edge.client_auto_configuration + ["federation"] * edge.federation
        for domain in topology.sip_domains:
            why.setdefault(f"sip.{domain.name}", []).append(
                _because(f"SIP domain {domain.name}: needed for {' and '.join(purposes)}.")
            )
    return tuple(Entry(name=name, covers=(name,), because=tuple(some)) for name, some in why.items())


def _external_remarks(edge: Edge) -> list[Because]:
    remarks = [
        _because(
            "The A/V Edge service uses neither the subject name nor the alternative names, so its FQDN is not listed "
            "and the certificate can be reused for A/V Authentication. The order of the names does not matter."
        )
    ]
    if len(edge.servers) > 1:
        remarks.append(
            _because(
                f"The same certificate, with the same private key and from the same authority, goes on each of the "
                f"{len(edge.servers)} Edge Servers."
            )
        )
    return remarks


def _extended_key_usage(edge: Edge, on: date) -> Decision:
    server_alone = properties.extended_key_usage(on, public=True)
    if not edge.federation:
        return server_alone
    known = authorities()
    reason = (
        "Federation is on: Edge Servers authenticate one another by mutual TLS. Ask partners whether they need client "
        f"authentication: no public certificate has it that is issued from {known.client_authentication_ends} on."
    )
    return Decision(
        value="server authentication; not critical. Client authentication only while an authority still issues it",
        because=Because(reason=reason, source=f"{documents.EDGE_CERTIFICATES}; {known.client_authentication_source}"),
    )


def _audio_video(edge: Edge, on: date) -> PlannedCertificate:
    external = properties.lifetime(on, public=True)
    return PlannedCertificate(
        name=f"{edge.label} A/V Authentication",
        title=f"Edge {edge.label}, A/V Authentication apart from the external certificate",
        purpose="edge-av",
        bound_to=("A/V Authentication",),
        subject=_decision(
            edge.av_fqdn or edge.access_fqdn,
            "Any explicit name will do: the A/V Edge service uses neither subject nor alternative names.",
        ),
        entries=(),
        issuer=_decision(
            "the same authority for every Edge Server of the pool; your own authority will do",
            "Only your own servers validate the tokens that it signs.",
        ),
        key=properties.key(also_ecdsa=False),
        key_usage=properties.key_usage(),
        extended_key_usage=_decision("server authentication; not critical", "As for the external interface."),
        exportable=_decision("yes", "The same private key on every Edge Server of the pool."),
        request=properties.request(AV_NAME),
        lifetime=external,
        public=False,
        exportable_key=True,
        friendly_name=AV_NAME,
        remarks=(
            Because(
                reason="Optional. A certificate of its own lets A/V Authentication change at another time than the "
                "external interface, with the old and the new valid side by side, so that no call is lost.",
                source=documents.EDGE_CHANGES,
            ),
            Because(
                reason="A/V tokens live 8 hours, OAuth tokens 24: the new certificate must take effect at least so "
                "long before the old one ends, and be replicated by then.",
                source=documents.STAGING,
            ),
        ),
        commands=staging(on, authorities().lifetime(on).days),
    )


def _internal(edge: Edge, on: date) -> PlannedCertificate:
    internal, shared = edge.internal_fqdn, len(edge.servers) > 1
    return PlannedCertificate(
        name=f"{edge.label} internal",
        title=f"Edge {edge.label}, internal interface",
        purpose="edge-internal",
        bound_to=("internal interface",),
        subject=_decision(
            internal or "",
            "The Edge's internal FQDN, or that of its load balancer's address; a wildcard may be used here."
            if internal
            else "The file does not say the Edge's internal FQDN, which is the name to use here.",
        ),
        entries=(),
        issuer=_decision(
            "your own authority, typically; an approved public one may be used", "Only your own servers connect here."
        ),
        key=properties.key(also_ecdsa=False),
        key_usage=properties.key_usage(),
        extended_key_usage=_decision("server authentication; not critical", "As for the external interface."),
        exportable=_decision(
            "yes" if shared else "no",
            "A pool shares one certificate, so it is copied to each server; one server keeps its own.",
        ),
        request=properties.request(INTERNAL_NAME),
        lifetime=properties.lifetime(on, public=False),
        public=False,
        exportable_key=shared,
        friendly_name=INTERNAL_NAME,
        remarks=(_because("No list of subject alternative names is required."),),
    )


def _because(reason: str) -> Because:
    return Because(reason=reason, source=documents.EXTERNAL_ACCESS)


def _decision(value: str, reason: str) -> Decision:
    return Decision(value=value, because=_because(reason))

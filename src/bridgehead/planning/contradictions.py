"""Where the documents contradict one another, or what authorities do today: both words, our stand, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.authorities import authorities
from bridgehead.planning.planned import Because, Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.model import Topology


def contradictions(topology: Topology) -> Iterator[Contradiction]:
    """Those that concern this deployment."""
    yield _what_a_wildcard_covers()
    yield _worked_example()
    yield _client_authentication()
    yield _approved_list()
    if any(not domain.discovery_over_tls for domain in topology.sip_domains):
        yield _discovery_without_a_name()
    if topology.edges:
        yield _edge_subject()
        yield _edge_internal_wildcard()
    yield _location_information()


def _says(source: str, reason: str) -> Because:
    return Because(reason=reason, source=source)


def _what_a_wildcard_covers() -> Contradiction:
    return Contradiction(
        question="What may a wildcard stand for?",
        says=(
            _says(documents.EXTERNAL_ACCESS, "Wildcard entries are supported in the subject alternative name."),
            _says(documents.CERTIFICATE_SUMMARY, "The optional wildcard replaces both meet and dialin."),
            _says(documents.WILDCARDS, "For simple URLs and lyncdiscover; never as the subject name."),
        ),
        stand="Meet and dial-in alone, where wildcard = true; every other name in full; never in the subject.",
        why="The narrowest word is right by all three documents, and phones that refuse wildcards reach the pool.",
    )


def _worked_example() -> Contradiction:
    return Contradiction(
        question="Which names does the certificate list?",
        says=(
            _says(documents.CERTIFICATE_REQUEST, "Step 9 adds three as its example: meet, dialin and lyncdiscover."),
            _says(
                documents.CERTIFICATE_SUMMARY,
                "The table also lists the subject again, the Director and Office Web Apps.",
            ),
        ),
        stand="All that is published, the subject repeated.",
        why="Clients compare with the subject alternative names alone: a name that is not there is refused.",
    )


def _client_authentication() -> Contradiction:
    known = authorities()
    return Contradiction(
        question="Client authentication in the extended key usage?",
        says=(
            _says(documents.CERTIFICATE_REQUEST, "Step 12 adds server authentication and client authentication."),
            _says(documents.CERTIFICATE_SUMMARY, "With the server EKU."),
            _says(
                known.client_authentication_source,
                f"No public certificates with client authentication from {known.client_authentication_ends} on.",
            ),
        ),
        stand="Server authentication alone from a public authority, whatever the day; both from your own.",
        why="The proxy is a server to every client and shows no certificate to the pools, so that it misses nothing.",
    )


def _approved_list() -> Contradiction:
    return Contradiction(
        question="Which authority is public?",
        says=(
            _says(documents.CERTIFICATE_REQUEST, "One from Microsoft's list of partners for unified communications."),
            _says("CA/Browser Forum, Baseline Requirements", "One in the root lists of browsers and systems."),
        ),
        stand="One in the root lists of the browsers and phones that your users have.",
        why="The list of partners is no longer maintained; the clients' own root lists decide whether they connect.",
    )


def _discovery_without_a_name() -> Contradiction:
    return Contradiction(
        question="Must lyncdiscover be in the certificate?",
        says=(
            _says(documents.CERTIFICATE_REQUEST, "The external Autodiscover Service URL must be in it."),
            _says(documents.AUTODISCOVER_CERTIFICATES, "Not for SIP domains whose discovery uses port 80 alone."),
        ),
        stand="Listed for each SIP domain, but for those with discovery_over_tls = false.",
        why="It is the documents' own way out for companies with very many SIP domains, chosen domain by domain.",
    )


def _edge_subject() -> Contradiction:
    return Contradiction(
        question="May the Edge's external subject name be a wildcard?",
        says=(
            _says(documents.EXTERNAL_ACCESS, "It must be an explicit name."),
            _says(documents.EXTERNAL_ACCESS, "Its note: no longer a requirement for Lync Server 2013."),
            _says(documents.WILDCARDS, "Not supported on the external Edge, for any role as the subject."),
        ),
        stand="An explicit name, and no wildcard among the alternative names.",
        why="It is right by every sentence, and old partners still compare the subject.",
    )


def _edge_internal_wildcard() -> Contradiction:
    return Contradiction(
        question="A wildcard on the Edge's internal interface?",
        says=(
            _says(documents.EXTERNAL_ACCESS, "You can use a wildcard certificate there."),
            _says(documents.WILDCARDS, "Possible, but of limited value."),
        ),
        stand="The internal FQDN itself.",
        why="There is one name to cover, so that a wildcard saves nothing.",
    )


def _location_information() -> Contradiction:
    return Contradiction(
        question="Is the Location Information Service published?",
        says=(
            _says(documents.EXTERNAL_ACCESS, "The reverse proxy serves it to external users."),
            _says("Get-CsService", "Shows an internal address for it alone."),
        ),
        stand="Published with everything else on the pool's external name; nothing special is planned for it.",
        why="All content of the external web site is published, so a client that asks for it gets what the pool says.",
    )

"""What the internet does not reach: who notices, and what stops working for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning import documents, reasons
from bridgehead.planning.planned import Because, Unpublished
from bridgehead.planning.web_services import WEB_SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool


def unpublished(topology: Topology) -> Iterator[Unpublished]:
    """Everything that is left out, on purpose or not."""
    yield from _pools(topology)
    yield from _discovery(topology)
    yield from _simple_urls(topology)
    yield from _conferencing(topology)
    yield from _exchange(topology)
    yield from _internal_by_design(topology)


def _missing(what: str, who: str, reason: str, source: str, *, deliberate: bool = False) -> Unpublished:
    return Unpublished(what=what, who=who, deliberate=deliberate, because=Because(reason=reason, source=source))


def _pools(topology: Topology) -> Iterator[Unpublished]:
    for pool in topology.pools:
        if not pool.published:
            yield _missing(f"the {_kind(pool)} {pool.label}", _who_misses(pool), _why_all(pool), documents.THE_FILE)
        elif pool.role != "office-web-apps":
            yield from _narrowed(pool)


def _kind(pool: Pool) -> str:
    return {"front-end": "front-end pool", "director": "Director", "office-web-apps": "Office Web Apps farm"}[pool.role]


def _who_misses(pool: Pool) -> str:
    return {
        "front-end": "users whose home it is: from outside no address book, no meetings content, no mobility; "
        "a Director or another pool sends them to a name that nobody answers",
        "director": "clients that were told its name; the pools themselves still answer",
        "office-web-apps": "everyone in a meeting from outside: shared PowerPoint presentations stay empty",
    }[pool.role]


def _why_all(pool: Pool) -> str:
    return f"published = false for {pool.label}; the documents publish every pool, and Directors and pools both."


def _narrowed(pool: Pool) -> Iterator[Unpublished]:
    if "/*" in pool.paths:
        return
    prefixes = [path.lower().removesuffix("*").rstrip("/") for path in pool.paths]
    for service in WEB_SERVICES:
        directory = service.directory.lower()
        if not any(directory == prefix or directory.startswith(f"{prefix}/") for prefix in prefixes):
            yield _missing(
                f"{service.directory} ({service.what}) on {pool.label}",
                service.who,
                f"paths of {pool.label} leaves it out; by default all content is published.",
                documents.REQUIREMENTS,
            )


def _discovery(topology: Topology) -> Iterator[Unpublished]:
    if not topology.discovery.published:
        yield _missing(
            "discovery (lyncdiscover)",
            "Lync Mobile and the Windows Store app cannot sign in from outside unless each user types the address; "
            "Lync 2013 falls back to older ways",
            "published = false below [discovery].",
            documents.SCENARIOS,
        )
        return
    plain = [domain.name for domain in topology.sip_domains if not domain.discovery_over_http]
    if plain:
        yield _missing(
            f"discovery on port 80 for {_some(plain)}",
            "nobody with current clients: they try 443 as well. Where the certificate lacks the name, mobile clients "
            "can only start on port 80",
            "Off until the file accepts that it is not encrypted (discovery_over_http).",
            documents.SCENARIOS,
            deliberate=True,
        )
    alone = [domain.name for domain in topology.sip_domains if not domain.discovery_over_tls]
    if alone:
        yield _missing(
            f"discovery on port 443 for {_some(alone)}",
            "clients that try only https, Lync 2013 among them, do not find the deployment by these SIP domains",
            "discovery_over_tls = false, so that the certificate needs no name for it.",
            documents.AUTODISCOVER_CERTIFICATES,
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _simple_urls(topology: Topology) -> Iterator[Unpublished]:
    urls = topology.simple_urls
    published = {name for _, name, _ in urls.published_urls()}
    for domain in urls.meet:
        if f"meet {domain}" not in published:
            yield _missing(
                f"meetings of {domain}",
                "guests and users outside cannot open invitations, in Lync Web App or any client",
                "published = false for this simple URL.",
                documents.CERTIFICATE_REQUEST,
            )
    if urls.dialin is None or "dialin" not in published:
        yield _missing(
            "the dial-in page",
            "who joins by telephone cannot look up access numbers, and users outside cannot set a PIN",
            "The file has no dial-in URL." if urls.dialin is None else "published = false for the dial-in URL.",
            documents.CERTIFICATE_REQUEST,
        )
    if urls.admin is not None:
        yield _missing(
            f"the admin simple URL {urls.admin.active}",
            "administrators outside, who should come in another way",
            "It is internal to the organisation.",
            documents.SIMPLE_URLS,
            deliberate=True,
        )


def _conferencing(topology: Topology) -> Iterator[Unpublished]:
    if not any(pool.role == "office-web-apps" for pool in topology.pools) and topology.simple_urls.published_urls():
        yield _missing(
            "Office Web Apps",
            "everyone in a meeting from outside: shared PowerPoint presentations stay empty",
            "The file has no pool with the role office-web-apps.",
            documents.SCENARIOS,
        )


def _exchange(topology: Topology) -> Iterator[Unpublished]:
    published = {path.lower() for _, site in topology.all_sites() for path in (*site.paths, *site.hosts)}
    has_ews = any(path.startswith("/ews") for path in published) or "/*" in published
    if has_ews and any("autodiscover" in one for one in published):
        return
    yield _missing(
        "Exchange Autodiscover and web services",
        "Lync clients outside: no free and busy times, no conversation history, no voice mail, no contacts from "
        "Exchange on phones. Nobody, where Exchange is published by something else",
        "The file has no [[exchange]].",
        documents.MOBILITY,
        deliberate=True,
    )


def _internal_by_design(topology: Topology) -> Iterator[Unpublished]:
    closed = {directory: pool.label for _, pool in topology.published_pools() for directory in pool.closed_directories}
    for directory in closed:
        yield _missing(
            directory,
            "administrators outside, who should come in another way",
            reasons.CLOSED[directory],
            documents.PUBLISHING_SERVERS,
            deliberate=True,
        )

"""What a careful colleague would ask about a file that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.problems import Problem
from bridgehead.topology.authentication_advice import authentication_advice
from bridgehead.topology.places import Places
from bridgehead.topology.simple_urls import web_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.model import Path, Topology


def advice(topology: Topology, places: Places | None = None) -> list[Problem]:
    """Warnings about a consistent topology: what was said on purpose, perhaps, and has a price."""
    place = places or Places()
    notes = (
        *_pools(topology),
        *_sites(topology),
        *_simple_urls(topology),
        *_discovery(topology),
        *authentication_advice(topology),
    )
    return [Problem(code, place(*path), message, hint, "warning") for code, path, message, hint in notes]


def _pools(topology: Topology) -> Iterator[tuple[str, Path, str, str]]:
    for place, pool in topology.published_pools():
        inside = {pool.internal_fqdn, *(server.name for server in pool.members)}
        if pool.external_fqdn in inside and pool.role != "office-web-apps":
            yield (
                "pool.same-name-inside",
                (*place, "external_fqdn"),
                f"{pool.external_fqdn} is the pool's name inside and outside.",
                "Mobile clients need two names: override the external web services FQDN in Topology Builder.",
            )
        if pool.host_header is not None and pool.role != "office-web-apps":
            yield (
                "pool.host-replaced",
                (*place, "host_header"),
                "Lync Server expects the Host that the client sent; meet and dial-in pages fail without it.",
                "Leave host_header out.",
            )
        for directory in pool.open_directories:
            yield (
                "pool.internal-directory-open",
                (*place, "open_directories"),
                f"{directory} administers the deployment, and the internet can reach it on {pool.label}.",
                "Leave it out unless administrators must come from outside.",
            )
        if not pool.verify:
            yield _unverified((*place, "verify"), f"the pool {pool.label}")


def _sites(topology: Topology) -> Iterator[tuple[str, Path, str, str]]:
    told = set()
    for place, site in topology.all_sites():
        if not site.verify and place not in told:
            told.add(place)
            yield _unverified((*place, "verify"), f"the site {site.label}")


def _unverified(path: Path, what: str) -> tuple[str, Path, str, str]:
    return (
        "upstream.not-verified",
        path,
        f"The servers' certificates of {what} are not verified: anyone in between could read and change everything.",
        "Name the internal root CA as trust, and leave verify out.",
    )


def _simple_urls(topology: Topology) -> Iterator[tuple[str, Path, str, str]]:
    for place, name, url in topology.simple_urls.published_urls():
        for address in (web_address(text) for text in (url.active, *url.older)):
            if "-" in address.host + address.directory or "_" in address.host:
                yield (
                    "simple-url.characters",
                    place,
                    f"The simple URL for {name} has other characters than letters, digits and full stops.",
                    "Microsoft says that it might not work as expected.",
                )
                break


def _discovery(topology: Topology) -> Iterator[tuple[str, Path, str, str]]:
    for index, domain in enumerate(topology.sip_domains):
        if domain.discovery_over_http and topology.discovery.published:
            yield (
                "discovery.over-http",
                ("sip_domains", index, "discovery_over_http"),
                f"Clients may ask {domain.discovery_host} without TLS; what they send then is not encrypted.",
                "Keep it only as long as mobile clients need it.",
            )

"""Every name that a deployment publishes, with the reasons why, in the order of the document's table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.planning import documents
from bridgehead.planning.planned import Because

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool

Kind = Literal["front-end", "director", "dialin", "meet", "office-web-apps", "discovery", "exchange", "site"]

POOL_REASONS: dict[str, Because] = {
    "front-end": Because(
        reason="External web services FQDN of a front-end pool that is home to users enabled for remote access.",
        source=documents.CERTIFICATE_REQUEST,
    ),
    "director": Because(
        reason="External web services FQDN of a Director: clients sign in there first.",
        source=documents.CERTIFICATE_REQUEST,
    ),
    "office-web-apps": Because(
        reason="Office Web Apps shows presentations in meetings; it is published separately.",
        source=documents.CERTIFICATE_SUMMARY,
    ),
}

EXCHANGE = Because(
    reason="Exchange's Autodiscover and web services URLs need rules, and so their names, too.",
    source=documents.CERTIFICATE_REQUEST,
)
SITE = Because(
    reason="The file publishes this site, and what is published over TLS needs its name in the certificate.",
    source=documents.REQUIREMENTS,
)


@dataclass(frozen=True)
class PublishedName:
    """A published host and one reason for it."""

    host: str
    kind: Kind
    because: Because
    pool: str | None = None
    """The pool that answers, where it is a Lync or Office Web Apps one."""
    directory: str = ""
    """Of a simple URL that has one: `/Meet`."""


def published_names(topology: Topology) -> Iterator[PublishedName]:
    """Every reason for every name, in the order of "Certificate summary - Reverse proxy"."""
    pools = [pool for _, pool in topology.published_pools()]
    yield from _pools(pools, "front-end")
    yield from _pools(pools, "director")
    yield from _simple_urls(topology, "dialin")
    yield from _simple_urls(topology, "meet")
    yield from _pools(pools, "office-web-apps")
    yield from _discovery(topology)
    for place, site in topology.all_sites():
        exchange = place[0] == "exchange"
        for host in site.hosts:
            yield PublishedName(
                host, "exchange" if exchange else "site", EXCHANGE if exchange else SITE, pool=site.pool
            )


def _pools(pools: list[Pool], role: Literal["front-end", "director", "office-web-apps"]) -> Iterator[PublishedName]:
    for pool in pools:
        if pool.role == role and pool.external_fqdn is not None:
            yield PublishedName(pool.external_fqdn, role, POOL_REASONS[role], pool.label)


def _simple_urls(topology: Topology, kind: Literal["dialin", "meet"]) -> Iterator[PublishedName]:
    answering = topology.answering()
    for place, _, url in topology.simple_urls.published_urls():
        pool = answering(url.pool)
        if kind not in place or pool is None:
            continue
        for index, address in enumerate(url.addresses):
            because = _simple_url_reason(kind, place[-1], older=index > 0)
            yield PublishedName(address.host, kind, because, pool.label, address.directory)


def _simple_url_reason(kind: str, domain: str, *, older: bool) -> Because:
    if kind == "dialin":
        what = "Dial-in simple URL" + (" of earlier invitations, which are still published." if older else ".")
    elif older:
        what = f"Earlier meeting simple URL of {domain}: invitations sent before still lead here."
    else:
        what = f"Meeting simple URL of {domain}: all of them must be in the subject alternative name."
    return Because(reason=what, source=documents.CERTIFICATE_REQUEST)


def _discovery(topology: Topology) -> Iterator[PublishedName]:
    pool = topology.pool_for(topology.discovery.pool)
    if not topology.discovery.published or pool is None:
        return
    for domain in topology.sip_domains:
        reason = f"External Autodiscover Service URL of {domain.name}: mobile clients and Lync 2013 start here."
        because = Because(reason=reason, source=documents.CERTIFICATE_REQUEST)
        yield PublishedName(domain.discovery_host, "discovery", because, pool.label)


def hosts_over_tls(proxy: ProxySpec) -> dict[str, dict[str, list[str]]]:
    """For each listener with TLS, the hosts that are decrypted there and the names of the rules that serve them.

    Hosts of relays are not among them: what passes undecrypted carries its own site's certificate.
    """
    found: dict[str, dict[str, list[str]]] = {listener.name: {} for listener in proxy.listeners if listener.tls}
    for rule in proxy.rules:
        if rule.action.kind == "forward":
            for listener in rule.listeners:
                for host in rule.hosts if listener in found else ():
                    found[listener].setdefault(host, []).append(rule.name)
    return found


def reasons_by_host(topology: Topology) -> dict[str, list[PublishedName]]:
    """The reasons for each name, hosts in the order of the document's table."""
    found: dict[str, list[PublishedName]] = defaultdict(list)
    for name in published_names(topology):
        found[name.host].append(name)
    return found

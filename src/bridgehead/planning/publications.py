"""What is published, before listeners come into it: hosts, paths, servers, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgehead import spec
from bridgehead.planning import reasons, upstreams
from bridgehead.topology.handling import Handling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.topology.authentication import Authenticating
    from bridgehead.topology.model import Topology
    from bridgehead.topology.pools import Pool
    from bridgehead.topology.simple_urls import SimpleUrl
    from bridgehead.topology.sites import Site


@dataclass(frozen=True)
class Publication:
    """Some hosts and paths of one site, and where requests for them go."""

    name: str
    hosts: tuple[str, ...]
    because: str
    handling: Handling
    secure: spec.Pool
    """Where requests that came over TLS go."""
    plain: spec.Pool
    """Where requests that came without TLS go, on listeners that let them."""
    paths: tuple[str, ...] = ("/*",)
    handling_plain: Handling | None = None
    """How requests without TLS are handled, if not alike."""
    because_plain: str | None = None
    """Why there is a rule without TLS, if for a reason of its own."""
    over_tls: bool = True
    """False for what is published without TLS alone."""
    closed: dict[str, str] = field(default_factory=dict)
    """Path patterns that are not published, with the reason."""
    own_words: Authenticating | None = None
    """What the file says about logging in here before the pool has a say."""

    @property
    def words(self) -> tuple[Authenticating, ...]:
        """What the file says about logging in here: the first that speaks of a matter counts."""
        return (self.own_words, self.handling) if self.own_words is not None else (self.handling,)

    def without_tls(self) -> Publication:
        """The same for listeners without TLS, by a name and for a reason of its own."""
        because = self.because_plain or f"{self.because} {reasons.WITHOUT_TLS}"
        handling, own = (self.handling_plain, None) if self.handling_plain else (self.handling, self.own_words)
        return replace(self, name=f"{self.name}, without TLS", because=because, handling=handling, own_words=own)


def publications(topology: Topology) -> Iterator[Publication]:
    """Everything that is published, in the order of the file."""
    for _, pool in topology.published_pools():
        narrowed = pool.paths != ("/*",)
        because = reasons.NARROWED if narrowed else reasons.WEB_SERVICES[pool.role]
        assert pool.external_fqdn is not None, "published pools have one"
        yield _of_pool(pool, pool.label, (pool.external_fqdn,), because, pool.paths)
    yield from _simple_urls(topology)
    yield from _discovery(topology)
    for place, site in topology.all_sites():
        yield _of_site(site, topology, reasons.EXCHANGE if place[0] == "exchange" else reasons.SITE)


def _of_pool(
    pool: Pool, name: str, hosts: tuple[str, ...], because: str, paths: tuple[str, ...] = ("/*",)
) -> Publication:
    return Publication(
        name=name,
        hosts=hosts,
        because=because,
        handling=pool,
        secure=upstreams.over_tls(pool),
        plain=upstreams.without_tls(pool),
        paths=paths,
        closed=_closed(pool, paths),
    )


def _closed(pool: Pool, paths: tuple[str, ...]) -> dict[str, str]:
    if "/*" not in paths:
        return {}
    return {f"{directory}/*": reasons.CLOSED[directory] for directory in pool.closed_directories}


def _simple_urls(topology: Topology) -> Iterator[Publication]:
    answering = topology.answering()
    for place, name, url in topology.simple_urls.published_urls():
        pool = answering(url.pool)
        if pool is not None:
            active, older = (
                (reasons.MEET, reasons.MEET_OLDER) if "meet" in place else (reasons.DIALIN, reasons.DIALIN_OLDER)
            )
            for publication in _simple_url(url, name, pool, active, older):
                yield replace(publication, own_words=topology.simple_urls)


def _simple_url(url: SimpleUrl, name: str, pool: Pool, active: str, older: str) -> Iterator[Publication]:
    for index, address in enumerate(url.addresses):
        label = name if index == 0 else f"{name}, older {index}"
        yield _of_pool(pool, label, (address.host,), older if index else active, (address.pattern,))


def _discovery(topology: Topology) -> Iterator[Publication]:
    pool = topology.pool_for(topology.discovery.pool)
    if not topology.discovery.published or pool is None:
        return
    over_http = [domain for domain in topology.sip_domains if domain.discovery_over_http]
    # A pool that is served without TLS does not by that open discovery: only the SIP domain's own word does.
    kept = pool.model_copy(update={"require_tls": "redirect"}) if pool.require_tls == "off" else pool
    opened = pool.model_copy(update={"require_tls": "off"})
    groups = (
        ([domain for domain in topology.sip_domains if not domain.discovery_over_http], kept, True),
        ([domain for domain in over_http if domain.discovery_over_tls], opened, True),
        ([domain for domain in over_http if not domain.discovery_over_tls], opened, False),
    )
    for domains, handling, over_tls in groups:
        if domains:
            hosts = tuple(domain.discovery_host for domain in domains)
            yield replace(
                _of_pool(pool, "lyncdiscover", hosts, reasons.DISCOVERY),
                handling=handling,
                own_words=topology.discovery,
                over_tls=over_tls,
                handling_plain=handling.model_copy(update={"authentication": "none"}),
                because_plain=reasons.DISCOVERY_OVER_HTTP,
            )


def _of_site(site: Site, topology: Topology, because: str) -> Publication:
    pool = topology.pool_named(site.pool) if site.pool is not None else None
    secure, plain = (
        (upstreams.of_site(site),) * 2 if pool is None else (upstreams.over_tls(pool), upstreams.without_tls(pool))
    )
    return Publication(
        name=site.label,
        hosts=site.hosts,
        because=because,
        handling=site,
        secure=secure,
        plain=plain,
        paths=site.paths,
        closed=(_closed(pool, site.paths) if pool is not None else {})
        | dict.fromkeys(site.refuse, reasons.REFUSED_BY_FILE),
    )

"""Names: each given once, each known where it is used, and no host and path published twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bridgehead.topology.check import Check, needs
from bridgehead.topology.claims import Claim, claims
from bridgehead.topology.model import Path


@needs()
def sip_domains_once(check: Check) -> None:
    """A SIP domain is listed once."""
    seen: dict[str, int] = {}
    for index, domain in enumerate(check.topology.sip_domains):
        first = seen.setdefault(domain.name, index)
        if first != index:
            check.problem(
                "sip-domain.twice",
                ("sip_domains", index),
                f"The SIP domain {domain.name} is listed twice.",
                "Once is enough.",
            )


def _labels(check: Check) -> Iterator[tuple[str, str, Path, bool]]:
    """What kind of thing, what it is called, where, and whether it would be told as published twice if it were."""
    topology = check.topology
    for index, pool in enumerate(topology.pools):
        yield "pool", pool.label, ("pool", index), pool.published and pool.name is None
    for index, site in enumerate(topology.sites):
        yield "site", site.label, ("publish", index), site.name is None
    for index, exchange in enumerate(topology.exchanges):
        yield "site", exchange.label, ("exchange", index), exchange.name is None
    for index, relay in enumerate(topology.relays):
        yield "relay", relay.label, ("relay", index), relay.name is None
    for index, edge in enumerate(topology.edges):
        yield "Edge", edge.label, ("edge", index), False
    for index, source in enumerate(topology.accounts):
        yield "source of accounts", source.label, ("accounts", index), False
    for index, listener in enumerate(topology.listeners):
        yield "listener", listener.label, ("listener", index), listener.name is None


@needs()
def labels_once(check: Check) -> None:
    """No two things of a kind are called the same."""
    seen: dict[tuple[str, str], tuple[Path, bool]] = {}
    for kind, label, path, by_default in _labels(check):
        first, also_by_default = seen.setdefault((kind, label), (path, by_default))
        if first != path and not (by_default and also_by_default):
            check.problem(
                "name.twice",
                path,
                f"This {kind} is called {label}, as the one{check.line_of(first)} is.",
                "Give each a name of its own.",
            )


@needs("pool")
def pools_known(check: Check) -> None:
    """Every pool that something goes to exists, is published, and can answer."""
    topology = check.topology
    uses: list[tuple[Path, str | None]] = [
        (("simple_urls", "pool"), topology.simple_urls.pool),
        (("discovery", "pool"), topology.discovery.pool),
        *(((*place, "pool"), url.pool) for place, _, url in topology.simple_urls.published_urls()),
    ]
    for path, name in uses:
        _lync_pool(check, path, name)
    for place, site in topology.all_sites():
        if site.pool is not None and topology.pool_named(site.pool) is None:
            _unknown_pool(check, (*place, "pool"), site.pool)
    subject = topology.plan.subject_pool
    if subject is not None and topology.pool_named(subject) is None:
        _unknown_pool(check, ("plan", "subject_pool"), subject)


def _lync_pool(check: Check, path: Path, name: str | None) -> None:
    if name is None:
        return
    pool = check.topology.pool_named(name)
    if pool is None:
        _unknown_pool(check, path, name)
    elif pool.role == "office-web-apps":
        check.problem("pool.wrong-role", path, f"{name} is an Office Web Apps farm; a pool or Director is expected.")
    elif not pool.published:
        check.problem(
            "pool.not-published",
            path,
            f"{name} has published = false, and nothing can be published on it.",
            "Publish the pool, or name another one.",
        )


def _unknown_pool(check: Check, path: Path, name: str) -> None:
    known = ", ".join(pool.label for pool in check.topology.pools)
    check.problem("pool.unknown", path, f"There is no pool called {name}.", f"Pools here: {known or 'none'}.")


@needs("pool")
def something_answers(check: Check) -> None:
    """Discovery and simple URLs need a published pool."""
    topology = check.topology
    if topology.pool_for_simple_urls() is not None or topology.simple_urls.pool is not None:
        return
    wants_discovery = topology.discovery.published and topology.discovery.pool is None and topology.sip_domains
    urls = [place for place, _, url in topology.simple_urls.published_urls() if url.pool is None]
    if wants_discovery or urls:
        path = urls[0] if urls else ("sip_domains",)
        check.problem(
            "pool.none-published",
            path,
            "No front-end pool or Director is published that could answer discovery and simple URLs.",
            "Add a [[pool]]; or write [discovery] published = false and [simple_urls] published = false.",
        )


@needs()
def published_once(check: Check) -> None:
    """No host and path is published twice."""
    told: set[tuple[Path, Path]] = set()
    for first, second in combinations(claims(check.topology), 2):
        if first.is_the_same_as(second) and not _told_elsewhere(first, second):
            pair = (first.place, second.place)
            if pair not in told:
                told.add(pair)
                _twice(check, first, second)


def _told_elsewhere(first: Claim, second: Claim) -> bool:
    kinds = {first.kind, second.kind}
    if kinds == {"discovery"}:
        return True  # a SIP domain listed twice
    return "simple URL" in kinds and kinds <= {"simple URL", "pool"}


def _twice(check: Check, first: Claim, second: Claim) -> None:
    what = second.host if "relay" in {first.kind, second.kind} else f"{second.host}{second.path}"
    if first.place == second.place:
        check.problem("publish.twice", second.place, f"{what} is named twice here.", "Name it once.")
        return
    check.problem(
        "publish.twice",
        second.place,
        f"{what} is published twice: by {first.what}{check.line_of(first.place)}, and by {second.what}.",
        "Let one of them publish it, or give them different paths.",
    )


@needs()
def edge_names_apart(check: Check) -> None:
    """A name leads to the Edge or to the proxy, not to both."""
    published = {claim.host: claim for claim in claims(check.topology)}
    for index, edge in enumerate(check.topology.edges):
        for key in ("access_fqdn", "web_conferencing_fqdn", "av_fqdn"):
            claim = published.get(getattr(edge, key))
            if claim is not None:
                check.problem(
                    "edge.name-published",
                    ("edge", index, key),
                    f"{claim.host} is a name of the Edge; {claim.what}{check.line_of(claim.place)} publishes it too.",
                    "DNS can lead a name to one of them only: give each its own.",
                )


@needs("certificate")
def certificates_known(check: Check) -> None:
    """Every certificate that a listener names is in the file."""
    known = check.topology.certificates
    for index, listener in enumerate(check.topology.listeners):
        for name in listener.certificate or ():
            if name not in known:
                check.problem(
                    "certificate.unknown",
                    ("listener", index, "certificate"),
                    f"There is no certificate called {name}.",
                    f"Certificates here: {', '.join(known)}."
                    if known
                    else f"Add [certificate.{name}] with chain and key.",
                )


@needs("listener")
def listeners_known(check: Check) -> None:
    """Every listener that something names is in the file."""
    known = {listener.label for listener in check.topology.all_listeners()}
    for path, listeners in _named_listeners(check):
        for name in listeners or ():
            if name not in known:
                check.problem(
                    "listener.unknown",
                    (*path, "listeners"),
                    f"There is no listener called {name}.",
                    f"Listeners here: {', '.join(sorted(known))}.",
                )


def _named_listeners(check: Check) -> Iterator[tuple[Path, tuple[str, ...] | None]]:
    topology = check.topology
    yield from ((("pool", index), pool.listeners) for index, pool in enumerate(topology.pools))
    yield from ((("publish", index), site.listeners) for index, site in enumerate(topology.sites))
    yield from ((("exchange", index), exchange.listeners) for index, exchange in enumerate(topology.exchanges))
    yield from ((("relay", index), relay.listeners) for index, relay in enumerate(topology.relays))


NAME_CHECKS = (
    sip_domains_once,
    labels_once,
    pools_known,
    something_answers,
    published_once,
    edge_names_apart,
    certificates_known,
    listeners_known,
)

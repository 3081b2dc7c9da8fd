"""The servers behind the bridge: their certificates' dates, names and trust, and whether inside is as outside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.pair import read_chain
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.trust.fetching import fetch
from bridgehead.certificates.trust.same_leaf import Comparison, compare
from bridgehead.certificates.trust.upstream import judge_upstream, roots_of
from bridgehead.cli.certificate.findings import Findings
from bridgehead.cli.certificate.rendering import days_left, facts_as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from bridgehead.certificates.trust.fetching import Shown
    from bridgehead.cli.loading import Loaded
    from bridgehead.problems import Problem
    from bridgehead.spec import Pool, Server

AT_ONCE = 8


def check_upstream(loaded: Loaded, now: datetime, soon: timedelta) -> Findings:
    """Connect to every server of every pool with TLS, and judge what it shows."""
    asked = [(pool, server) for pool in loaded.spec.pools if pool.tls for server in pool.servers]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        shown = list(threads.map(lambda one: fetch(one[1]), asked))
    outside = [
        chain[0]
        for certificate in loaded.spec.certificates
        for pair in certificate.pairs
        if (chain := read_chain(pair.chain, []))
    ]
    seen = [(pool, server, one) for (pool, server), one in zip(asked, shown, strict=True)]
    compared = {one.server: compare(one.server, one.chain[0], outside) for one in shown if one.chain and outside}
    return Findings(
        problems=tuple(_problems(seen, now, soon)),
        upstream=tuple(_as_json(pool, server, one, compared, now) for pool, server, one in seen),
        lines=tuple(_line(pool, one, now) for pool, _, one in seen if one.chain),
        notes=_notes(loaded, seen, compared),
    )


def _problems(seen: Sequence[tuple[Pool, Server, Shown]], now: datetime, soon: timedelta) -> list[Problem]:
    roots = {pool.name: roots_of(pool) for pool, _, _ in seen}
    found = [judge_upstream(pool, server, one, roots[pool.name], now=now, soon=soon) for pool, server, one in seen]
    return [problem for some in found for problem in some]


def _as_json(
    pool: Pool, server: Server, shown: Shown, compared: dict[str, Comparison], now: datetime
) -> dict[str, Any]:
    comparison = compared.get(shown.server)
    return {
        "pool": pool.name,
        "server": server.host,
        "address": shown.server,
        "chain": [facts_as_json(facts_of(one), now) for one in shown.chain],
        "same_certificate_as_outside": comparison.same if comparison is not None else None,
    }


def _line(pool: Pool, shown: Shown, now: datetime) -> str:
    facts = facts_of(shown.chain[0])
    return f"{pool.name}, {shown.server}: {facts.label}, signed by {facts.issuer}, {days_left(facts, now)} days left"


def _notes(
    loaded: Loaded, seen: Sequence[tuple[Pool, Server, Shown]], compared: dict[str, Comparison]
) -> tuple[str, ...]:
    """Only of what may use Extended Protection: Exchange and other sites. Lync's web services do not."""
    topology = loaded.topology
    lync = {pool.label for _, pool in topology.published_pools()} if topology is not None else set()
    return tuple(
        str(compared[one.server])
        for pool, _, one in seen
        if one.server in compared and pool.name.rpartition(":")[0] not in lync and pool.name not in lync
    )

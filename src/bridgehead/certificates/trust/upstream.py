"""The certificates of the servers behind the bridge, watched: expiry, names, and who signed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.chains.chain import build_chain
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.judging.dates import judge_dates
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.reader import read
from bridgehead.certificates.trust.proposal import judge_server
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from bridgehead.certificates.chains.chain import Chain
    from bridgehead.certificates.trust.fetching import Shown
    from bridgehead.spec import Pool, Server


def roots_of(pool: Pool) -> Roots:
    """The roots that a pool trusts: its own, or the system's where it has none."""
    if not pool.trust:
        return system_roots()
    return Roots.of(certificate for path in pool.trust for certificate in read(path).certificates)


def judge_upstream(
    pool: Pool, server: Server, shown: Shown, roots: Roots, *, now: datetime, soon: timedelta
) -> list[Problem]:
    """Everything about the chain of one server: dates of each certificate, its name, whether the pool trusts it."""
    if shown.problem is not None or not shown.chain:
        return [shown.problem] if shown.problem is not None else []
    chain = build_chain(shown.chain[0], shown.chain[1:], [roots], now)
    where = f"{pool.name}, {shown.server}"
    return [*_dates(chain, where, now, soon), *judge_server(server, where, chain), *_trust(pool, chain, where)]


def _dates(chain: Chain, where: str, now: datetime, soon: timedelta) -> Iterator[Problem]:
    for certificate in (*chain.served, *((chain.root,) if chain.root is not None else ())):
        facts = facts_of(certificate)
        for problem in judge_dates(facts, f"{where}: {facts.label}", now, soon):
            hint = "It is renewed on the server, not here: Lync Server Deployment Wizard, Request, Install or Assign "
            hint += "Certificates."
            yield Problem(
                problem.code.replace("certificate.", "upstream."),
                problem.where,
                problem.message,
                hint,
                problem.severity,
            )


def _trust(pool: Pool, chain: Chain, where: str) -> Iterator[Problem]:
    if chain.trust is not None or not pool.verify:
        return
    last = facts_of(chain.served[-1])
    message = f"The pool does not trust this server's certificate, which was signed by {last.issuer}."
    hint = f"bridgehead certificate trust {pool.name!r} shows what the servers send, and asks before trusting it."
    yield Problem("upstream.not-trusted", where, message, hint)

"""What there is to trust for a pool: the root above what its servers show, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.certificates.chains.chain import build_chain
from bridgehead.certificates.judging.dates import judge_dates
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.names import covers
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cryptography import x509

    from bridgehead.certificates.chains.chain import Chain
    from bridgehead.certificates.chains.roots import Roots
    from bridgehead.certificates.trust.fetching import Shown
    from bridgehead.spec import Server


@dataclass(frozen=True)
class Proposal:
    """The certificates that a pool's trust file would hold, and all that was seen on the way."""

    roots: tuple[x509.Certificate, ...]
    chains: tuple[tuple[str, Chain], ...]
    """The chain of each server that answered."""
    problems: tuple[Problem, ...]


def propose(pool: str, shown: Sequence[Shown], given: Roots, now: datetime) -> Proposal:
    """The roots above the chains that the servers of a pool show.

    A root that a server sends itself is taken as well: it is shown to a person, who says whether it is the right one.
    """
    problems = [one.problem for one in shown if one.problem is not None]
    chains: list[tuple[str, Chain]] = []
    roots: dict[x509.Certificate, None] = {}
    for one in shown:
        if not one.chain:
            continue
        chain = build_chain(one.chain[0], one.chain[1:], [given], now)
        chains.append((one.server, chain))
        problems += judge_dates(facts_of(chain.leaf), one.server, now)
        if given and chain.trust is None:
            problems.append(_another_root(one.server, chain))
        elif chain.root is not None:
            roots[chain.root] = None
            problems += judge_dates(facts_of(chain.root), facts_of(chain.root).label, now)
        else:
            problems.append(_stops_short(one.server, chain))
    if len(roots) > 1:
        listed = "; ".join(f"{name}: {facts_of(chain.root).label}" for name, chain in chains if chain.root is not None)
        message = f"The servers of {pool} do not agree: their chains end in {len(roots)} different roots ({listed})."
        hint = (
            "While an authority is being replaced that is right, and both are trusted. Otherwise look at the servers."
        )
        problems.append(Problem("trust.servers-disagree", pool, message, hint, "warning"))
    return Proposal(tuple(roots), tuple(chains), tuple(dict.fromkeys(problems)))


def judge_server(server: Server, where: str, chain: Chain) -> Iterator[Problem]:
    """Whether a server's certificate has the name that the proxy will expect."""
    expected = server.verify_name or server.host
    facts = facts_of(chain.leaf)
    entries = (*facts.names, *facts.addresses)
    if not any(covers(entry, expected) for entry in entries):
        message = f"The server's certificate does not have the name {expected}; it has {', '.join(entries) or 'none'}."
        hint = "The proxy refuses it. Write verify_name in the server's table, or correct the server's certificate."
        yield Problem("upstream.name-missing", where, message, hint)


def _stops_short(server: str, chain: Chain) -> Problem:
    last = facts_of(chain.served[-1])
    message = f"The chain stops short of a root: the last certificate sent is {last.label}, signed by {last.issuer}."
    hint = "Servers often leave the root out. Give it with --root FILE: certutil -ca.cert root.cer on the authority "
    hint += "writes it, or export it from a server's Trusted Root Certification Authorities."
    return Problem("trust.chain-stops-short", server, message, hint)


def _another_root(server: str, chain: Chain) -> Problem:
    ends = (
        f"ends in {facts_of(chain.root).label}" if chain.root else f"was signed by {facts_of(chain.served[-1]).issuer}"
    )
    message = f"The given root did not sign this server's chain, which {ends}."
    hint = "Give the root of that authority, or look whether the server has the right certificate."
    return Problem("trust.another-root", server, message, hint)

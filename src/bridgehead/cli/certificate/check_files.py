"""Certificate files on their own, or as a certificate of the plan, judged without being taken into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.chains.chain import build_chain, find_leaves
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.cli.certificate.expectations import expectation
from bridgehead.cli.certificate.findings import Findings
from bridgehead.cli.certificate.passphrases import given_passphrase, read_opened
from bridgehead.cli.certificate.rendering import facts_as_json, facts_as_lines
from bridgehead.planning.plan import make_plan
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.interfaces import machine_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from cryptography import x509

    from bridgehead.certificates.reading.contents import Contents
    from bridgehead.cli.certificate.place import Place


def check_files(
    files: Sequence[Path],
    chain: Sequence[Path],
    root: Sequence[Path],
    *,
    passphrase_file: Path | None,
    place: Place,
    name: str | None,
    now: datetime,
    soon: timedelta,
) -> Findings:
    """Judge the one certificate in these files. Raises ProblemsFound where they cannot be read, or hold none."""
    passphrase = given_passphrase(passphrase_file)
    own = [read_opened(path, passphrase) for path in files]
    more = [read_opened(path, None) for path in chain]
    given = [read_opened(path, None) for path in root]
    unread = [problem for contents in (*own, *more, *given) for problem in contents.problems]
    if unread:
        raise ProblemsFound(unread)
    where = ", ".join(map(str, files))
    leaf = _leaf(own, where)
    roots = [Roots.of(_all(given)), system_roots()]
    built = build_chain(leaf, (*_all(own), *_all(more), *_all(given)), roots, now)
    keys = [key for contents in own for key in contents.keys]
    key = next((one for one in keys if belongs(one, leaf)), keys[0] if keys else None)
    topology = place.topology
    plan = make_plan(topology, now.date(), machine_addresses()) if topology is not None and name else None
    expected = expectation(name, plan, topology if name else None, {}, soon)
    facts = facts_of(leaf)
    return Findings(
        problems=tuple(judge(built, key, expected, where=where, now=now, roots=roots)),
        certificates=({"where": where, **facts_as_json(facts, now)},),
        lines=(where, *facts_as_lines(facts, now)),
    )


def _leaf(own: Sequence[Contents], where: str) -> x509.Certificate:
    certificates = _all(own)
    leaves = find_leaves(certificates)
    if len(leaves) == 1:
        return leaves[0]
    if leaves:
        names = "; ".join(facts_of(one).label for one in leaves)
        message = f"There are {len(leaves)} servers' certificates in these files: {names}."
        raise ProblemsFound([Problem("certificate.several", where, message, "Check them one after the other.")])
    if certificates:
        return certificates[0]
    raise ProblemsFound([Problem("certificate.none", where, "There is no certificate in this file.")])


def _all(some: Sequence[Contents]) -> tuple[x509.Certificate, ...]:
    return tuple(one for contents in some for one in contents.certificates)

"""Everything that a file refers to, judged against what follows from it: live, staged, and the matrix of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgehead.certificates.chains.chain import build_chain
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.judging.matrix import make_matrix
from bridgehead.certificates.pair import check_pair, check_trust, read_chain
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.reader import read, read_bytes
from bridgehead.certificates.store.absence import absence
from bridgehead.cli.certificate.expectations import expectation, served_names
from bridgehead.cli.certificate.findings import Findings
from bridgehead.cli.certificate.rendering import days_left, facts_as_json
from bridgehead.planning.plan import make_plan
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.interfaces import machine_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from cryptography import x509

    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.cli.certificate.place import Place


def check_deployment(place: Place, root: Sequence[Path], now: datetime, soon: timedelta) -> Findings:
    """Judge every certificate of a file, and the roots that its pools trust."""
    assert place.loaded is not None, "asked by the command"
    return _Deployment(place, root, now, soon).findings()


class _Deployment:
    """One check of one file."""

    def __init__(self, place: Place, root: Sequence[Path], now: datetime, soon: timedelta) -> None:
        assert place.loaded is not None
        self.place, self.now, self.soon = place, now, soon
        self.spec, self.topology = place.loaded.spec, place.loaded.topology
        self.given, self.system = _roots(root), system_roots()
        self.plan = make_plan(self.topology, now.date(), machine_addresses()) if self.topology is not None else None
        self.chains = {
            (certificate.name, pair.chain): read_chain(pair.chain, [])
            for certificate in self.spec.certificates
            for pair in certificate.pairs
        }
        self.entries: dict[str, list[str]] = {}
        for (name, _), chain in self.chains.items():
            # Of an RSA and an ECDSA certificate side by side a client gets either: what counts is in both.
            names = list(facts_of(chain[0]).names) if chain else []
            known = self.entries.get(name)
            self.entries[name] = names if known is None else [one for one in known if one in names]

    def findings(self) -> Findings:
        """Everything that is wrong, and everything that there is to show."""
        problems: list[Problem] = []
        for certificate in self.spec.certificates:
            expected = self._expected(certificate.name)
            for pair in certificate.pairs:
                missing = absence(pair.chain)
                if missing is not None:
                    problems.append(missing)
                    continue
                problems += check_pair(pair.chain, pair.key, pair.passphrase_file, now=self.now, soon=self.soon)
                chain = self.chains[certificate.name, pair.chain]
                if chain:
                    problems += self._judge(chain, expected, pair.chain, self._remembered(certificate.name, chain))
        for path in dict.fromkeys(path for pool in self.spec.pools for path in pool.trust):
            problems += check_trust(path, now=self.now)
        problems += self._staged()
        shown = [(name, path, chain) for (name, path), chain in self.chains.items() if chain]
        return Findings(
            problems=tuple(dict.fromkeys(problems)),
            certificates=tuple(self._shown(*one) for one in shown),
            lines=tuple(self._line(*one) for one in shown),
            matrix=make_matrix(served_names(self.spec, self.topology), self.entries, self._unread()),
        )

    def _unread(self) -> set[str]:
        return set(self.entries) - {name for (name, _), chain in self.chains.items() if chain}

    def _expected(self, name: str) -> Expectation:
        others = {other: some for other, some in self.entries.items() if other != name}
        return expectation(name, self.plan, self.topology, others, self.soon)

    def _judge(
        self,
        chain: Sequence[x509.Certificate],
        expected: Expectation,
        where: str,
        known: Roots,
        at: datetime | None = None,
    ) -> list[Problem]:
        roots = [self.given, known, self.system]
        built = build_chain(chain[0], chain[1:], roots, at or self.now)
        return judge(built, None, expected, where=where, now=at or self.now, roots=roots)

    def _staged(self) -> Iterator[Problem]:
        """What goes live later, as it will be then; and what ends before its successor begins."""
        for name in self._in_store():
            for kind in self.place.store.kinds(name):
                try:
                    staged = self.place.store.staged(name, kind)
                except ProblemsFound as found:
                    yield from found.problems
                    continue
                if staged is None:
                    continue
                where = f"{name} ({kind}), generation {staged.generation.number}, staged for {staged.at:%Y-%m-%d %H:%M}"
                known = Roots.of(_root_of(staged.generation))
                yield from self._judge(staged.generation.chain, self._expected(name), where, known, staged.at)
                yield from self._gap(name, staged.at)

    def _gap(self, name: str, at: datetime) -> Iterator[Problem]:
        for (own, path), chain in self.chains.items():
            ends = facts_of(chain[0]).not_after if own == name and chain else None
            if ends is not None and self.now < ends < at:
                begins = f"{at:%Y-%m-%d %H:%M %Z}"
                message = f"The certificate ends on {ends:%Y-%m-%d %H:%M} UTC; its successor is staged for {begins}."
                hint = "Stage it earlier, or activate it now."
                yield Problem("certificate.expires-before-successor", path, message, hint)

    def _in_store(self) -> list[str]:
        pairs = self.topology.certificates.items() if self.topology is not None else ()
        return [name for name, some in pairs if any(pair.store for pair in some)]

    def _remembered(self, name: str, chain: Sequence[x509.Certificate]) -> Roots:
        """The root that was given when this certificate came into the store."""
        if name not in self._in_store():
            return Roots.of(())
        for kind in self.place.store.kinds(name):
            for generation in self.place.store.generations(name, kind):
                if generation.leaf == chain[0]:
                    return Roots.of(_root_of(generation))
        return Roots.of(())

    def _shown(self, name: str, path: str, chain: Sequence[x509.Certificate]) -> dict[str, Any]:
        return {"name": name, "path": path, **facts_as_json(facts_of(chain[0]), self.now)}

    def _line(self, name: str, path: str, chain: Sequence[x509.Certificate]) -> str:
        facts = facts_of(chain[0])
        return f"{name}: {facts.label}, {facts.key}, {days_left(facts, self.now)} days left, {path}"


def _roots(paths: Sequence[Path]) -> Roots:
    contents = [read(path) for path in paths]
    problems = [problem for one in contents for problem in one.problems]
    if problems:
        raise ProblemsFound(problems)
    return Roots.of(certificate for one in contents for certificate in one.certificates)


def _root_of(generation: Generation) -> tuple[x509.Certificate, ...]:
    return read_bytes(generation.facts.root.encode(), None, "").certificates if generation.facts.root else ()

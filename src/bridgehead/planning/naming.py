"""The subject name and the subject alternative names of a certificate for some published hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.planned import Because, Decision, Entry
from bridgehead.planning.published_names import reasons_by_host
from bridgehead.planning.wildcard_names import wildcard_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bridgehead.planning.published_names import PublishedName
    from bridgehead.topology.model import Topology

WILDCARD = Because(
    reason="The optional wildcard replaces both meet and dial-in; pools, Office Web Apps and lyncdiscover stay listed.",
    source=documents.CERTIFICATE_SUMMARY,
)
REPEATED = Because(
    reason="The subject name must also be present in the subject alternative name.",
    source=documents.CERTIFICATE_REQUEST,
)


@dataclass(frozen=True)
class Naming:
    """The names of a deployment, with every reason for each, in the order of the document's table."""

    topology: Topology
    reasons: Mapping[str, Sequence[PublishedName]]

    @classmethod
    def of(cls, topology: Topology) -> Naming:
        """Worked out once for a plan."""
        return cls(topology, reasons_by_host(topology))

    def ordered(self, hosts: Iterable[str]) -> list[str]:
        """These hosts in the order of the document's table."""
        some = set(hosts)
        return [host for host in self.reasons if host in some and host != "*"]

    def subject(self, hosts: Sequence[str]) -> Decision:
        """The subject for these hosts: the named pool's external FQDN, else that of the first pool or Director."""
        named = self._named_pool()
        if named in hosts:
            return _subject(named, "External web services FQDN of the pool that the file names for it.")
        for kind, what in (("front-end", "front-end pool"), ("director", "Director")):
            for host in hosts:
                if any(name.kind == kind for name in self.reasons[host]):
                    return _subject(
                        host, f"The pool's external web services FQDN; of several, the first {what} of the file counts."
                    )
        return _subject(hosts[0], "No pool is published on these listeners, so the first published name is taken.")

    def _named_pool(self) -> str:
        wanted = self.topology.plan.subject_pool
        pool = self.topology.pool_named(wanted) if wanted is not None else None
        return (pool.external_fqdn or "") if pool is not None else ""

    def entries(
        self, subject: str, hosts: Sequence[str], rules: Mapping[str, Sequence[str]], *, wildcard: bool
    ) -> tuple[Entry, ...]:
        """The subject alternative names for these hosts: the subject first. `rules` has those that serve each host."""
        covered: dict[str, list[str]] = {}
        for host in hosts:
            covered.setdefault(self._entry(host, subject, wildcard=wildcard), []).append(host)
        return tuple(
            Entry(
                name=entry,
                covers=tuple(some),
                because=tuple(self._why(entry, subject, some)),
                rules=tuple(dict.fromkeys(rule for host in some for rule in rules.get(host, ()))),
            )
            for entry, some in sorted(covered.items(), key=lambda one: one[0] != subject)
        )

    def _entry(self, host: str, subject: str, *, wildcard: bool) -> str:
        simple_url_alone = {name.kind for name in self.reasons[host]} <= {"meet", "dialin"}
        if wildcard and host != subject and simple_url_alone:
            return wildcard_for(host, self.topology) or host
        return host

    def _why(self, entry: str, subject: str, hosts: Sequence[str]) -> list[Because]:
        why = list(dict.fromkeys(name.because for host in hosts for name in self.reasons[host]))
        if entry == subject:
            return [REPEATED, *why]
        return [WILDCARD, *why] if entry.startswith("*.") else why


def _subject(name: str, reason: str) -> Decision:
    return Decision(value=name, because=Because(reason=reason, source=documents.CERTIFICATE_REQUEST))

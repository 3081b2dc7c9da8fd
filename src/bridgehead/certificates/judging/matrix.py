"""Published names by certificates: which entry covers which name, the cheapest mend for each hole, and what is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.judging.matching import covering_entry, is_sound
from bridgehead.names import covers

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from bridgehead.certificates.judging.expectation import PublishedName


@dataclass(frozen=True)
class ServedName:
    """A published name on one listener, and the certificates bound there."""

    name: PublishedName
    listener: str
    bound: tuple[str, ...]
    """Names of certificates, the one that clients without SNI get first."""
    discovery_domain: str = ""
    """The SIP domain, where the name is its discovery name: a way out is discovery on port 80 alone."""


@dataclass(frozen=True)
class Row:
    """One published name."""

    host: str
    listener: str
    covered_by: Mapping[str, str]
    """The covering entry, by the name of each certificate that has one."""
    bound: tuple[str, ...]
    mend: str = ""
    """What to do where no certificate of the listener covers the name; empty where one does, or none could be read."""


@dataclass(frozen=True)
class Matrix:
    """The whole picture."""

    certificates: tuple[str, ...]
    rows: tuple[Row, ...]
    unpublished: tuple[tuple[str, str], ...]
    """Certificates with their entries that cover no published name."""

    @property
    def holes(self) -> tuple[Row, ...]:
        """Names that clients will refuse to connect to."""
        return tuple(row for row in self.rows if row.mend)

    def as_json(self) -> dict[str, Any]:
        """The matrix as plain data."""
        return asdict(self)


def make_matrix(
    served: Sequence[ServedName], entries: Mapping[str, Sequence[str]], unread: Container[str] = ()
) -> Matrix:
    """The matrix of names that listeners serve and of certificates with their entries.

    `unread` are the certificates of which nothing could be read.
    """
    holes = [one for one in served if not any(covering_entry(entries.get(name, ()), one.name) for name in one.bound)]
    together = Counter(_parent(one.name.host) for one in holes if one.name.wildcard == "fine")
    rows = []
    for one in served:
        found = {name: covering_entry(some, one.name) for name, some in entries.items()}
        covered = {name: entry for name, entry in found.items() if entry is not None}
        # Where a certificate is not there, its names are not what is to be mended.
        known = bool(covered) or not any(name in unread for name in one.bound)
        mend = _mend(one, covered, together) if one in holes and known else ""
        rows.append(Row(one.name.host, one.listener, covered, one.bound, mend))
    hosts = {one.name.host for one in served}
    unpublished = tuple(
        (name, entry)
        for name, some in entries.items()
        for entry in some
        if not (is_sound(entry) and any(covers(entry, host) for host in hosts))
    )
    return Matrix(tuple(entries), tuple(rows), unpublished)


def _mend(hole: ServedName, covered: Mapping[str, str], together: Counter[str]) -> str:
    """The cheapest way to close a hole: first what costs nothing, last what costs a new certificate."""
    host, parent = hole.name.host, _parent(hole.name.host)
    if covered:
        other = next(iter(covered))
        return f"Certificate {other} has it: add {other!r} to certificate = [...] of listener {hole.listener}."
    if together[parent] > 1 and hole.name.wildcard == "fine":
        return (
            f"Have {hole.bound[0] if hole.bound else 'the certificate'} issued again with {host}, or once with "
            f"*.{parent} for {together[parent]} missing names (wildcard = true below [plan])."
        )
    again = f"Have {hole.bound[0] if hole.bound else 'a certificate'} issued again with {host}"
    if hole.discovery_domain:
        return f"{again}; or let {hole.discovery_domain} use discovery on port 80 alone (discovery_over_tls = false)."
    return f"{again}: most authorities do so free."


def _parent(host: str) -> str:
    return host.partition(".")[2]

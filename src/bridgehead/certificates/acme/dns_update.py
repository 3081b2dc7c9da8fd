"""dns-01 by dynamic updates (RFC 2136), signed with TSIG (RFC 8945); then the wait until name servers show them."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.tsig
import dns.update

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.reading.files import read_file
from bridgehead.names import address_or_none
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bridgehead.certificates.acme.authority import Clock
    from bridgehead.certificates.acme.state import Proof

_SECONDS = 10.0
"""How long one answer may take."""
_TTL = 60
_PAUSE_SECONDS = 2.0

Place = tuple[str, int]
"""Host or address, and port."""


@dataclass(frozen=True)
class UpdateSettings:
    """Where updates go."""

    server: Place
    key_file: Path
    zone: str | None = None
    name_servers: tuple[Place, ...] = ()
    """Those that must show a record; all that the zone names where there are none."""
    propagation_seconds: float = 120.0


class DnsUpdates:
    """Adds and deletes TXT records on the primary name server."""

    def __init__(self, settings: UpdateSettings, clock: Clock) -> None:
        """Read the key. Raises ProblemsFound where the file does not hold one."""
        self._settings = settings
        self._clock = clock
        self._key = read_tsig_key(settings.key_file)

    def place(self, proofs: Sequence[Proof]) -> None:
        """Add the records, and wait until every name server shows them. Raises AttemptFailed."""
        with self._failures("made"):
            zones = self._by_zone(proofs)
            for zone, some in zones.items():
                self._update(zone, [(proof, "add") for proof in some])
            for zone, some in zones.items():
                self._await(zone, some)

    def remove(self, proofs: Sequence[Proof]) -> None:
        """Delete the records. The order does not depend on it."""
        with suppress(AttemptFailed), self._failures("removed"):
            for zone, some in self._by_zone(proofs).items():
                self._update(zone, [(proof, "delete") for proof in some])

    def _by_zone(self, proofs: Sequence[Proof]) -> dict[dns.name.Name, list[Proof]]:
        zones: dict[dns.name.Name, list[Proof]] = defaultdict(list)
        for proof in proofs:
            zones[self._zone_of(proof.record)].append(proof)
        return zones

    def _zone_of(self, record: str) -> dns.name.Name:
        if self._settings.zone is not None:
            return dns.name.from_text(self._settings.zone)
        answer = self._ask(self._settings.server, dns.message.make_query(record, dns.rdatatype.SOA))
        for rrset in (*answer.answer, *answer.authority):
            if rrset.rdtype == dns.rdatatype.SOA:
                return rrset.name
        raise _failed(
            f"The name server {_written(self._settings.server)} has no zone for {record}.",
            "Give the primary name server of the external zone, or write zone in dns_update.",
        )

    def _update(self, zone: dns.name.Name, changes: Sequence[tuple[Proof, str]]) -> None:
        update = dns.update.UpdateMessage(zone, keyring=self._key)
        for proof, action in changes:
            record = dns.name.from_text(proof.record)
            if action == "add":
                update.add(record, _TTL, dns.rdatatype.TXT, f'"{proof.value}"')
            else:
                update.delete(record, dns.rdatatype.TXT, f'"{proof.value}"')
        code = self._ask(self._settings.server, update).rcode()
        if code != dns.rcode.NOERROR:
            what = dns.rcode.to_text(code)
            where = f"The name server {_written(self._settings.server)} refuses to update {zone}: {what}."
            raise _failed(where, _MENDS.get(code, "Its log says more."))

    def _await(self, zone: dns.name.Name, proofs: Sequence[Proof]) -> None:
        """Until all name servers show all records. Raises AttemptFailed where one does not in time."""
        until = self._clock.now() + timedelta(seconds=self._settings.propagation_seconds)
        waiting = [(server, proof) for server in self._name_servers(zone) for proof in proofs]
        while True:
            waiting = [(server, proof) for server, proof in waiting if not self._shows(server, proof)]
            if not waiting:
                return
            if self._clock.now() >= until:
                server, proof = waiting[0]
                raise _failed(
                    f"The name server {_written(server)} does not show {proof.record} "
                    f"after {self._settings.propagation_seconds:g} s.",
                    "Does it get changes from the primary at once (NOTIFY)? Otherwise raise propagation_seconds.",
                )
            self._clock.sleep(_PAUSE_SECONDS)

    def _name_servers(self, zone: dns.name.Name) -> list[Place]:
        if self._settings.name_servers:
            return list(self._settings.name_servers)
        answer = self._ask(self._settings.server, dns.message.make_query(zone, dns.rdatatype.NS))
        records = [one for rrset in answer.answer if rrset.rdtype == dns.rdatatype.NS for one in rrset]
        if not records:
            said = f"The name server {_written(self._settings.server)} names no name servers of {zone}"
            hint = "Without them nobody knows when all have the record: write name_servers in dns_update."
            raise _failed(f"{said} ({dns.rcode.to_text(answer.rcode())}).", hint)
        return [(str(one.target).rstrip("."), 53) for one in records]

    def _shows(self, server: Place, proof: Proof) -> bool:
        query = dns.message.make_query(proof.record, dns.rdatatype.TXT)
        query.flags &= ~dns.flags.RD
        try:
            answer = self._ask(server, query)
        except (OSError, dns.exception.DNSException):
            return False
        return any(f'"{proof.value}"' in str(one) for rrset in answer.answer for one in rrset)

    def _ask(self, server: Place, message: dns.message.Message) -> dns.message.Message:
        host, port = server
        address = host if address_or_none(host) is not None else _address_of(host)
        return dns.query.tcp(message, address, timeout=_SECONDS, port=port)

    def _failures(self, what: str) -> _Failures:
        return _Failures(self._settings.server, what)


class _Failures:
    """What goes wrong inside becomes AttemptFailed."""

    def __init__(self, server: Place, what: str) -> None:
        self._server = server
        self._what = what

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        where = _written(self._server)
        if isinstance(
            error, dns.tsig.PeerError | dns.tsig.BadSignature | dns.tsig.BadTime | dns.message.UnknownTSIGKey
        ):
            message = f"The name server {where} does not accept the TSIG key: {error}."
            raise _failed(message, "Same name, algorithm and secret on both sides? Are both clocks right?") from None
        if isinstance(error, OSError | dns.exception.DNSException):
            message = (
                f"The record could not be {self._what}: {where} does not answer ({error or type(error).__name__})."
            )
            raise _failed(message, "Updates go over TCP; is the name server reached from here?") from None


_MENDS = {
    dns.rcode.REFUSED: "The zone must allow updates by this key (BIND: update-policy; Knot: acl with action: update).",
    dns.rcode.NOTAUTH: "It is not the primary of this zone, or does not know the key.",
    dns.rcode.NOTZONE: "Write the zone that the names are in.",
}


def read_tsig_key(path: Path) -> dns.tsig.Key:
    """The key in a file, as `tsig-keygen` writes it: `key "name" { algorithm hmac-sha256; secret "..."; };`.

    Raises ProblemsFound where there is none.
    """
    text = read_file(path).decode("utf-8", "replace")
    found = re.search(r'key\s+"?([^"\s{]+)"?\s*\{([^}]*)\}', text)
    parts = dict(re.findall(r'(algorithm|secret)\s+"?([^";\s]+)"?\s*;', found[2])) if found else {}
    try:
        name = dns.name.from_text(found[1] if found is not None else ".")
        return dns.tsig.Key(name, parts["secret"], parts.get("algorithm", "hmac-sha256"))
    except (KeyError, ValueError, dns.exception.DNSException):
        message = "There is no TSIG key in this file."
        hint = 'Make one: tsig-keygen NAME > FILE. It looks so: key "NAME" { algorithm hmac-sha256; secret "..."; };'
        raise ProblemsFound([Problem("acme.tsig-key", str(path), message, hint)]) from None


def _address_of(host: str) -> str:
    for address in _addresses(host):
        return address
    raise OSError(f"{host} has no address")


def _addresses(host: str) -> Iterator[str]:
    yield from dns.resolver.resolve_name(host).addresses()


def _written(server: Place) -> str:
    host, port = server
    host = f"[{host}]" if ":" in host else host
    return host if port == 53 else f"{host}:{port}"


def _failed(message: str, hint: str) -> AttemptFailed:
    return AttemptFailed([Problem("acme.dns-update", "dns_update", message, hint)], another_may_help=False)

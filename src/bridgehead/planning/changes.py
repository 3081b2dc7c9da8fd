"""What a change of the file does: names, records, firewall rows, rules, and whose connections end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bridgehead.names import covers
from bridgehead.planning.planned import Planned, Port, PrincipalName, Record
from bridgehead.planning.route_changes import RuleChange, drained, rule_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from bridgehead.planning.planned import Plan, PlannedCertificate

Row = TypeVar("Row")


class CertificateChange(Planned):
    """What becomes of one certificate."""

    title: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    """Names that the certificate of the old plan does not cover: it must be requested anew before the change."""

    @property
    def advice(self) -> str:
        """What to do, in a sentence."""
        if self.not_covered:
            return "No longer covers all: request it anew and install it before the change."
        return "Still covers all; the names that are no longer needed may go at the next renewal."


class Changes(Planned):
    """Everything that differs between two plans."""

    certificates: tuple[CertificateChange, ...]
    records_to_add: tuple[Record, ...]
    records_to_remove: tuple[Record, ...]
    ports_to_open: tuple[Port, ...]
    ports_to_close: tuple[Port, ...]
    rules: tuple[RuleChange, ...]
    principal_names_to_register: tuple[PrincipalName, ...] = ()
    principal_names_to_remove: tuple[PrincipalName, ...] = ()
    drained: tuple[str, ...]
    """Whose connections would drain, and why."""

    @property
    def nothing(self) -> bool:
        """Whether the two plans ask for the same."""
        return not any(getattr(self, name) for name in type(self).model_fields)


def changes(old: Plan, new: Plan) -> Changes:
    """What must be done to get from one plan to the other."""
    return Changes(
        certificates=_certificates(old.certificates, new.certificates),
        records_to_add=_only_in(new.records, old.records, _record_key),
        records_to_remove=_only_in(old.records, new.records, _record_key),
        ports_to_open=_only_in(new.ports, old.ports, _port_key),
        ports_to_close=_only_in(old.ports, new.ports, _port_key),
        rules=tuple(rule_changes(old.proxy, new.proxy)),
        principal_names_to_register=_only_in(new.principal_names, old.principal_names, _principal_key),
        principal_names_to_remove=_only_in(old.principal_names, new.principal_names, _principal_key),
        drained=tuple(drained(old.proxy, new.proxy)),
    )


def _record_key(record: Record) -> Hashable:
    return record.view, record.name, record.kind, record.value, record.missing


def _port_key(port: Port) -> Hashable:
    return port.at, port.protocol, port.port, port.source, port.destination, port.addresses


def _principal_key(name: PrincipalName) -> Hashable:
    return name.name, name.command


def _only_in(these: Iterable[Row], those: Iterable[Row], key: Callable[[Row], Hashable]) -> tuple[Row, ...]:
    known = {key(one) for one in those}
    return tuple(one for one in these if key(one) not in known)


def _certificates(
    old: tuple[PlannedCertificate, ...], new: tuple[PlannedCertificate, ...]
) -> tuple[CertificateChange, ...]:
    before, after = ({one.name: one for one in some} for some in (old, new))
    found = []
    for name in dict.fromkeys((*before, *after)):
        had = _names(before.get(name))
        has = _names(after.get(name))
        gained = tuple(one for one in has if one not in had)
        lost = tuple(one for one in had if one not in has)
        if gained or lost:
            found.append(
                CertificateChange(
                    title=(after.get(name) or before[name]).title,
                    gained=gained,
                    lost=lost,
                    not_covered=tuple(one for one in _hosts(after.get(name)) if not _covered(one, had)),
                )
            )
    return tuple(found)


def _names(certificate: PlannedCertificate | None) -> tuple[str, ...]:
    # Every name for itself, whatever wildcard stands for it; a certificate without alternative names has its subject.
    if certificate is None:
        return ()
    names = dict.fromkeys(name for entry in certificate.entries for name in (entry.name, *entry.covers))
    return tuple(names) or (certificate.subject.value,)


def _hosts(certificate: PlannedCertificate | None) -> tuple[str, ...]:
    return tuple(host for entry in certificate.entries for host in entry.covers) if certificate else ()


def _covered(name: str, entries: tuple[str, ...]) -> bool:
    return any(covers(entry, name) for entry in entries)

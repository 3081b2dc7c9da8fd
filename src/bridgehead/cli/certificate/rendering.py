"""Certificates and the matrix of names as a person reads them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.judging.matrix import Matrix
    from bridgehead.certificates.reading.facts import Facts


def facts_as_lines(facts: Facts, now: datetime) -> list[str]:
    """A certificate or request, one fact a line."""
    rows = {
        "Subject": facts.subject or "(empty)",
        "Names": ", ".join((*facts.names, *facts.addresses)) or "(none)",
        "Issuer": facts.issuer,
        "Valid": _validity(facts, now),
        "Key": f"{facts.key or '(unreadable)'}, {facts.key_bits} bits",
        "Signature": facts.signature,
        "Key usage": _listed(facts.key_usage),
        "Extended key usage": _listed(facts.extended_key_usage)
        + (" (critical)" if facts.extended_key_usage_critical else ""),
        "Authority": "yes" if facts.is_authority else "",
        "Issuer's certificate": facts.issuer_url,
        "Serial number": facts.serial_number,
        "SHA-1 (thumbprint)": colons(facts.sha1),
        "SHA-256": colons(facts.sha256),
        "Cannot be read": ", ".join(facts.unreadable),
    }
    return [f"  {title + ':':<21} {value}" for title, value in rows.items() if value]


def facts_as_json(facts: Facts, now: datetime) -> dict[str, Any]:
    """The same for programs; times in ISO 8601, `days_left` negative once it is over."""
    found = asdict(facts)
    for name in ("not_before", "not_after"):
        found[name] = found[name].isoformat() if found[name] is not None else None
    return found | {"days_left": days_left(facts, now)}


def days_left(facts: Facts, now: datetime) -> int | None:
    """Whole days until a certificate ends."""
    return (facts.not_after - now).days if facts.not_after is not None else None


def colons(fingerprint: str) -> str:
    """`AB:CD:…`, as people compare it."""
    return ":".join(fingerprint[index : index + 2] for index in range(0, len(fingerprint), 2)).upper()


def print_matrix(matrix: Matrix) -> None:
    """Published names by certificates, and below them the mends."""
    table = Table(title="Published names", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("Name", "Listener", *matrix.certificates):
        table.add_column(column, overflow="fold")
    for row in matrix.rows:
        cells = [_cell(row.covered_by.get(name), name in row.bound, row.host) for name in matrix.certificates]
        table.add_row(row.host, row.listener, *cells)
    wide = None if sys.stdout.isatty() else 200
    Console(highlight=False, width=wide, color_system="auto" if sys.stdout.isatty() else None).print(table)
    for row in matrix.holes:
        print(f"No certificate for {row.host} on {row.listener}. {row.mend}")


def _cell(entry: str | None, bound: bool, host: str) -> str:
    if entry is None:
        return "MISSING" if bound else ""
    shown = "yes" if entry == host else entry
    return shown if bound else f"({shown})"


def _validity(facts: Facts, now: datetime) -> str:
    if facts.not_before is None or facts.not_after is None:
        return ""
    left = (facts.not_after - now).days
    said = f"{left} days left" if left >= 0 else "EXPIRED"
    return f"{facts.not_before:%Y-%m-%d %H:%M} to {facts.not_after:%Y-%m-%d %H:%M} UTC, {said}"


def _listed(values: tuple[str, ...] | None) -> str:
    return ", ".join(values) if values else "(none)" if values is not None else ""

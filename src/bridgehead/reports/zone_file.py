"""Planned DNS records as a fragment for a BIND zone file (RFC 1035 section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.planned import Record


def zone_fragment(records: Iterable[Record]) -> str:
    """The records below the origin of each zone; what is not known yet is a comment."""
    zones: dict[str, list[Record]] = {}
    for record in records:
        if record.kind != "HOSTS":
            zones.setdefault(record.zone, []).append(record)
    return "\n\n".join(f"$ORIGIN {zone}.\n" + "\n".join(map(_line, some)) for zone, some in zones.items())


def _line(record: Record) -> str:
    owner = relative_name(record)
    if not record.value:
        return f"; {owner:<26} 3600 IN {record.kind:<5} ?  ({record.missing})"
    return f"{owner:<28} 3600 IN {record.kind:<5} {_absolute(record)}"


def relative_name(record: Record) -> str:
    """The record's name below its zone, `@` for the zone itself."""
    return "@" if record.name == record.zone else record.name.removesuffix(f".{record.zone}")


def _absolute(record: Record) -> str:
    # Without the final dot the origin would be added to the target.
    return record.value if record.kind in {"A", "AAAA"} else f"{record.value}."

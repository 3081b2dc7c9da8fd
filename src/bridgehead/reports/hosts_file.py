"""Lines of a hosts file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.planned import Record


def hosts_lines(records: Iterable[Record]) -> str:
    """Address and name; where the address is not known, a comment to fill in."""
    return "\n".join(
        f"{record.value:<24} {record.name}" if record.value else f"# <address> {record.name}    ({record.missing})"
        for record in records
        if record.kind == "HOSTS"
    )

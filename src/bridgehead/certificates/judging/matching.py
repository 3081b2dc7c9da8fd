"""Which entry of a certificate covers a published name, and whether it may."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from bridgehead.names import INTERNAL_ENDINGS, address_or_none, covers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.certificates.judging.expectation import PublishedName


def covering_entry(entries: Iterable[str], name: PublishedName) -> str | None:
    """The entry that covers the name, an explicit one before a wildcard; None where none may."""
    found = [entry for entry in entries if is_sound(entry) and covers(entry, name.host)]
    explicit = [entry for entry in found if not entry.startswith("*.")]
    if explicit:
        return explicit[0]
    return found[0] if found and name.wildcard != "never" else None


def is_sound(entry: str) -> bool:
    """Whether a wildcard, if it is one, is the whole left-most label and leaves two more (RFC 9525, section 6.3)."""
    return "*" not in entry or (entry.startswith("*.") and "*" not in entry[2:] and "." in entry[2:])


def is_internal(entry: str) -> bool:
    """Whether no public authority may put this name or address into a certificate (Baseline Requirements 7.1.4.2)."""
    if address_or_none(entry) is not None:
        return not ip_address(entry).is_global
    bare = entry.removeprefix("*.").rstrip(".")
    return "." not in bare or bare.rpartition(".")[2] in INTERNAL_ENDINGS

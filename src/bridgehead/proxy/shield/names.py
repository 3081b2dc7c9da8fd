"""One spelling for each account and each place, so that nobody counts anew by writing a name differently.

Active Directory compares names without regard to case, accents, width and kana, and passes over characters without
weight. What it takes for the same must be the same here; what is the same here and differs there only shares a count.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from functools import lru_cache

UNREADABLE = "(unreadable)"
"""The one account to which every attempt belongs whose user cannot be told. It never succeeds."""

_LONGEST_NAME = 256
_PREFIX_OF_A_PLACE = 64
"""Bits of an IPv6 address that one customer has at least (RFC 6177): the rest is of his own choosing."""
_PREFIX_OF_A_NETWORK = 48
"""What anybody may have of IPv6 for the asking (RFC 6177), with 65,536 places in it."""
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60


@lru_cache(maxsize=1024)
def account_of(user: str) -> str:
    r"""The bare name of an account, whatever domain was written to it: `CONTOSO\Álice`, `alice@contoso.com` → `alice`.

    Empty for an anonymous login. A name of which nothing is left is none: nobody can tell what others make of it.
    """
    bare = user.replace("/", "\\").rpartition("\\")[2].partition("@")[0][:_LONGEST_NAME]
    # Twice: folding ẞ and the like gives characters that compatibility decomposition knows better.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
    kept = (character for character in folded if unicodedata.category(character)[0] not in "CM")
    return "".join(map(_as_hiragana, kept)).strip() or (UNREADABLE if user.strip() else "")


def _as_hiragana(character: str) -> str:
    code = ord(character)
    return chr(code - _TO_HIRAGANA) if code in _KATAKANA else character


@lru_cache(maxsize=1024)
def source_of(address: str) -> str:
    """The place that an address belongs to: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, _PREFIX_OF_A_PLACE), strict=False))


@lru_cache(maxsize=1024)
def network_around(source: str) -> str:
    """The /48 around a place of IPv6; empty where it is one of IPv4."""
    address, _, prefix = source.partition("/")
    return str(ipaddress.IPv6Network((address, _PREFIX_OF_A_NETWORK), strict=False)) if prefix else ""


def shown(account: str) -> str:
    """A name for logs and tables: short, and nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in account[:64])

"""Host names: one spelling for each, and which name a certificate's entry covers."""

from __future__ import annotations

import ipaddress
import re

import idna

INTERNAL_ENDINGS = frozenset(
    {"corp", "home", "internal", "intern", "intra", "lan", "local", "localdomain", "localhost", "private"}
)
"""Last labels that stay inside: reserved (RFC 6762, RFC 6761, ICANN), or never given to anyone."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def normalise_host(text: str) -> str:
    """The one spelling of a host: lower case, no trailing dot, A-labels, IPv6 without brackets.

    Takes a name, an IPv4 or an IPv6 address (with or without brackets), without a port.
    Raises ValueError, with a sentence, for anything else.
    """
    host = text.strip().removesuffix(".")
    address = address_or_none(host)
    if address is not None:
        return address
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"{text!r} is not an internationalised host name: {error}") from error
    host = host.lower()
    if not is_host_name(host):
        raise ValueError(f"{text!r} is not a host name or an IP address")
    return host


def address_or_none(host: str) -> str | None:
    """The one spelling of an IP address (brackets removed), or None where `host` is a name."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def is_host_name(host: str) -> bool:
    """Whether this is a lower-case DNS host name (RFC 1123, and the underscore that Windows sites use)."""
    if not host or len(host) > 253:
        return False
    labels = host.split(".")
    return not labels[-1].isdigit() and all(_LABEL.fullmatch(label) for label in labels)


def covers(entry: str, host: str) -> bool:
    """Whether a certificate's DNS entry covers a normalised host name.

    RFC 9525 section 6.3: a wildcard stands for exactly one whole left-most label.
    """
    entry = entry.lower().removesuffix(".")
    if not entry.startswith("*."):
        return entry == host
    label, _, parent = host.partition(".")
    return bool(label) and parent == entry[2:] and "." in parent

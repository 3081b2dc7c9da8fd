r"""What an operator may ask for: an address, a connection's or a request's id from the log, or a user.

A user is known by the bare name in any spelling: `CONTOSO\Alice`, `alice@contoso.com` and `ALICE` are one.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from typing import Any


class AskedFor:
    """One question. It is not known beforehand what it names, so an event may be meant in any of the ways."""

    def __init__(self, wanted: str) -> None:
        wanted = wanted.strip()
        self.address = address_in(wanted)
        """In its one spelling; empty where it is none."""
        self._id = wanted
        # The log's lines about requests carry the connection's id with a number behind it.
        self._id_of_request = wanted.rpartition("-")[0]
        self._user = "" if self.address else bare_name(wanted)

    def concerns(self, event: dict[str, Any]) -> bool:
        """Whether an event is about it."""
        if self.address:
            return address_in(event["client"]) == self.address
        if event["connection"] in (self._id, self._id_of_request):
            return True
        return any(bare_name(event.get(name, "")) == self._user for name in ("user", "before") if event.get(name))


def address_in(text: str) -> str:
    """An IP address in its one spelling, without brackets; empty where the text is none."""
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def bare_name(name: str) -> str:
    """A user's name without domain, accents' spelling and case."""
    bare = name.rpartition("\\")[2].partition("@")[0] or name
    return unicodedata.normalize("NFKC", bare).casefold()

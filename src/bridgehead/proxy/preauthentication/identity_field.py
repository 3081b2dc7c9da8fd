r"""The field in which a site learns who has logged in: written here, and never by a client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from bridgehead.authentication.accounts import Account

_AS_IT_IS = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_FRAMED = frozenset(
    (
        "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive",
        "authorization", "proxy-authorization", "cookie", "content-type", "x-forwarded-for", "x-forwarded-proto",
        "x-forwarded-host", "x-bridgehead-instance",
    )
)  # fmt: skip


def is_taken(name: str) -> bool:
    """Whether a field of this name means something else already, so that a user's name has no place in it."""
    return name.lower() in _FRAMED


class IdentityField:
    """One rule's field."""

    __slots__ = ("_forged", "_name", "_spellings")

    def __init__(self, name: str) -> None:
        self._name = name
        # Gateways in the manner of CGI read an underscore as a hyphen, and some of them any other character, too.
        spelt = b"[^0-9A-Za-z:\r\n]".join(re.escape(part.encode("ascii")) for part in name.split("-"))
        self._spellings = re.compile(rb"(?i:" + spelt + rb")")
        self._forged = re.compile(rb"\n(?i:" + spelt + rb")[ \t]*:[^\n]*(?=\n)")

    def is_spelt(self, name: bytes) -> bool:
        """Whether a server may take a field of this name for ours."""
        return self._spellings.fullmatch(name) is not None

    def without_forged(self, block: bytes) -> bytes:
        """The block without what the client sent under this name."""
        return self._forged.sub(b"", block)

    def line(self, account: Account) -> bytes:
        r"""The field line, CRLF included: the down-level name, `CONTOSO\alice`.

        What is not printable ASCII stands in UTF-8, percent-encoded (RFC 3986), and so does the percent sign.
        """
        return f"{self._name}: {quote(account.name, safe=_AS_IT_IS)}\r\n".encode("ascii")

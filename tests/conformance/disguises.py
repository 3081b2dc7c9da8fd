"""Every disguise of one framing field by a byte in a place where a careless parser may overlook it.

The places are those that smuggler.py and its successors try: before and behind the name, before and behind the value,
in a line of another field, at its end; one byte, the same byte in two places, and a bare CR or LF beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.cases import SMUGGLED

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = tuple(bytes([number]) for number in range(256))
"""All of them: a disguise that is none (a space before the value) must be read, and alike."""

# `@` stands for the byte.
PLACES = (
    b"@NAME: VALUE", b"NAME@: VALUE", b"NAME:@VALUE", b"NAME: VALUE@", b"NAME: @VALUE", b"NA@ME: VALUE",
    b"NAME: VAL@UE", b"X: X@NAME: VALUE", b"NAME: VALUE@X: X", b"X: X\r@NAME: VALUE", b"X: X@\nNAME: VALUE",
    b"NAME: VALUE\r@X: X", b"NAME: VALUE@\nX: X", b"X: X\r\n@NAME: VALUE", b"X:@\r\nNAME: VALUE", b"NAME:\r\n@VALUE",
    b"NAME@VALUE", b"@NAME@: VALUE", b"@NAME:@VALUE", b"@NAME: VALUE@", b"NAME@:@VALUE", b"NAME@: VALUE@",
    b"NAME:@VALUE@", b"NAME: VALUE,@", b"NAME: @,VALUE", b"NAME: VALUE;@", b"NAME: VALUE\r\nNAME@: VALUE",
    b"NAME: VALUE\r\nNAME:@VALUE",
)  # fmt: skip

# A body that ends in two places: after five bytes, or after the last chunk.
BODY = b"0\r\n\r\n" + SMUGGLED
FIELDS = {
    "a coding": (b"Transfer-Encoding", b"chunked"),
    "a length": (b"Content-Length", b"5"),
}
COMPANIONS = {
    "alone": b"",
    "with a length": b"Content-Length: %d\r\n" % len(BODY),
    "with chunks": b"Transfer-Encoding: chunked\r\n",
}


def disguised(place: bytes, name: bytes, value: bytes) -> Iterator[bytes]:
    """The field line with each byte in this place, halves of its words apart where the place is inside one."""
    line = place.replace(b"NA@ME", name[:8] + b"@" + name[8:]).replace(b"VAL@UE", value[:1] + b"@" + value[1:])
    line = line.replace(b"NAME", name).replace(b"VALUE", value)
    for byte in BYTES:
        yield line.replace(b"@", byte)


def request_with(line: bytes, companion: bytes) -> bytes:
    """A POST with a disguised field, what stands beside it, and the body that ends in two places."""
    return b"POST / HTTP/1.1\r\n" + line + b"\r\nHost: site.test\r\n" + companion + b"\r\n" + BODY

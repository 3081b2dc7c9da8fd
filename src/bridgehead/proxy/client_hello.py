"""The server name in a ClientHello, read without taking it: for sites whose TLS is relayed undecrypted.

RFC 8446 sections 4.1.2 and 5.1; RFC 6066 section 3.
"""

from __future__ import annotations

LONGEST_HELLO = 16384 + 5


class Incomplete(Exception):  # noqa: N818 - more bytes are needed, which is no error
    """The ClientHello has not arrived whole."""


def missing_bytes(data: bytes) -> int:
    """How many bytes the first record lacks; 0 where it is whole, or no record of a handshake."""
    if data[:1] not in (b"", b"\x16"):
        return 0
    length = int.from_bytes(data[3:5], "big") if len(data) >= 5 else 0
    return max(0, 5 + min(length, LONGEST_HELLO - 5) - len(data))


def server_name(data: bytes) -> str | None:
    """The SNI in the beginning of a TLS connection, lower case; None where there is none or it is no ClientHello.

    Raises Incomplete while more is needed.
    """
    message = _handshake_message(data)
    if message is None:
        return None
    try:
        return _server_name(_Reader(message))
    except IndexError:
        return None


def _handshake_message(data: bytes) -> bytes | None:
    """The body of the ClientHello, put together from its records."""
    message = b""
    position = 0
    while True:
        if len(data) < position + 5:
            if data[:1] not in (b"", b"\x16"):
                return None
            raise Incomplete
        if data[position] != 0x16 or data[position + 1] != 3:
            return None
        length = int.from_bytes(data[position + 3 : position + 5], "big")
        message += data[position + 5 : position + 5 + length]
        if len(message) >= 4:
            if message[0] != 1:
                return None
            needed = int.from_bytes(message[1:4], "big")
            if len(message) >= 4 + needed:
                return message[4 : 4 + needed]
            if needed > LONGEST_HELLO:
                return None
        if len(data) < position + 5 + length:
            raise Incomplete
        position += 5 + length


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        if count > len(self.data):
            raise IndexError
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def vector(self, size_bytes: int) -> bytes:
        return self.take(int.from_bytes(self.take(size_bytes), "big"))


def _server_name(hello: _Reader) -> str | None:
    hello.take(2 + 32)  # legacy_version, random
    hello.vector(1)  # legacy_session_id
    hello.vector(2)  # cipher_suites
    hello.vector(1)  # legacy_compression_methods
    extensions = _Reader(hello.vector(2)) if hello.data else _Reader(b"")
    while extensions.data:
        kind = int.from_bytes(extensions.take(2), "big")
        content = extensions.vector(2)
        if kind == 0:
            names = _Reader(_Reader(content).vector(2))
            while names.data:
                name_type = names.take(1)
                name = names.vector(2)
                if name_type == b"\x00":
                    return name.decode("ascii", "replace").lower().removesuffix(".")
    return None

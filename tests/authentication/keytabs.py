"""Keytabs of MIT Kerberos' format, with keys that nobody uses."""

from __future__ import annotations

import struct

_AES256 = 18


def entry(realm: str, *components: str) -> bytes:
    """One key."""
    names = b"".join(struct.pack(">H", len(name.encode())) + name.encode() for name in (realm, *components))
    body = struct.pack(">H", len(components)) + names + struct.pack(">IIBHH", 1, 0, 2, _AES256, 32) + bytes(32)
    return struct.pack(">i", len(body)) + body


def keytab(*entries: bytes) -> bytes:
    """A whole file."""
    return b"\x05\x02" + b"".join(entries)

"""What a keytab holds keys for: enough of its format to say what is wrong with one.

The format is MIT Kerberos': version 5.2, then entries of a length (negative: a hole) and, in network byte order, the
number of the principal's components, the realm and the components, each with its length, and what we do not read.
"""

from __future__ import annotations

import struct

_VERSION = b"\x05\x02"


class NotKeytab(ValueError):  # noqa: N818 - what was found, not an error of ours
    """The file is something else, or it is cut short."""


def principals_in(keytab: bytes) -> list[str]:
    """The principals (`HTTP/webext.contoso.com@CONTOSO.COM`) in their order, each once. Raises NotKeytab."""
    if not keytab.startswith(_VERSION):
        raise NotKeytab
    found: dict[str, None] = {}
    place = len(_VERSION)
    try:
        while place < len(keytab):
            (length,) = struct.unpack_from(">i", keytab, place)
            place += 4
            if length > 0:
                found[_principal(keytab[place : place + length])] = None
            place += abs(length)
    except struct.error as problem:
        raise NotKeytab from problem
    return list(found)


def _principal(entry: bytes) -> str:
    (count,) = struct.unpack_from(">H", entry)
    place = 2
    parts: list[str] = []
    for _ in range(count + 1):
        (length,) = struct.unpack_from(">H", entry, place)
        parts.append(entry[place + 2 : place + 2 + length].decode("utf-8", "replace"))
        place += 2 + length
    realm, *components = parts
    return f"{'/'.join(components)}@{realm}"

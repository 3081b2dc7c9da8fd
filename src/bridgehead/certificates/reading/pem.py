"""PEM (RFC 7468) as people really save it: with text between, in UTF-16, indented, cut short."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 #]+)-----(.*?)(?:-----END \1-----|(?=-----BEGIN )|\Z)", re.DOTALL)
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Block:
    """One armoured part of a file."""

    label: str
    """`CERTIFICATE`, `PRIVATE KEY`."""
    text: bytes
    """The part with its armour, lines stripped and ended by LF: what strict readers expect."""
    complete: bool
    """Whether the END line is there."""

    @property
    def der(self) -> bytes | None:
        """What the Base64 stands for; None where it is damaged, or has header fields (an encrypted key)."""
        body = b"".join(self.text.splitlines()[1:-1])
        try:
            return base64.b64decode(body, validate=True) or None
        except binascii.Error:
            return None


def blocks(data: bytes) -> list[Block]:
    """Every armoured part, in order; nothing where this is no PEM."""
    found = []
    for match in _BLOCK.finditer(_as_ascii(data)):
        label = match[1].decode("ascii")
        lines = [b" ".join(line.split()) for line in match[2].splitlines()]
        # An empty line matters after the header fields of an encrypted key, and nowhere else.
        while lines and not lines[0]:
            del lines[0]
        while lines and not lines[-1]:
            del lines[-1]
        armour = label.encode("ascii")
        text = b"\n".join([b"-----BEGIN " + armour + b"-----", *lines, b"-----END " + armour + b"-----", b""])
        found.append(Block(label, text, complete=match[0].endswith(b"-----END " + armour + b"-----")))
    return found


def _as_ascii(data: bytes) -> bytes:
    """The same text in ASCII. Windows' Notepad writes UTF-16 with a byte order mark when asked for "Unicode"."""
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), None)
    if encoding is None and data.startswith((b"-\x00-\x00", b"\x00-\x00-")):
        encoding = "utf-16-le" if data[:1] == b"-" else "utf-16-be"
    if encoding is None:
        return data
    return data.decode(encoding, errors="replace").encode("ascii", errors="replace")

"""Windows authentication as a proxy sees it: which schemes authenticate a connection, and who logged in.

Sources: MS-NLMP 2.2.1.3 (AUTHENTICATE_MESSAGE), MS-NTHT, RFC 4559. Only names are read; no response, key or hash is.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

# Kerberos is bound too wherever IIS has authPersistNonNTLM, so Negotiate is treated exactly as NTLM.
_BINDING_SCHEME = re.compile(rb"(?:^|,)[ \t]*(?i:ntlm|negotiate|nego2|kerberos)(?=[ \t,]|$)")
_SIGNATURE = b"NTLMSSP\x00"
_CHALLENGE_MESSAGE = _SIGNATURE + b"\x02\x00\x00\x00"
_UNICODE_FLAG, _OEM_FLAG = 0x00000001, 0x00000002
_CHALLENGE = re.compile(
    rb"\n(?i:www-authenticate)[ \t]*:[^\n]*?(?i:ntlm|negotiate|nego2|kerberos)[ \t]+([A-Za-z0-9+/]{32,}={0,2})"
)


def binds_connection(value: bytes) -> bool:
    """Whether a credential or challenge is of a scheme that authenticates the connection it travels on.

    A challenge that somebody joined with commas counts when any of its schemes does.
    """
    return _BINDING_SCHEME.search(value) is not None


def challenges_unicode(block: bytes) -> bool | None:
    """Whether the CHALLENGE_MESSAGE in a response's fields agrees to Unicode; None where there is none to be read.

    It is what a server goes by, whatever the client's last message says of itself (MS-NLMP 2.2.1.2).
    """
    for token in _CHALLENGE.findall(block):
        try:
            raw = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            continue
        start = raw.find(_CHALLENGE_MESSAGE)
        # Where it has neither flag, it agrees to nothing; of both, Unicode counts.
        if start >= 0 and len(raw) >= start + 24 and raw[start + 20] & (_UNICODE_FLAG | _OEM_FLAG):
            return bool(raw[start + 20] & _UNICODE_FLAG)
    return None


class Identity(NamedTuple):
    """Who an NTLM AUTHENTICATE_MESSAGE says it comes from. Said, not proven: the site decides."""

    user: str
    domain: str
    workstation: str


def identity_of(authorization: bytes) -> Identity | None:
    """The names in a type 3 message, raw or inside SPNEGO; None for anything else, malformed ones included."""
    _, _, token = authorization.partition(b" ")
    try:
        raw = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    start = raw.find(_SIGNATURE)
    message = raw[start:] if start >= 0 else b""
    if len(message) < 64 or int.from_bytes(message[8:12], "little") != 3:
        return None
    encoding = "utf-16-le" if int.from_bytes(message[60:64], "little") & _UNICODE_FLAG else "latin-1"
    domain, user, workstation = (_name_at(message, offset, encoding) for offset in (28, 36, 44))
    return Identity(user, domain, workstation)


def _name_at(message: bytes, offset: int, encoding: str) -> str:
    length = int.from_bytes(message[offset : offset + 2], "little")
    begin = int.from_bytes(message[offset + 4 : offset + 8], "little")
    return message[begin : begin + length].decode(encoding, "replace")[:256]

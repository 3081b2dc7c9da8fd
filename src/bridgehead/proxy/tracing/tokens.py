"""Which leg of which protocol a token is, by its frame alone.

Sources: MS-NLMP 2.2.1 (NTLM messages), 2.2.2.8 (NTLMv2_RESPONSE) and 2.2.2.1 (AV_PAIR); RFC 2743 section 3.1 (the frame
of a first token), RFC 4178 (SPNEGO), RFC 4121 section 4.1 (Kerberos). Of an NTLM answer to a challenge the user's name
is read, the version, and whether the client bound it to a certificate. No response, key or hash is looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal, NamedTuple

from bridgehead.proxy.authentication import identity_of

Kind = Literal[
    "none",
    "unreadable",
    "ntlm-negotiate",
    "ntlm-challenge",
    "ntlm-authenticate",
    "spnego-init",
    "spnego-response",
    "spnego-reject",
    "kerberos-request",
    "kerberos-reply",
    "kerberos-error",
]

_NTLM = b"NTLMSSP\x00"
_NTLM_KINDS: dict[int, Kind] = {1: "ntlm-negotiate", 2: "ntlm-challenge", 3: "ntlm-authenticate"}
_KERBEROS = bytes.fromhex("06092a864886f712010202")
"""The object identifier 1.2.840.113554.1.2.2; the token's own kind follows it (RFC 4121 section 4.1)."""
_KERBEROS_KINDS: dict[bytes, Kind] = {
    b"\x01\x00": "kerberos-request",
    b"\x02\x00": "kerberos-reply",
    b"\x03\x00": "kerberos-error",
}
_REJECT = bytes.fromhex("a0030a0102")
"""negState: reject (RFC 4178 section 4.2.2)."""
_CHANNEL_BINDINGS = 0x000A
_NTLM_2_BLOB = 16 + 28
"""Of an NTLMv2_RESPONSE, before its AV_PAIRs."""
_CHALLENGE = re.compile(rb"\n(?i:www-authenticate)[ \t]*:[ \t]*([^\r\n]*)")
_BINDING = re.compile(rb"(?i:ntlm|negotiate|nego2|kerberos)")


class Token(NamedTuple):
    """What a credential or a challenge is."""

    scheme: str
    kind: Kind
    user: str = ""
    """As an NTLM answer says it: `CONTOSO\\alice`. Said, not proven."""
    workstation: str = ""
    ntlm_version: int = 0
    """1 or 2 of an NTLM answer; 0 where it is none, or an anonymous one."""
    bound: bool = False
    """Whether the client bound an NTLM answer to the certificate that it saw (RFC 5929)."""


def read_token(value: bytes) -> Token:
    """What the value of an `Authorization`, or one challenge of a `WWW-Authenticate`, carries. Never raises."""
    scheme, _, text = value.strip().partition(b" ")
    name = scheme.decode("latin-1")
    if not text.strip():
        return Token(name, "none")
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return Token(name, "unreadable")
    start = raw.find(_NTLM)
    if start >= 0:
        return _ntlm_token(name, raw[start:], value)
    return Token(name, _kind_of_frame(raw))


def challenges_in(block: bytes) -> list[Token]:
    """The challenges of a response that authenticate a connection, in their order; also where commas join them."""
    values = (part.strip() for value in _CHALLENGE.findall(b"\n" + block) for part in value.split(b","))
    return [read_token(value) for value in values if _BINDING.fullmatch(value.partition(b" ")[0])]


def _kind_of_frame(raw: bytes) -> Kind:
    inner = raw.find(_KERBEROS)
    while inner >= 0:
        found = _KERBEROS_KINDS.get(raw[inner + len(_KERBEROS) : inner + len(_KERBEROS) + 2])
        if found is not None:
            return found
        inner = raw.find(_KERBEROS, inner + 1)  # SPNEGO names it among its mechanisms first
    if raw[:1] == b"\x60":
        return "spnego-init"
    if raw[:1] == b"\xa1":
        return "spnego-reject" if _REJECT in raw[:32] else "spnego-response"
    return "unreadable"


def _ntlm_token(scheme: str, message: bytes, value: bytes) -> Token:
    kind = _NTLM_KINDS.get(int.from_bytes(message[8:12], "little"), "unreadable")
    identity = identity_of(value) if kind == "ntlm-authenticate" else None
    if identity is None:
        return Token(scheme, kind)
    user = f"{identity.domain}\\{identity.user}" if identity.domain else identity.user
    length = int.from_bytes(message[20:22], "little")
    offset = int.from_bytes(message[24:28], "little")
    response = message[offset : offset + length]
    version = 2 if len(response) > _NTLM_2_BLOB else 1 if response else 0
    return Token(scheme, kind, user, identity.workstation, version, version == 2 and _binds(response))


def _binds(response: bytes) -> bool:
    """Whether channel bindings are there and not all zero, which stands for none (MS-NLMP 3.1.5.1.2)."""
    at = _NTLM_2_BLOB
    while at + 4 <= len(response):
        kind = int.from_bytes(response[at : at + 2], "little")
        length = int.from_bytes(response[at + 2 : at + 4], "little")
        if kind == _CHANNEL_BINDINGS:
            return any(response[at + 4 : at + 4 + length])
        if kind == 0:
            return False
        at += 4 + length
    return False

"""NTLM messages by hand: what clients send that no library here would."""

from __future__ import annotations

import struct

from bridgehead.authentication.ntlm_flags import EXTENDED_SESSION_SECURITY, NTLM, OEM, REQUEST_TARGET, UNICODE
from bridgehead.authentication.ntlm_keys import nt_hash, nt_proof, ntowf_v2

SIGNATURE = b"NTLMSSP\0"
CURL = SIGNATURE + struct.pack("<II", 1, OEM | REQUEST_TARGET | NTLM | EXTENDED_SESSION_SECURITY | 0x8000) + bytes(16)
"""The 32 bytes of libcurl's own first message: no names, no version, and not a word of Unicode."""


def authenticate(
    *,
    nt_response: bytes,
    user: bytes = b"alice",
    domain: bytes = b"CONTOSO",
    workstation: bytes = b"",
    encrypted_key: bytes = b"",
    flags: int = OEM | NTLM | EXTENDED_SESSION_SECURITY,
    lm_response: bytes = bytes(24),
) -> bytes:
    """An AUTHENTICATE_MESSAGE as old and simple clients make it: a head of 64 bytes, no version, no code."""
    head, payload = SIGNATURE + struct.pack("<I", 3), b""
    for content in (lm_response, nt_response, domain, user, workstation, encrypted_key):
        head += struct.pack("<HHI", len(content), len(content), 64 + len(payload))
        payload += content
    return head + struct.pack("<I", flags) + payload


def nt_response(
    challenge: bytes, *pairs: bytes, user: str = "alice", domain: str = "CONTOSO", password: str, head: bytes = b"\1\1"
) -> bytes:
    """An NTLMv2_RESPONSE to a challenge message, with these attribute pairs."""
    blob = head + bytes(6) + bytes(8) + b"\xaa" * 8 + bytes(4) + b"".join(pairs) + bytes(8)
    key = ntowf_v2(nt_hash(password), user.upper(), domain)
    return nt_proof(key, challenge[24:32], blob) + blob


def pair(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def unicode_flags() -> int:
    return UNICODE | NTLM | EXTENDED_SESSION_SECURITY

"""The flags that NTLM's three messages negotiate with (MS-NLMP 2.2.2.5), and what a challenge says to a client's."""

from __future__ import annotations

UNICODE = 0x00000001
OEM = 0x00000002
REQUEST_TARGET = 0x00000004
SIGN = 0x00000010
SEAL = 0x00000020
NTLM = 0x00000200
ANONYMOUS = 0x00000800
ALWAYS_SIGN = 0x00008000
TARGET_TYPE_DOMAIN = 0x00010000
TARGET_TYPE_SERVER = 0x00020000
EXTENDED_SESSION_SECURITY = 0x00080000
TARGET_INFO = 0x00800000
VERSION = 0x02000000
KEY_128 = 0x20000000
KEY_EXCHANGE = 0x40000000
KEY_56 = 0x80000000

_GIVEN_WHEN_ASKED = (
    UNICODE
    | REQUEST_TARGET
    | SIGN
    | SEAL
    | ALWAYS_SIGN
    | EXTENDED_SESSION_SECURITY
    | VERSION
    | KEY_128
    | KEY_EXCHANGE
    | KEY_56
)
"""Never the LAN Manager session key, whose 56 bits nobody wants, and never datagrams."""


def answered(asked: int, target_type: int) -> int:
    """The flags of the challenge to a client that asks for these (MS-NLMP 3.2.5.1.1)."""
    flags = asked & _GIVEN_WHEN_ASKED | NTLM | TARGET_INFO
    if not flags & UNICODE:
        flags |= OEM
    return flags | target_type if asked & REQUEST_TARGET else flags

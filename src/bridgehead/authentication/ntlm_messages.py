"""NTLM's three messages, as a server reads and writes them (MS-NLMP 2.2.1, 2.2.2)."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.legs import LoginFailed
from bridgehead.authentication.ntlm_flags import (
    ANONYMOUS,
    KEY_EXCHANGE,
    OEM,
    TARGET_TYPE_DOMAIN,
    TARGET_TYPE_SERVER,
    UNICODE,
    VERSION,
    answered,
)

if TYPE_CHECKING:
    from bridgehead.authentication.legs import TargetNames

SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3

_LONGEST_NEGOTIATE = 1024
"""It is kept until the last message. It holds two short names; nobody has seen more than a hundred bytes."""
_LONGEST_NAME = 1024
"""Characters of a user, domain or workstation. The longest user principal name has as many."""
_CHALLENGE_LENGTH = 56
_AUTHENTICATE_LENGTH = 64
_PAYLOADS = range(12, 60, 8)
"""Where the lengths and offsets are of the LM and NT responses, domain, user, workstation and encrypted key."""
_CODE = slice(72, 88)
"""The message integrity code's place, before which no payload begins where there is one."""
_VERSION = struct.pack("<BBHxxxB", 6, 1, 0, 15)
"""NTLMSSP_REVISION_W2K3 of some Windows 6.1, as Samba says it. Nobody decides by it (MS-NLMP 2.2.2.10)."""

_NB_COMPUTER, _NB_DOMAIN, _DNS_COMPUTER, _DNS_DOMAIN, _FLAGS, _TIMESTAMP, _BINDINGS = 1, 2, 3, 4, 6, 7, 10
_CODE_PROVIDED = 2
_BLOB = 16
_PAIRS = 44
"""Where NTLMv2_CLIENT_CHALLENGE and its pairs begin in an NTLMv2 response (MS-NLMP 2.2.2.7, 2.2.2.8)."""


class Authentication(NamedTuple):
    """An AUTHENTICATE_MESSAGE with an NTLMv2 response."""

    message: bytes
    flags: int
    user: str
    domain: str
    workstation: str
    nt_response: bytes
    encrypted_key: bytes
    binding: bytes | None
    """MsvAvChannelBindings, of sixteen bytes."""
    code: bytes | None
    """The message integrity code, where the client says that it made one. The proof covers that it says so."""

    def without_code(self) -> bytes:
        """The message as the code was made for it."""
        return self.message[: _CODE.start] + bytes(16) + self.message[_CODE.stop :]


def kind_of(message: bytes) -> int:
    """Which of the messages this says it is."""
    if len(message) < 12 or not message.startswith(SIGNATURE):
        raise LoginFailed(Outcome.MALFORMED)
    return int.from_bytes(message[8:12], "little")


def read_negotiate(message: bytes) -> int:
    """The flags of a NEGOTIATE_MESSAGE; nothing else in it decides anything."""
    if not 16 <= len(message) <= _LONGEST_NEGOTIATE:
        raise LoginFailed(Outcome.MALFORMED)
    flags = int.from_bytes(message[12:16], "little")
    if not flags & (UNICODE | OEM):
        raise LoginFailed(Outcome.MALFORMED)
    return flags


def challenge_message(asked: int, names: TargetNames, server_challenge: bytes, file_time: int) -> bytes:
    """The CHALLENGE_MESSAGE to a client that asked with these flags. `file_time` is in 100 ns since 1601."""
    flags = answered(asked, TARGET_TYPE_DOMAIN if names.domain else TARGET_TYPE_SERVER)
    target = (names.domain or names.computer).encode("utf-16-le" if flags & UNICODE else "ascii", "replace")
    pairs = _name_pairs(names) + struct.pack("<HHQHH", _TIMESTAMP, 8, file_time, 0, 0)
    return b"".join(
        (
            SIGNATURE,
            struct.pack("<IHHII", CHALLENGE, len(target), len(target), _CHALLENGE_LENGTH, flags),
            server_challenge,
            bytes(8),
            struct.pack("<HHI", len(pairs), len(pairs), _CHALLENGE_LENGTH + len(target)),
            _VERSION if flags & VERSION else bytes(8),
            target,
            pairs,
        )
    )


def read_authenticate(message: bytes) -> Authentication:
    """An AUTHENTICATE_MESSAGE. Raises LoginFailed for a malformed one, and for any but an NTLMv2 response."""
    if len(message) < _AUTHENTICATE_LENGTH:
        raise LoginFailed(Outcome.MALFORMED)
    flags = int.from_bytes(message[60:64], "little")
    payloads = [_payload(message, place) for place in _PAYLOADS]
    _, nt_response, domain, user, workstation, encrypted_key = (content for _, content in payloads)
    if flags & ANONYMOUS or not user:
        raise LoginFailed(Outcome.NOT_NTLM_2)
    pairs = _client_pairs(nt_response)
    if flags & KEY_EXCHANGE and len(encrypted_key) != 16:
        raise LoginFailed(Outcome.MALFORMED)
    return Authentication(
        message,
        flags,
        _name(user, flags),
        _name(domain, flags),
        _name(workstation, flags),
        nt_response,
        encrypted_key,
        _binding_in(pairs),
        _code_in(message, pairs, min(offset for offset, content in payloads if content)),
    )


@lru_cache(maxsize=16)
def _name_pairs(names: TargetNames) -> bytes:
    """The names as Windows orders them; a name that is not known is left out."""
    pairs = (
        (_NB_DOMAIN, names.domain),
        (_NB_COMPUTER, names.computer),
        (_DNS_DOMAIN, names.dns_domain),
        (_DNS_COMPUTER, names.dns_computer),
    )
    encoded = ((kind, name.encode("utf-16-le")) for kind, name in pairs if name)
    return b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in encoded)


def _payload(message: bytes, place: int) -> tuple[int, bytes]:
    """Where the length and offset at this place point to, and what is there (MS-NLMP 2.2.1.3)."""
    length, _, offset = struct.unpack_from("<HHI", message, place)
    if length and not _AUTHENTICATE_LENGTH <= offset <= len(message) - length:
        raise LoginFailed(Outcome.MALFORMED)
    return offset, message[offset : offset + length]


def _name(content: bytes, flags: int) -> str:
    """A name, in UTF-16 or in the client's own code page, which nobody knows: UTF-8 today, or much like Latin-1."""
    try:
        if flags & UNICODE:
            name = content.decode("utf-16-le")
        else:
            try:
                name = content.decode("utf-8")
            except UnicodeDecodeError:
                name = content.decode("latin-1")
    except UnicodeDecodeError:
        raise LoginFailed(Outcome.MALFORMED) from None
    # No account has such a name, and it would end up in a log or in a line to a helper program.
    if len(name) > _LONGEST_NAME or any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in name):
        raise LoginFailed(Outcome.MALFORMED)
    return name


def _client_pairs(nt_response: bytes) -> dict[int, bytes]:
    """The attribute pairs in the client's part of an NTLMv2 response, which all others are not."""
    if len(nt_response) < _PAIRS or nt_response[_BLOB : _BLOB + 2] != b"\x01\x01":
        raise LoginFailed(Outcome.NOT_NTLM_2)
    pairs: dict[int, bytes] = {}
    place = _PAIRS
    while place + 4 <= len(nt_response):
        kind, length = struct.unpack_from("<HH", nt_response, place)
        if kind == 0:
            break
        place += 4 + length
        if place > len(nt_response) or kind in pairs:
            raise LoginFailed(Outcome.MALFORMED)
        pairs[kind] = nt_response[place - length : place]
    return pairs


def _binding_in(pairs: dict[int, bytes]) -> bytes | None:
    binding = pairs.get(_BINDINGS)
    if binding is not None and len(binding) != 16:
        raise LoginFailed(Outcome.MALFORMED)
    return binding


def _code_in(message: bytes, pairs: dict[int, bytes], payload_begins: int) -> bytes | None:
    flags = pairs.get(_FLAGS, bytes(4))
    if len(flags) != 4:
        raise LoginFailed(Outcome.MALFORMED)
    if not int.from_bytes(flags, "little") & _CODE_PROVIDED:
        return None
    if payload_begins < _CODE.stop:
        raise LoginFailed(Outcome.MALFORMED)
    return message[_CODE]

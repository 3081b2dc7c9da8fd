"""SPNEGO's tokens, as an acceptor reads and writes them (RFC 4178 section 4.2, in DER; RFC 2743 section 3.1)."""

from __future__ import annotations

from typing import NamedTuple

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.legs import LoginFailed

ACCEPT_COMPLETED, ACCEPT_INCOMPLETE, REJECT, REQUEST_CODE = 0, 1, 2, 3
"""negState. RFC 4178 calls the last one request-mic."""

# Object identifiers as DER has them, with tag and length.
SPNEGO = bytes.fromhex("06062b0601050502")
NTLM = bytes.fromhex("060a2b06010401823702020a")
KERBEROS = bytes.fromhex("06092a864886f712010202")
KERBEROS_OF_WINDOWS_2000 = bytes.fromhex("06092a864882f712010202")
"""The same with a digit that did not fit (MS-SPNG 3.1.5.2): Windows still names it first."""
KERBEROSES = frozenset({KERBEROS, KERBEROS_OF_WINDOWS_2000})

_FRAME, _OCTETS, _ENUMERATED, _SEQUENCE = 0x60, 0x04, 0x0A, 0x30
_INIT, _RESPONSE = 0xA0, 0xA1
_MOST_MECHANISMS = 32
_LONGEST_LIST = 1024
"""Bytes of the mechanism list, which is kept until the end of the login. Windows' longest has sixty."""


class Init(NamedTuple):
    """NegTokenInit: what the client can do, best first, and perhaps the first token of the best."""

    mechanisms: tuple[bytes, ...]
    mechanism_list: bytes
    """The same in the client's own encoding, over which mechListMIC is made."""
    token: bytes | None


class Response(NamedTuple):
    """NegTokenResp from a client."""

    state: int | None
    token: bytes | None
    list_code: bytes | None
    """mechListMIC."""


class Bare(NamedTuple):
    """The token of a mechanism in its GSS-API frame, without SPNEGO."""

    mechanism: bytes


def read_token(data: bytes) -> Init | Response | Bare:
    """Whatever a client may send in Negotiate, except NTLM without a frame. Raises LoginFailed for anything else."""
    tag, content = _only(data)
    if tag == _RESPONSE:
        return _read_response(content)
    if tag != _FRAME:
        raise LoginFailed(Outcome.MALFORMED)
    _, _, end = _element(content, 0)
    mechanism = content[:end]
    if mechanism != SPNEGO:
        return Bare(mechanism)
    return _read_init(_expected(_INIT, content[end:]))


def response(
    state: int, *, mechanism: bytes | None = None, token: bytes | None = None, list_code: bytes | None = None
) -> bytes:
    """A NegTokenResp. `mechanism` belongs into the first one alone (RFC 4178 section 4.2.2)."""
    parts = [_encoded(0xA0, _encoded(_ENUMERATED, bytes([state])))]
    if mechanism is not None:
        parts.append(_encoded(0xA1, mechanism))
    if token is not None:
        parts.append(_encoded(0xA2, _encoded(_OCTETS, token)))
    if list_code is not None:
        parts.append(_encoded(0xA3, _encoded(_OCTETS, list_code)))
    return _encoded(_RESPONSE, _encoded(_SEQUENCE, b"".join(parts)))


def _read_init(content: bytes) -> Init:
    fields = _fields(_expected(_SEQUENCE, content))
    mechanism_list = fields.get(0, b"")
    if len(mechanism_list) > _LONGEST_LIST:
        raise LoginFailed(Outcome.MALFORMED)
    listed = _expected(_SEQUENCE, mechanism_list)
    mechanisms: list[bytes] = []
    place = 0
    while place < len(listed) and len(mechanisms) < _MOST_MECHANISMS:
        _, _, end = _element(listed, place)
        mechanisms.append(listed[place:end])
        place = end
    if not mechanisms or place < len(listed):
        raise LoginFailed(Outcome.MALFORMED)
    # The field 3 is a MIC or, from servers, hints (MS-SPNG 2.2.1); from a client neither decides anything here.
    return Init(tuple(mechanisms), mechanism_list, _octets(fields.get(2)))


def _read_response(content: bytes) -> Response:
    fields = _fields(_expected(_SEQUENCE, content))
    state = _expected(_ENUMERATED, fields[0]) if 0 in fields else None
    if state is not None and len(state) != 1:
        raise LoginFailed(Outcome.MALFORMED)
    return Response(state[0] if state else None, _octets(fields.get(2)), _octets(fields.get(3)))


def _octets(field: bytes | None) -> bytes | None:
    return None if field is None else _expected(_OCTETS, field)


def _fields(content: bytes) -> dict[int, bytes]:
    """The fields of a sequence by the numbers of their explicit tags."""
    fields: dict[int, bytes] = {}
    place = 0
    while place < len(content):
        tag, begins, end = _element(content, place)
        number = tag - 0xA0
        if not 0 <= number <= 30 or number in fields:
            raise LoginFailed(Outcome.MALFORMED)
        fields[number] = content[begins:end]
        place = end
    return fields


def _expected(tag: int, data: bytes) -> bytes:
    """The content of the one element that the data is, which must have this tag."""
    found, content = _only(data)
    if found != tag:
        raise LoginFailed(Outcome.MALFORMED)
    return content


def _only(data: bytes) -> tuple[int, bytes]:
    tag, begins, end = _element(data, 0)
    if end != len(data):
        raise LoginFailed(Outcome.MALFORMED)
    return tag, data[begins:end]


def _element(data: bytes, place: int) -> tuple[int, int, int]:
    """Tag, beginning and end of the element at a place. Lengths are definite, of three bytes at most."""
    if place + 2 > len(data):
        raise LoginFailed(Outcome.MALFORMED)
    length = data[place + 1]
    begins = place + 2
    if length >= 0x80:
        bytes_of_length = length - 0x80
        length = int.from_bytes(data[begins : begins + bytes_of_length], "big")
        begins += bytes_of_length
        if not 1 <= bytes_of_length <= 3:
            raise LoginFailed(Outcome.MALFORMED)
    if begins + length > len(data):
        raise LoginFailed(Outcome.MALFORMED)
    return data[place], begins, begins + length


def _encoded(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 + size]) + length.to_bytes(size, "big") + content

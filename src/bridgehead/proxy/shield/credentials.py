r"""Whose password a request tries, as far as that stands in it in the clear. Names are read, and nothing else is kept.

NTLM's last message names its user (MS-NLMP 2.2.1.3), raw or inside SPNEGO; Basic does (RFC 7617). Tickets of Kerberos
and bearer tokens are no guesses at a password. What can be read in two ways is counted as if it were everybody.
"""

from __future__ import annotations

import base64
import binascii
import re

from bridgehead.proxy.shield.names import UNREADABLE

_LAST_MESSAGE = b"NTLMSSP\x00\x03\x00\x00\x00"
_UNICODE_FLAG = 0x00000001
_USER_AT, _FLAGS_AT, _HEADER_BYTES = 36, 60, 64
_TRIES_PASSWORDS = re.compile(rb"[ \t]*(?i:basic|digest|ntlm|negotiate|nego2|kerberos)(?=[ \t]|$)")
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")
_PARAMETER = re.compile(
    rb"""[ \t,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))[ \t]*(?:,|$)"""
)
_HALF_AN_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\(?!\\)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def may_bring_a_password(authorization: bytes) -> bool:
    """Whether a credential is of a scheme by which passwords are tried: quickly, and true too often."""
    return _TRIES_PASSWORDS.match(authorization) is not None


def user_in(authorization: bytes, unicode: bool | None = None) -> str | None:
    """The user whose password a credential tries, as the client wrote the name; None where it tries none.

    Decoded generously: what some server might accept must not pass for nothing. `unicode` says how the server reads
    the names of NTLM, where its challenge has told.
    """
    if not may_bring_a_password(authorization):
        return None
    scheme, token = _parts(authorization)
    if scheme == b"basic":
        return _user_of_basic(_decoded(token))
    if scheme == b"digest":
        return _user_of_digest(token)
    return _user_of_ntlm(_decoded(token), unicode)


def constant_part(authorization: bytes) -> bytes:
    """What of a credential is the same in each request of one login: all of Basic, the user of Digest."""
    scheme, token = _parts(authorization)
    if scheme != b"digest":
        return authorization
    user = _user_of_digest(token)
    return authorization if user in (None, UNREADABLE) else f"digest {user}".encode()


def _parts(authorization: bytes) -> tuple[bytes, bytes]:
    scheme, _, token = authorization.strip().replace(b"\t", b" ").partition(b" ")
    return scheme.lower(), token


def _decoded(token: bytes) -> bytes:
    letters = _NOT_BASE64.sub(b"", token)
    try:
        return base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _user_of_ntlm(token: bytes, agreed: bool | None) -> str | None:
    start = token.find(_LAST_MESSAGE)
    if start < 0:
        return None
    if token.count(_LAST_MESSAGE) > 1:
        return UNREADABLE  # SPNEGO has room for a second one, and which of them the server takes is its secret
    message = token[start:]
    length, begin = (int.from_bytes(message[at : at + 2], "little") for at in (_USER_AT, _USER_AT + 4))
    name = message[begin : begin + length]
    says = bool(message[_FLAGS_AT] & _UNICODE_FLAG) if len(message) >= _HEADER_BYTES else bool(agreed)
    if agreed not in (None, says) or (says and len(name) % 2):
        return UNREADABLE  # servers read it as they have agreed to, and not by what it says of itself
    if says and (agreed or _PRINTABLE.fullmatch(name) is None):
        return name.decode("utf-16-le", "replace")
    # The character set of whoever wrote it, which nobody else can know.
    return name.decode("ascii") if name.isascii() else UNREADABLE


def _user_of_digest(parameters: bytes) -> str | None:
    """RFC 7616 3.4. None where there are no parameters; a hashed or extended name is everybody's."""
    users, at = [], 0
    while at < len(parameters):
        found = _PARAMETER.match(parameters, at)
        if found is None:
            return UNREADABLE
        at = found.end()
        name = found[1].lower()
        value = found[3] if found[2] is None else found[2]
        if name == b"username*" or (name == b"userhash" and value.lower() != b"false"):
            return UNREADABLE
        if name == b"username":
            users.append(value)
    if len(users) != 1 or _HALF_AN_ESCAPE.search(users[0]):
        return UNREADABLE if parameters.strip() else None
    return _user_of_basic(users[0])


def _user_of_basic(pair: bytes) -> str:
    name = pair.partition(b":")[0]
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")

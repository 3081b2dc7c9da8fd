from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.authentication import Identity, binds_connection, challenges_unicode, identity_of


def type_3(user: str, domain: str, workstation: str, *, unicode: bool = True) -> bytes:
    """An AUTHENTICATE_MESSAGE: MS-NLMP 2.2.1.3."""
    encoding = "utf-16-le" if unicode else "latin-1"
    names = [text.encode(encoding) for text in (domain, user, workstation)]
    offset, fields, payload = 64, b"", b"".join(names)
    for name in names:
        fields += struct.pack("<HHI", len(name), len(name), offset)
        offset += len(name)
    empty = struct.pack("<HHI", 0, 0, 64)
    return (
        b"NTLMSSP\0" + struct.pack("<I", 3) + empty + empty + fields + empty + struct.pack("<I", int(unicode)) + payload
    )


def credential(message: bytes, scheme: bytes = b"NTLM") -> bytes:
    return scheme + b" " + base64.b64encode(message)


@pytest.mark.parametrize(
    "value",
    [
        b"NTLM", b"ntlm TlRMTVNTUAAB", b"Negotiate YII=", b"NEGOTIATE", b"Nego2 x", b"Kerberos x", b"  NTLM x",
        b"Basic realm=x, NTLM", b'Basic realm="a, b",Negotiate',
    ],
)  # fmt: skip
def test_schemes_of_windows_authentication_bind(value: bytes) -> None:
    assert binds_connection(value)


@pytest.mark.parametrize(
    "value", [b"", b"Basic eA==", b"Bearer NTLM", b"NTLMv2 x", b"Negotiated", b'Digest realm="ntlm"']
)
def test_other_schemes_do_not(value: bytes) -> None:
    assert not binds_connection(value)


@pytest.mark.parametrize("scheme", [b"NTLM", b"Negotiate"])
@pytest.mark.parametrize("unicode", [True, False])
def test_who_logs_in_is_read(scheme: bytes, unicode: bool) -> None:
    message = type_3("ann", "CONTOSO", "PC-1", unicode=unicode)
    assert identity_of(credential(message, scheme)) == Identity("ann", "CONTOSO", "PC-1")


def test_who_logs_in_is_read_inside_spnego() -> None:
    wrapped = b"\xa1\x81\x10\x30\x81\x0d\xa2\x81\x0a\x04\x81\x07" + type_3("ann", "", "")
    assert identity_of(credential(wrapped, b"Negotiate")) == Identity("ann", "", "")


@pytest.mark.parametrize(
    "value",
    [b"", b"NTLM", b"NTLM ?", b"NTLM TlRMTVNTUAAB", b"Bearer abc", b"Basic eA==", credential(b"NTLMSSP\0\3\0\0\0")],
)
def test_what_is_no_authenticate_message_names_nobody(value: bytes) -> None:
    assert identity_of(value) is None


def test_a_message_that_points_outside_itself_names_nobody_who_is_not_in_it() -> None:
    message = bytearray(type_3("ann", "D", "W"))
    message[36:44] = struct.pack("<HHI", 0xFFFF, 0xFFFF, 0xFFFFFFF0)
    assert identity_of(credential(bytes(message))) == Identity("", "D", "W")


@given(st.binary(max_size=120))
def test_no_message_is_too_strange_to_read(data: bytes) -> None:
    for message in (data, b"NTLMSSP\0\3\0\0\0" + data):
        identity_of(credential(message))


def challenge(flags: int, before: bytes = b"") -> bytes:
    message = before + b"NTLMSSP\0\x02\0\0\0" + bytes(8) + struct.pack("<I", flags) + bytes(20)
    return base64.b64encode(message)


@pytest.mark.parametrize(("flags", "unicode"), [(1, True), (2, False), (3, True), (0, None), (0x80200, None)])
@pytest.mark.parametrize("before", [b"", b"\xa1\x81\xff\x30\x81\xfc"])
def test_a_challenge_says_how_names_are_read(flags: int, unicode: bool | None, before: bytes) -> None:
    line = b"\r\nA: b\r\nwww-authenticate: Negotiate " + challenge(flags, before) + b"\r\n\r\n"
    assert challenges_unicode(line) is unicode


@pytest.mark.parametrize(
    "line",
    [b"NTLM", b"Negotiate " + base64.b64encode(b"\x60" + bytes(60)), b"NTLM " + b"A" * 33, b'Basic realm="NTLM"'],
)
def test_without_a_challenge_nothing_is_said_of_names(line: bytes) -> None:
    assert challenges_unicode(b"\r\nWWW-Authenticate: " + line + b"\r\n\r\n") is None


@given(st.binary(max_size=200), st.booleans())
def test_no_challenge_is_too_strange_to_read(data: bytes, encoded: bool) -> None:
    token = base64.b64encode(b"NTLMSSP\0\x02\0\0\0" + data) if encoded else data
    challenges_unicode(b"\r\nWWW-Authenticate: NTLM " + token + b"\r\n\r\n")

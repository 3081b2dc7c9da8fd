from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.shield.credentials import constant_part, may_bring_a_password, user_in
from bridgehead.proxy.shield.names import UNREADABLE
from tests.proxy.shield.ntlm_site import TYPE_1, TYPE_2, type_3

LAST = base64.b64decode(type_3("alice", "secret"))
IN_SPNEGO = b"\xa1\x81\xff\x30\x81\xfc\xa2\x81\xf9\x04\x81\xf6" + LAST


def oem(user: bytes) -> bytes:
    """A last message of whoever does not speak Unicode."""
    head = b"NTLMSSP\0\x03\0\0\0" + bytes(24) + len(user).to_bytes(2, "little") * 2 + (64).to_bytes(4, "little")
    return base64.b64encode(head.ljust(64, b"\0") + user)


@pytest.mark.parametrize(
    "credential",
    [
        b"NTLM " + base64.b64encode(LAST),
        b"ntlm\t" + base64.b64encode(LAST),
        b" Negotiate   " + base64.b64encode(IN_SPNEGO),
        b"Kerberos " + base64.b64encode(LAST),
        b"NTLM " + base64.b64encode(LAST).rstrip(b"="),
        b"NTLM " + b" ".join(base64.b64encode(LAST)[at : at + 7] for at in range(0, 400, 7)),
        b"NTLM " + oem(b"alice"),
        b"Basic " + base64.b64encode(b"alice:secret:more"),
        b"basic " + base64.b64encode(b"alice"),
        b'Digest username="alice", realm="x, username=\\"bob\\"", uri="/?a=b", qop=auth, nc=00000001',
        b'digest realm="contoso",username=alice',
        b'Digest userhash=false, username="alice"',
    ],
)
def test_whose_password_it_is_stands_in_it_however_it_is_written(credential: bytes) -> None:
    assert may_bring_a_password(credential)
    assert user_in(credential) == "alice"


@pytest.mark.parametrize(
    "credential",
    [
        b"NTLM " + TYPE_1,
        b"NTLM " + TYPE_2,
        b"NTLM",
        b"NTLM !!!",
        b"Negotiate " + base64.b64encode(b"\x60\x82\x01\x00 a ticket of Kerberos"),
        b"Bearer cwt=AAEB",
        b"Digest",
        b"",
    ],
)
def test_what_tries_no_password_is_nobodys(credential: bytes) -> None:
    assert user_in(credential) is None


def test_bearer_tokens_are_not_looked_into() -> None:
    assert not may_bring_a_password(b"Bearer cwt=AAEB")


def test_two_last_messages_in_one_token_are_everybodys() -> None:
    assert user_in(b"Negotiate " + base64.b64encode(LAST + LAST)) == UNREADABLE


@pytest.mark.parametrize(
    "parameters",
    [
        b'username="alice", username="bob"',
        b"username*=UTF-8''alice",
        b'userhash=true, username="488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec"',
        b'username="al\\ice"',
        b'realm="x"',
        b'realm="x" username="alice"',
        b'username="alice',
    ],
)
def test_a_digest_that_can_be_read_in_two_ways_is_everybodys(parameters: bytes) -> None:
    assert user_in(b"Digest " + parameters) == UNREADABLE


def test_what_is_the_same_in_each_request_of_a_login() -> None:
    first, second = (b'Digest username="alice", nc=%d' % number for number in (1, 2))
    assert constant_part(first) == constant_part(second)
    assert constant_part(first) != constant_part(b'Digest username="bob", nc=1')
    assert constant_part(b'Digest username="a", username="b", nc=1') != constant_part(b"Digest x=y, nc=2")
    assert constant_part(b"Basic YTpi") == b"Basic YTpi"


def flagged(user: bytes, flags: int) -> bytes:
    """A last message with these bytes for a name, whatever its flags say of them."""
    message = bytearray(base64.b64decode(oem(user)))
    message[60] = flags
    return b"NTLM " + base64.b64encode(bytes(message))


@pytest.mark.parametrize("name", [b"alice", b"AlIcE", b"Alicia", b"AlIcIa"])
def test_a_name_that_says_it_is_unicode_and_is_not_has_one_count_however_it_is_written(name: bytes) -> None:
    """Servers that have agreed to another character set read `AlIcIa` there, and six bytes are three characters too."""
    assert user_in(flagged(name, 1)) in (UNREADABLE, name.decode())


@pytest.mark.parametrize(("flags", "agreed"), [(1, False), (0, True), (2, True)])
def test_a_name_that_contradicts_what_was_agreed_is_everybodys(flags: int, agreed: bool) -> None:
    assert user_in(flagged(b"a\0l\0", flags), agreed) == UNREADABLE


def test_a_name_in_the_agreed_character_set_is_read_in_it() -> None:
    assert user_in(flagged("汁按".encode("utf-16-le"), 1), unicode=True) == "汁按"
    assert user_in(flagged(b"alice", 2), unicode=False) == "alice"
    assert user_in(b"NTLM " + base64.b64encode(LAST), unicode=True) == "alice"
    assert user_in(b"NTLM " + base64.b64encode(LAST[:60] + bytes(4) + LAST[64:]), unicode=None) != "alice"


def test_a_name_in_an_unknown_character_set_is_everybodys() -> None:
    assert user_in(b"NTLM " + oem("müller".encode("cp850"))) == UNREADABLE


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_of_basic_are_read_in_both_character_sets_of_browsers(encoding: str) -> None:
    assert user_in(b"Basic " + base64.b64encode("müller:x".encode(encoding))) == "müller"


@given(st.sampled_from([b"NTLM ", b"Negotiate ", b"Basic ", b"Digest "]), st.binary(max_size=300), st.booleans())
def test_nothing_that_a_client_can_send_is_a_fault_of_ours(scheme: bytes, rest: bytes, marked: bool) -> None:
    user_in(scheme + rest)
    user_in(scheme + base64.b64encode((LAST[:12] if marked else b"") + rest))

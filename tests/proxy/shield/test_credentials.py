from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.shield.credentials import may_bring_a_password, user_in
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
        b"Digest username=alice",
        b"",
    ],
)
def test_what_tries_no_password_is_nobodys(credential: bytes) -> None:
    assert user_in(credential) is None


def test_bearer_tokens_are_not_looked_into() -> None:
    assert not may_bring_a_password(b"Bearer cwt=AAEB")


def test_two_last_messages_in_one_token_are_everybodys() -> None:
    assert user_in(b"Negotiate " + base64.b64encode(LAST + LAST)) == UNREADABLE


def test_a_name_in_an_unknown_character_set_is_everybodys() -> None:
    assert user_in(b"NTLM " + oem("müller".encode("cp850"))) == UNREADABLE


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_of_basic_are_read_in_both_character_sets_of_browsers(encoding: str) -> None:
    assert user_in(b"Basic " + base64.b64encode("müller:x".encode(encoding))) == "müller"


@given(st.sampled_from([b"NTLM ", b"Negotiate ", b"Basic "]), st.binary(max_size=300), st.booleans())
def test_nothing_that_a_client_can_send_is_a_fault_of_ours(scheme: bytes, rest: bytes, marked: bool) -> None:
    user_in(scheme + rest)
    user_in(scheme + base64.b64encode((LAST[:12] if marked else b"") + rest))

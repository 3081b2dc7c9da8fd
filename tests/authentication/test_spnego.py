from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spnego._context import GSSMech
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, pack_mech_type_list, unpack_token

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.legs import LoginFailed
from bridgehead.authentication.spnego import (
    ACCEPT_COMPLETED,
    ACCEPT_INCOMPLETE,
    KERBEROS,
    KERBEROS_OF_WINDOWS_2000,
    NTLM,
    REQUEST_CODE,
    SPNEGO,
    Bare,
    Init,
    Response,
    read_token,
    response,
)

WINDOWS = ["1.2.840.48018.1.2.2", "1.2.840.113554.1.2.2", "1.3.6.1.4.1.311.2.2.30", "1.3.6.1.4.1.311.2.2.10"]
"""What a Windows client of a domain offers: Kerberos with the wrong digit, Kerberos, NegoEx, NTLM."""


def malformed(data: bytes) -> bool:
    try:
        read_token(data)
    except LoginFailed as failed:
        return failed.outcome is Outcome.MALFORMED
    return False


def test_a_first_token_is_read_as_another_implementation_writes_it() -> None:
    found = read_token(NegTokenInit(WINDOWS, mech_token=b"ticket").pack())
    assert isinstance(found, Init)
    assert found.mechanisms[0] == KERBEROS_OF_WINDOWS_2000
    assert found.mechanisms[1] == KERBEROS
    assert found.mechanisms[3] == NTLM
    assert found.mechanism_list == pack_mech_type_list(WINDOWS)
    assert found.token == b"ticket"


def test_a_first_token_may_have_no_token_of_a_mechanism_and_may_have_hints() -> None:
    for made in (NegTokenInit(WINDOWS), NegTokenInit(WINDOWS, hint_name=b"not_defined_in_RFC4178@please_ignore")):
        found = read_token(made.pack())
        assert isinstance(found, Init)
        assert found.token is None


def test_a_later_token_is_read_as_another_implementation_writes_it() -> None:
    made = NegTokenResp(NegState.accept_incomplete, response_token=b"t" * 300, mech_list_mic=b"c" * 16).pack()
    assert read_token(made) == Response(ACCEPT_INCOMPLETE, b"t" * 300, b"c" * 16)
    assert read_token(NegTokenResp(response_token=b"t").pack()) == Response(None, b"t", None)


def test_a_mechanism_without_spnego_is_known_by_its_frame() -> None:
    assert read_token(b"\x60" + bytes([len(KERBEROS) + 5]) + KERBEROS + b"\x01\x00abc") == Bare(KERBEROS)


@pytest.mark.parametrize("length", [0, 1, 100, 127, 128, 255, 256, 5000, 65535, 65536])
def test_our_tokens_are_read_by_another_implementation(length: int) -> None:
    found = unpack_token(response(REQUEST_CODE, mechanism=NTLM, token=bytes(length), list_code=b"c" * 16))
    assert found.neg_state is NegState.request_mic
    assert found.supported_mech == GSSMech.ntlm.value
    assert found.response_token == bytes(length)
    assert found.mech_list_mic == b"c" * 16


def test_our_last_token_says_only_that_it_is_the_last() -> None:
    assert response(ACCEPT_COMPLETED).hex() == "a1073005a0030a0100"


@pytest.mark.parametrize("cut", range(60))
def test_a_token_that_is_cut_anywhere_is_malformed(cut: int) -> None:
    whole = NegTokenInit(WINDOWS, mech_token=b"ticket").pack()
    assert len(whole) > 60
    assert malformed(whole[:cut])


@pytest.mark.parametrize(
    "data",
    [
        b"\x60" + b"\x80" + SPNEGO + b"\0\0",
        b"\x60\x84\0\0\0\x08" + SPNEGO,
        b"\x60\x08" + SPNEGO,
        b"\x60\x0a" + SPNEGO + b"\xa1\0",
        b"\x60\x10" + SPNEGO + bytes.fromhex("a0063004a0023000"),
        b"\xa1\x04\x30\x02\xa0\x00\x00",
        b"\xa1\x09\x30\x07\xa0\x05\x0a\x03\0\0\0",
        b"\xa1\x0a\x30\x08\xa2\x02\x04\0\xa2\x02\x04\0",
        b"\xa1\x04\x30\x02\x04\x00",
        b"\xa1\x06\x30\x04\xa2\x02\x0c\x00",
    ],
    ids=[
        "indefinite length",
        "length of four bytes",
        "nothing inside",
        "a later token inside",
        "no mechanism",
        "more behind",
        "a state of three bytes",
        "a field twice",
        "no field's tag",
        "no octets",
    ],
)
def test_what_is_not_of_the_rfc_is_malformed(data: bytes) -> None:
    assert malformed(data)


def test_more_mechanisms_than_anybody_knows_are_malformed() -> None:
    assert malformed(NegTokenInit(["1.2.3"] * 33).pack())
    assert malformed(NegTokenInit(["1.2" + ".128" * 40] * 30).pack())


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x60", b"\xa1", b"\x60\x10" + SPNEGO + b"\xa0"]))
def test_any_bytes_are_read_or_refused(data: bytes, begins: bytes) -> None:
    with contextlib.suppress(LoginFailed):
        read_token(begins + data)

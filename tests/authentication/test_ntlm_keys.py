from __future__ import annotations

from bridgehead.authentication.ntlm_flags import KEY_56, KEY_128, KEY_EXCHANGE
from bridgehead.authentication.ntlm_keys import (
    Rc4,
    SessionSecurity,
    exported_session_key,
    hmac_md5,
    nt_hash,
    nt_proof,
    ntowf_v2,
    seal_key,
    session_base_key,
    sign_key,
    signature,
)
from tests.authentication import published_vectors as published


def test_the_password_becomes_the_published_hash() -> None:
    assert nt_hash(published.PASSWORD) == published.NTOWF_V1


def test_a_hash_is_of_utf_16() -> None:
    # An empty password's, which every list of leaked hashes begins with, and one of letters beyond ASCII.
    assert nt_hash("").hex() == "31d6cfe0d16ae931b73c59d7e0c089c0"
    assert nt_hash("SecREt01").hex() == "cd06ca7c7e10c99b1d33b7485a2ed808"


def test_the_response_key_is_the_published_one() -> None:
    assert ntowf_v2(published.NTOWF_V1, published.USER.upper(), published.DOMAIN) == published.NTOWF_V2


def test_the_proof_and_the_session_base_key_are_the_published_ones() -> None:
    assert nt_proof(published.NTOWF_V2, published.SERVER_CHALLENGE, published.BLOB) == published.NT_PROOF
    assert session_base_key(published.NTOWF_V2, published.NT_PROOF) == published.SESSION_BASE_KEY


def test_the_published_lm_response_is_of_the_same_making() -> None:
    # LMv2 is the proof over the client's challenge alone; nobody asks for it here, and it shows that the keys agree.
    proof = hmac_md5(published.NTOWF_V2, published.SERVER_CHALLENGE + published.CLIENT_CHALLENGE)
    assert proof + published.CLIENT_CHALLENGE == published.LM_V2


def test_the_exchanged_key_is_the_clients_random_one() -> None:
    found = exported_session_key(published.SESSION_BASE_KEY, published.FLAGS, published.ENCRYPTED_SESSION_KEY)
    assert found == published.RANDOM_SESSION_KEY


def test_without_an_exchange_it_is_the_base_key() -> None:
    flags = published.FLAGS & ~KEY_EXCHANGE
    assert exported_session_key(published.SESSION_BASE_KEY, flags, b"") == published.SESSION_BASE_KEY


def test_the_keys_of_the_session_are_the_published_ones() -> None:
    assert seal_key(published.RANDOM_SESSION_KEY, published.FLAGS, "client") == published.SEAL_KEY
    assert sign_key(published.RANDOM_SESSION_KEY, "client") == published.SIGN_KEY


def test_a_message_is_sealed_and_signed_as_published() -> None:
    handle = Rc4(published.SEAL_KEY)
    assert handle.turn(published.PLAINTEXT) == published.SEALED
    assert signature(published.SIGN_KEY, 0, published.PLAINTEXT, handle) == published.SIGNATURE


def test_fewer_bits_make_other_sealing_keys() -> None:
    key = published.RANDOM_SESSION_KEY
    assert len({seal_key(key, flags, "client") for flags in (KEY_128, KEY_56, 0)}) == 3


def test_either_side_signs_differently() -> None:
    session = SessionSecurity(published.RANDOM_SESSION_KEY, published.FLAGS)
    assert session.signature("client", b"list") != session.signature("server", b"list")
    assert session.signature("client", b"list") == session.signature("client", b"list")


def test_rc4_is_that_of_rfc_6229() -> None:
    assert Rc4(bytes.fromhex("0102030405")).turn(bytes(16)).hex() == "b2396305f03dc027ccc3524a0a1118a8"

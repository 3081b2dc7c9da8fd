from __future__ import annotations

import struct

import pytest
from spnego._ntlm_raw.messages import AvId, Challenge, NegotiateFlags

from bridgehead.authentication.accounts import Outcome
from bridgehead.authentication.legs import LoginFailed, TargetNames
from bridgehead.authentication.ntlm_flags import OEM, REQUEST_TARGET, UNICODE
from bridgehead.authentication.ntlm_messages import challenge_message, kind_of, read_authenticate, read_negotiate
from tests.authentication import published_vectors as published
from tests.authentication.logins import NAMES
from tests.authentication.messages import CURL, SIGNATURE, authenticate, pair, unicode_flags

BLOB = bytes(16) + b"\x01\x01" + bytes(26)
WINDOWS = 0xE2088297
"""The flags of a Windows client in SPNEGO, LAN Manager's key among them."""


def failure(message: bytes) -> Outcome:
    with pytest.raises(LoginFailed) as failed:
        read_authenticate(message)
    return failed.value.outcome


def test_the_published_authenticate_message_is_read() -> None:
    found = read_authenticate(published.AUTHENTICATE_MESSAGE)
    assert (found.user, found.domain, found.workstation) == ("User", "Domain", "COMPUTER")
    assert found.nt_response == published.NT_PROOF + published.BLOB
    assert found.encrypted_key == published.ENCRYPTED_SESSION_KEY
    assert (found.binding, found.code) == (None, None)


def test_the_message_of_curl_is_a_first_message() -> None:
    assert len(CURL) == 32
    assert kind_of(CURL) == 1
    assert read_negotiate(CURL) & OEM


@pytest.mark.parametrize("message", [CURL[:15], SIGNATURE + struct.pack("<II", 1, 0), CURL + bytes(1024)])
def test_a_first_message_too_short_too_long_or_without_a_character_set_is_malformed(message: bytes) -> None:
    with pytest.raises(LoginFailed):
        read_negotiate(message)


# Challenges, as another implementation reads them


def challenge(asked: int, names: TargetNames = NAMES) -> Challenge:
    return Challenge.unpack(challenge_message(asked, names, b"8 random", 134_000_000_000_000_000))


def test_the_published_challenge_and_ours_have_the_same_frame() -> None:
    ours = challenge_message(published.FLAGS, TargetNames("Server", "", "", ""), published.SERVER_CHALLENGE, 0)
    assert ours[:12] == published.CHALLENGE_MESSAGE[:12]
    assert ours[16:20] == published.CHALLENGE_MESSAGE[16:20]
    assert ours[24:40] == published.CHALLENGE_MESSAGE[24:40]
    assert ours[56:68] == published.CHALLENGE_MESSAGE[56:68]


def test_a_challenge_names_domain_and_computer_as_windows_does() -> None:
    found = challenge(WINDOWS)
    assert found.target_name == "CONTOSO"
    assert found.target_info is not None
    assert {kind: str(value) for kind, value in found.target_info.items() if kind in range(1, 5)} == {
        AvId.nb_domain_name: "CONTOSO",
        AvId.nb_computer_name: "PROXY",
        AvId.dns_domain_name: "contoso.com",
        AvId.dns_computer_name: "proxy.contoso.com",
    }
    assert list(found.target_info)[-1] == AvId.eol
    assert found.server_challenge == b"8 random"


def test_a_name_that_is_not_known_is_left_out() -> None:
    found = challenge(WINDOWS, TargetNames("CONTOSO", "", "PROXY", "")).target_info
    assert found is not None
    assert AvId.dns_domain_name not in found
    assert AvId.dns_computer_name not in found


def test_a_challenge_tells_the_time() -> None:
    # The client's code over all messages hangs on it: without a time none is made (MS-NLMP 3.1.5.1.2).
    found = challenge(WINDOWS).target_info
    assert found is not None
    assert found[AvId.timestamp].year == 2025


def test_what_is_asked_for_is_given_and_the_lan_manager_key_never() -> None:
    flags = challenge(WINDOWS).flags
    for flag in ("unicode", "sign", "extended_session_security", "key_128", "key_56", "key_exch", "target_type_domain"):
        assert flags & NegotiateFlags[flag], flag
    assert not flags & NegotiateFlags.lm_key


def test_what_is_not_asked_for_is_not_given() -> None:
    flags = challenge(OEM).flags
    for flag in ("unicode", "sign", "seal", "extended_session_security", "key_128", "key_exch", "version"):
        assert not flags & NegotiateFlags[flag], flag
    assert flags & NegotiateFlags.oem


def test_a_workgroup_is_no_domain() -> None:
    found = challenge(UNICODE | REQUEST_TARGET, TargetNames("", "", "PROXY", ""))
    assert found.flags & NegotiateFlags.target_type_server
    assert found.target_name == "PROXY"


# What clients answer


def test_names_in_a_clients_own_character_set_are_read() -> None:
    assert read_authenticate(authenticate(nt_response=BLOB, user="zoë".encode())).user == "zoë"
    assert read_authenticate(authenticate(nt_response=BLOB, user="zoë".encode("latin-1"))).user == "zoë"


def test_names_in_unicode_are_read() -> None:
    message = authenticate(nt_response=BLOB, user="zoë 🙂".encode("utf-16-le"), domain=b"", flags=unicode_flags())
    assert read_authenticate(message).user == "zoë 🙂"


@pytest.mark.parametrize("name", [b"a", b"\x00\xd8", "a\nb".encode("utf-16-le"), b"a\0" * 2000, b"\0\0"])
def test_no_account_has_such_a_name(name: bytes) -> None:
    # Half a character, half a pair, a line break, far too long, and nothing where something is.
    assert failure(authenticate(nt_response=BLOB, user=name, domain=b"", flags=unicode_flags())) is Outcome.MALFORMED


@pytest.mark.parametrize("response", [b"", bytes(24), BLOB[:43], bytes(16) + b"\x02\x01" + bytes(26)])
def test_only_a_response_of_ntlm_2_is_taken(response: bytes) -> None:
    assert failure(authenticate(nt_response=response)) is Outcome.NOT_NTLM_2


def test_nobody_is_nobody() -> None:
    assert failure(authenticate(nt_response=BLOB, user=b"")) is Outcome.NOT_NTLM_2
    assert failure(authenticate(nt_response=b"", user=b"", lm_response=b"\0")) is Outcome.NOT_NTLM_2
    assert failure(authenticate(nt_response=BLOB, flags=OEM | 0x800)) is Outcome.NOT_NTLM_2


@pytest.mark.parametrize("place", range(12, 60, 8))
@pytest.mark.parametrize("offset", [0, 63, 1_000_000, 0xFFFFFFFF])
def test_a_field_outside_the_message_or_in_its_head_is_malformed(place: int, offset: int) -> None:
    message = bytearray(authenticate(nt_response=BLOB, workstation=b"PC", encrypted_key=bytes(16)))
    struct.pack_into("<I", message, place + 4, offset)
    assert failure(bytes(message)) is Outcome.MALFORMED


def test_an_empty_field_may_point_anywhere() -> None:
    message = bytearray(authenticate(nt_response=BLOB))
    struct.pack_into("<I", message, 44 + 4, 0xFFFFFFFF)
    assert read_authenticate(bytes(message)).workstation == ""


def test_an_exchanged_key_has_sixteen_bytes() -> None:
    message = authenticate(nt_response=BLOB, encrypted_key=bytes(15), flags=OEM | 0x40000000)
    assert failure(message) is Outcome.MALFORMED


@pytest.mark.parametrize(
    "pairs",
    [
        pair(10, bytes(15)),
        pair(10, bytes(16)) + pair(10, bytes(16)),
        pair(6, b"\2"),
        struct.pack("<HH", 9, 500),
        pair(6, b"\2\0\0\0"),
    ],
    ids=["short binding", "two bindings", "short flags", "beyond the end", "a code, and no place for it"],
)
def test_pairs_that_contradict_themselves_are_malformed(pairs: bytes) -> None:
    assert failure(authenticate(nt_response=BLOB + pairs + bytes(8))) is Outcome.MALFORMED


def test_pairs_without_an_end_are_taken_as_far_as_they_go() -> None:
    assert read_authenticate(authenticate(nt_response=BLOB + pair(10, b"x" * 16))).binding == b"x" * 16

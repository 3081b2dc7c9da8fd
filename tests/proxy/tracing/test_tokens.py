"""Which leg a token is: of real NTLM messages, of Kerberos' frames, and of anything else."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego.channel_bindings import GssChannelBindings

from bridgehead.lab.users import lab_users, write_credential_store
from bridgehead.proxy.tracing.tokens import Token, challenges_in, read_token

if TYPE_CHECKING:
    from pathlib import Path

USER = lab_users(1)[0]
KERBEROS = bytes.fromhex("06092a864886f712010202")
MICROSOFTS = bytes.fromhex("06092a864882f712010202")
SPNEGO = bytes.fromhex("06062b0601050502")


def credential(scheme: str, token: bytes) -> bytes:
    return f"{scheme} {base64.b64encode(token).decode()}".encode()


def frame(content: bytes, tag: int = 0x60) -> bytes:
    """One element in DER, as GSS-API frames its tokens."""
    return bytes((tag, 0x82)) + len(content).to_bytes(2, "big") + content


def legs(
    protocol: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bindings: GssChannelBindings | None = None
) -> tuple[bytes, bytes, bytes]:
    """Three real messages: the client's, the server's, the client's."""
    store = tmp_path / "users"
    write_credential_store(store, [USER])
    monkeypatch.setenv("NTLM_USER_FILE", str(store))
    options = spnego.NegotiateOptions.use_ntlm if protocol == "ntlm" else spnego.NegotiateOptions.use_negotiate
    client = spnego.client(
        USER.account, USER.password, hostname="site.test", protocol=protocol, options=options, channel_bindings=bindings
    )
    server = spnego.server(protocol=protocol, options=options)
    first = client.step()
    assert first is not None
    second = server.step(first)
    assert second is not None
    third = client.step(second)
    assert third is not None
    return first, second, third


@pytest.mark.parametrize(("protocol", "scheme"), [("ntlm", "NTLM"), ("negotiate", "Negotiate")])
def test_the_three_legs_of_ntlm_are_told_apart_raw_and_in_spnego(
    protocol: str, scheme: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second, third = legs(protocol, monkeypatch, tmp_path)
    assert read_token(credential(scheme, first)).kind == "ntlm-negotiate"
    assert read_token(credential(scheme, second)).kind == "ntlm-challenge"
    answer = read_token(credential(scheme, third))
    assert answer.kind == "ntlm-authenticate"
    assert answer.scheme == scheme
    assert answer.user == USER.account
    assert answer.ntlm_version == 2
    assert not answer.bound


def test_a_login_bound_to_a_certificate_is_known_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes(32))
    _, _, third = legs("ntlm", monkeypatch, tmp_path, bindings)
    assert read_token(credential("NTLM", third)).bound


def test_the_first_version_of_ntlm_is_known_by_the_length_of_its_answer() -> None:
    name = "ann".encode("utf-16-le")
    fields = b"".join(
        len(one).to_bytes(2, "little") * 2 + (64 + before).to_bytes(4, "little")
        for one, before in ((b"", 0), (bytes(24), 0), (b"", 0), (name, 24), (b"", 0), (b"", 0))
    )
    message = b"NTLMSSP\0" + (3).to_bytes(4, "little") + fields + (1).to_bytes(4, "little") + bytes(24) + name
    token = read_token(credential("NTLM", message))
    assert (token.kind, token.user, token.ntlm_version) == ("ntlm-authenticate", "ann", 1)


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (frame(KERBEROS + b"\x01\x00n"), "kerberos-request"),
        (frame(SPNEGO + frame(MICROSOFTS + KERBEROS, 0x30) + frame(KERBEROS + b"\x01\x00n")), "kerberos-request"),
        (frame(frame(KERBEROS + b"\x02\x00o"), 0xA1), "kerberos-reply"),
        (frame(frame(KERBEROS + b"\x03\x00~"), 0xA1), "kerberos-error"),
        (frame(SPNEGO + frame(MICROSOFTS, 0x30)), "spnego-init"),
        (frame(bytes.fromhex("3005a0030a0101"), 0xA1), "spnego-response"),
        (frame(bytes.fromhex("3005a0030a0102"), 0xA1), "spnego-reject"),
        (b"hello", "unreadable"),
        (b"NTLMSSP\0", "unreadable"),
        (b"NTLMSSP\0\x09\0\0\0", "unreadable"),
    ],
)
def test_frames_tell_what_they_hold(token: bytes, kind: str) -> None:
    assert read_token(credential("Negotiate", token)).kind == kind


def test_a_scheme_alone_is_no_token_and_nonsense_is_unreadable() -> None:
    assert read_token(b"Negotiate") == Token("Negotiate", "none")
    assert read_token(b"NTLM ***") == Token("NTLM", "unreadable")
    assert read_token(b"") == Token("", "none")


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"NTLMSSP\0\x03\0\0\0", b"NTLMSSP\0\x02\0\0\0", b"\x60", KERBEROS])
)
def test_whatever_a_client_sends_is_read_without_an_exception(rest: bytes, beginning: bytes) -> None:
    read_token(credential("NTLM", beginning + rest))
    read_token(beginning + rest)


def test_challenges_are_found_on_lines_of_their_own_and_joined_by_commas() -> None:
    apart = b"\r\nWWW-Authenticate: Negotiate\r\nX: y\r\nwww-authenticate: NTLM TlRMTVNTUAACAAAA\r\n\r\n"
    assert [(one.scheme, one.kind) for one in challenges_in(apart)] == [
        ("Negotiate", "none"),
        ("NTLM", "ntlm-challenge"),
    ]
    joined = b'WWW-Authenticate: Basic realm="NTLM", Negotiate, NTLM\r\n\r\n'
    assert [one.scheme for one in challenges_in(joined)] == ["Negotiate", "NTLM"]

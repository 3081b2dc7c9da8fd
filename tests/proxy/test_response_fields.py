from __future__ import annotations

import pytest

from bridgehead.proxy.fields import CHUNKED
from bridgehead.proxy.response_fields import ResponseFields, judge_response_fields, without_framing


def block(*lines: bytes) -> bytes:
    return b"".join(b"\r\n" + line for line in lines) + b"\r\n\r\n"


def accepted(*lines: bytes) -> ResponseFields:
    fields = judge_response_fields(block(*lines))
    assert fields is not None
    return fields


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 3", b"Transfer-Encoding: chunked"),  # RFC 9112 6.3
        (b"Transfer-Encoding: chunked", b"Content-Length: 3"),
        (b"Content-Length: 3", b"Content-Length: 4"),
        (b"Content-Length: 3", b"Content-Length: 3"),
        (b"Content-Length: 3, 3",),
        (b"Content-Length: +3",),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x10",),
        (b"Content-Length:",),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: identity",),
        (b"X : y",),  # RFC 9112 5.1
        (b"Content-Length : 3",),
        (b"X: y", b" z"),  # RFC 9112 5.2
        (b"X: y", b"\tContent-Length: 3"),
        (b"X: y\nZ: w",),  # RFC 9112 2.2
        (b"X: y\rZ: w",),
        (b"X: \x00",),  # RFC 9110 5.5
        (b"X: a\x01b",),
        (b"X: a\x7fb",),
        (b"X\x00: y",),
        (b": y",),
        (b"X Y: z",),
        (b"no colon",),
        (b"Connection: Content-Length", b"Content-Length: 3"),  # RFC 9110 7.6.1
        (b"Connection: transfer-encoding", b"Transfer-Encoding: chunked"),
        (b"Connection: WWW-Authenticate", b"WWW-Authenticate: NTLM"),
        (b"Upgrade: x", b"Connection: Upgrade", b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        (b"Upgrade: x", b"Connection: Upgrade", b"X: y", b" z"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_passed_on(lines: tuple[bytes, ...]) -> None:
    assert judge_response_fields(block(*lines)) is None


def test_the_length_of_the_body_is_read() -> None:
    assert accepted().length is None
    assert accepted(b"content-length: 0").length == 0
    assert accepted(b"Content-Length:42 ").length == 42
    assert accepted(b"transfer-encoding: Chunked").length == CHUNKED


def test_hop_by_hop_fields_are_not_passed_on() -> None:
    fields = accepted(
        b"A: 1",
        b"Connection: keep-alive, X-Hop",
        b"Keep-Alive: timeout=5",
        b"X-Hop: 1",
        b"Proxy-Connection: close",
        b"upgrade: h2c",
        b"B: 2",
    )
    assert fields.block == block(b"A: 1", b"B: 2")
    assert fields.keep_alive
    assert not fields.close


@pytest.mark.parametrize(
    "line",
    [
        b"Set-Cookie: a=b", b"WWW-Authenticate: NTLM", b"WWW-Authenticate: Negotiate oYG2", b"Server: IIS/8.5",
        b"X-MS-Diagnostics: 28033;x", b"Persistent-Auth: true", b"Trailer: X", b"Date: \xe9", b"X:", b"Kpgrade: x",
    ],
)  # fmt: skip
def test_every_other_field_is_passed_on_byte_for_byte(line: bytes) -> None:
    assert accepted(b"A: 1", line, b"Connection: close", b"B:2").block == block(b"A: 1", line, b"B:2")


@pytest.mark.parametrize("challenge", [b"NTLM", b"Negotiate", b"negotiate abc", b'Basic realm="x", NTLM', b"Nego2"])
def test_a_challenge_that_authenticates_the_connection_is_noted(challenge: bytes) -> None:
    assert accepted(b"WWW-Authenticate: " + challenge).binds


@pytest.mark.parametrize("challenge", [b'Basic realm="NTLM"', b"Bearer", b'Digest realm="x", nonce="negotiate"'])
def test_a_challenge_that_authenticates_a_request_is_none_of_those(challenge: bytes) -> None:
    assert not accepted(b"WWW-Authenticate: " + challenge).binds


def test_one_challenge_of_several_is_enough() -> None:
    assert accepted(b"WWW-Authenticate: Bearer", b"www-authenticate: NTLM", b"WWW-Authenticate: Basic").binds


def test_an_upgrade_counts_only_where_connection_says_so() -> None:
    assert accepted(b"Upgrade: websocket", b"Connection: Upgrade").upgrade == b"websocket"
    assert accepted(b"Upgrade: websocket").upgrade == b""


@pytest.mark.parametrize("framing", [b"Content-Length: 5", b"transfer-encoding:chunked"])
def test_an_answer_without_a_body_announces_none(framing: bytes) -> None:
    fields = accepted(b"A: 1", framing, b"B: 2")
    silent = without_framing(fields)
    assert silent.block == block(b"A: 1", b"B: 2")
    assert silent.length == fields.length, "it may come all the same"
    assert framing in fields.block, "what is remembered is not changed"

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgehead.proxy.fields import CHUNKED, host_of_authority
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.request_fields import RequestFields, judge_request_fields

HOST = b"\r\nHost: a.test"


def block(*lines: bytes) -> bytes:
    return b"".join(b"\r\n" + line for line in lines) + b"\r\n\r\n"


def judge(*lines: bytes) -> RequestFields | Refusal:
    return judge_request_fields(block(*lines), 200)


def accepted(*lines: bytes) -> RequestFields:
    fields = judge(*lines)
    assert isinstance(fields, RequestFields), fields
    return fields


def with_host(*lines: bytes) -> RequestFields:
    return accepted(b"Host: a.test", *lines)


def sent(*lines: bytes) -> bytes:
    return with_host(*lines).block


# What is refused, with the clause that says so

REFUSED = [
    # RFC 9112 6.1, 6.3: two framings, or one that can be read twice
    ((b"Content-Length: 3", b"Transfer-Encoding: chunked"), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: chunked", b"Content-Length: 3"), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 3", b"Content-Length: 4"), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 3", b"content-length: 3"), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 3, 3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: +3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: -3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 0x3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 3 3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 1e3",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 1_000",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: \xb2",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length:",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Content-Length: 18446744073709551617",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: gzip, chunked",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: chunked, identity",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: chunked, chunked",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: identity",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: xchunked",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: \x0bchunked",), Refusal.MALFORMED_FIELDS),
    ((b'Transfer-Encoding: "chunked"',), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding: chunked;q=1",), Refusal.FRAMING_AMBIGUOUS),
    ((b"Transfer-Encoding:",), Refusal.FRAMING_AMBIGUOUS),
    # RFC 9112 3.2: exactly one Host
    ((b"Host: b.test",), Refusal.HOST_AMBIGUOUS),
    ((b"host: a.test",), Refusal.HOST_AMBIGUOUS),
    # RFC 9112 5.1: no white space before the colon
    ((b"Content-Length : 3",), Refusal.MALFORMED_FIELDS),
    ((b"X\t: y",), Refusal.MALFORMED_FIELDS),
    # RFC 9112 5.2: obs-fold
    ((b"X: y", b" z"), Refusal.MALFORMED_FIELDS),
    ((b"X: y", b"\tz: w"), Refusal.MALFORMED_FIELDS),
    # RFC 9112 2.2: bare CR and LF
    ((b"X: y\nZ: w",), Refusal.MALFORMED_FIELDS),
    ((b"X: y\rZ: w",), Refusal.MALFORMED_FIELDS),
    ((b"X: y\r\r",), Refusal.MALFORMED_FIELDS),
    # RFC 9110 5.5: NUL and controls
    ((b"X: \x00",), Refusal.MALFORMED_FIELDS),
    ((b"X: a\x01b",), Refusal.MALFORMED_FIELDS),
    ((b"X: a\x7fb",), Refusal.MALFORMED_FIELDS),
    ((b"X\x00Y: z",), Refusal.MALFORMED_FIELDS),
    # RFC 9110 5.6.2: names are tokens
    ((b"X Y: z",), Refusal.MALFORMED_FIELDS),
    ((b": z",), Refusal.MALFORMED_FIELDS),
    ((b"X(y): z",), Refusal.MALFORMED_FIELDS),
    ((b"X\xe4: z",), Refusal.MALFORMED_FIELDS),
    ((b"no colon",), Refusal.MALFORMED_FIELDS),
    # RFC 9110 7.6.1: what the message itself stands on cannot be nominated
    ((b"Connection: host",), Refusal.MALFORMED_FIELDS),
    ((b"Connection: close, Content-Length", b"Content-Length: 3"), Refusal.MALFORMED_FIELDS),
    ((b"Connection: Transfer-Encoding", b"Transfer-Encoding: chunked"), Refusal.MALFORMED_FIELDS),
    ((b"Connection: Authorization", b"Authorization: Bearer x"), Refusal.MALFORMED_FIELDS),
    ((b"Connection: a b",), Refusal.MALFORMED_FIELDS),
    # RFC 9110 11.6.2: one credential
    ((b"Authorization: NTLM x", b"Authorization: Bearer y"), Refusal.CREDENTIALS_AMBIGUOUS),
    # RFC 9110 10.1.1
    ((b"Expect: 200-maybe",), Refusal.EXPECTATION),
]


@pytest.mark.parametrize(("lines", "refusal"), REFUSED)
def test_what_can_be_read_in_two_ways_is_refused(lines: tuple[bytes, ...], refusal: Refusal) -> None:
    assert judge(b"Host: a.test", *lines) is refusal


@pytest.mark.parametrize(
    "host",
    [
        b"", b"a b", b"a.test/", b"a.test:", b"a.test:x", b"a.test:65536", b"a.test:080000", b"user@a.test", b"a..test",
        b"-a.test", b"a,b", b"[::1", b"::1", b"a.test:80:80", b"a\xe4.test", b"a%2etest", b"*",
    ],
)  # fmt: skip
def test_a_host_that_is_none_is_refused(host: bytes) -> None:
    assert judge(b"Host: " + host) is Refusal.HOST_MALFORMED


def test_a_request_without_host_is_refused() -> None:
    assert judge(b"Accept: */*") is Refusal.HOST_MISSING


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"Lync.Contoso.COM", "lync.contoso.com"),
        (b"a.test.", "a.test"),
        (b"a.test:4443", "a.test"),
        (b"10.1.2.3:80", "10.1.2.3"),
        (b"[2001:db8::1]:443", "2001:db8::1"),
        (b"_sip.a.test", "_sip.a.test"),
    ],
)
def test_the_host_is_read_in_one_spelling_and_sent_as_it_came(value: bytes, host: str) -> None:
    fields = accepted(b"Host: " + value)
    assert fields.host == host
    assert fields.block == block(b"Host: " + value)


# Framing


def test_the_length_of_the_body_is_read() -> None:
    assert with_host().length == 0
    assert with_host(b"Content-Length: 0").length == 0
    assert with_host(b"content-LENGTH:\t42 ").length == 42
    assert with_host(b"Transfer-Encoding: Chunked").length == CHUNKED


# What is removed


@pytest.mark.parametrize(
    "line",
    [
        b"Connection: keep-alive",
        b"Keep-Alive: timeout=5",
        b"Proxy-Connection: keep-alive",
        b"TE: trailers",
        b"Upgrade: websocket",
        b"HTTP2-Settings: AAMAAABkAAQAAP__",
        b"Proxy-Authorization: Basic eA==",
        b"Forwarded: for=1.2.3.4",
        b"X-Forwarded-For: 1.2.3.4",
        b"X-Forwarded-Host: evil.test",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Port: 443",
        b"x-forwarded-anything-else: 1",
        b"X-Real-IP: 1.2.3.4",
        b"X-Original-URL: /a",
        b"x_rewrite_url: /a",
        b"X-Bridgehead-Instance: 0123",
    ],
)
def test_hop_by_hop_and_forwarding_fields_are_not_sent_on(line: bytes) -> None:
    spellings = {
        line,
        line.replace(b": ", b":"),
        line.lower(),
        line.upper(),
        line + b"  ",
        line.replace(b": ", b": \t"),
    }
    for spelling in spellings:
        assert sent(b"A: 1", spelling, b"B: 2") == block(b"Host: a.test", b"A: 1", b"B: 2")
        assert sent(spelling, b"A: 1", spelling) == block(b"Host: a.test", b"A: 1")


def test_what_connection_nominates_is_not_sent_on() -> None:
    nominating = b"Connection: close, X-Hop,  y-hop ,, Z"
    assert sent(nominating, b"X-Hop: 1", b"X-Hopper: 2", b"Y-HOP: 3", b"z: 4", b"ZZ: 5", b"x-hop: 6") == block(
        b"Host: a.test", b"X-Hopper: 2", b"ZZ: 5"
    )


def test_several_connection_fields_are_one_list() -> None:
    fields = with_host(b"Connection: X-Hop", b"X-Hop: 1", b"connection: close")
    assert fields.close
    assert fields.block == block(b"Host: a.test")


@pytest.mark.parametrize(
    "line",
    [
        b"X-MS-WebTicket: abc", b"Cookie: a=b; c=d", b"Trailer: X", b"Via: 1.1 b", b"Date: \xe9", b"X:", b"X: \t ",
        b"Accept-Encoding: gzip", b"Hosts: c", b"Content-Length-X: 5", b"X-Forwarded: 1", b"X-Connection: close",
        b"ETag: x", b"Cost: 5", b"Expect: 100-continue", b"Authorization: Bearer xyz", b"If-None-Match: *",
        # Names that differ from removed ones in their first letter alone.
        b"He: x", b"Ce: x", b"Xe: x", b"Ke: x", b"Pe: x", b"Fe: x", b"Ue: x", b"Tonnection: x", b"Hpgrade: x",
    ],
)  # fmt: skip
def test_every_other_field_is_sent_byte_for_byte(line: bytes) -> None:
    assert sent(b"A: 1", line, b"B:2") == block(b"Host: a.test", b"A: 1", line, b"B:2")


# What is noted


def test_an_upgrade_is_offered_only_where_connection_says_so() -> None:
    assert with_host(b"Upgrade: websocket", b"Connection: Upgrade").upgrade == b"websocket"
    assert with_host(b"Upgrade: websocket").upgrade == b""
    assert with_host(b"Connection: upgrade").upgrade == b""


@pytest.mark.parametrize("offer", [b"h2c", b"H2C", b"h2", b"websocket, h2c", b"a b"])
def test_no_upgrade_is_passed_on_that_could_not_be_followed(offer: bytes) -> None:
    assert with_host(b"Upgrade: " + offer, b"Connection: Upgrade").upgrade == b""


def test_an_upgrade_with_a_body_is_not_passed_on() -> None:
    assert with_host(b"Upgrade: websocket", b"Connection: Upgrade", b"Content-Length: 3").upgrade == b""


def test_two_upgrades_are_none() -> None:
    assert with_host(b"Upgrade: websocket", b"Upgrade: h2c", b"Connection: Upgrade").upgrade == b""


def test_the_credential_is_noted_and_sent() -> None:
    fields = with_host(b"Authorization: Negotiate YII=")
    assert fields.binds
    assert fields.authorization == b"Negotiate YII="
    assert b"Authorization: Negotiate YII=" in fields.block
    assert not with_host(b"Authorization: Bearer NTLM").binds


def test_what_the_sender_says_of_others_is_noted() -> None:
    fields = with_host(
        b"X-Forwarded-For: 1.2.3.4",
        b"Forwarded: for=5.6.7.8",
        b"X-Bridgehead-Instance: ab",
        b"x-bridgehead-instance: cd",
    )
    assert b"1.2.3.4" in fields.declared_client
    assert b"5.6.7.8" in fields.declared_client
    assert fields.instance == b"ab, cd"


# Another parser agrees

_NAMES = st.sampled_from(
    [
        b"Host", b"host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade", b"TE", b"Expect",
        b"Authorization", b"X-Forwarded-For", b"Forwarded", b"Keep-Alive", b"Cookie", b"X-A", b"x-b", b"Xe", b"Via",
    ]
) | st.from_regex(rb"[A-Za-z-]{1,6}", fullmatch=True)  # fmt: skip
_VALUES = st.sampled_from(
    [
        b"a.test", b"A.Test:8080", b"b.test", b"0", b"3", b"03", b"+3", b"3,3", b"chunked", b"Chunked", b"gzip",
        b"close", b"keep-alive", b"Upgrade", b"x-a", b"X-B, close", b"websocket", b"100-continue", b"trailers", b"",
    ]
) | st.from_regex(rb"[!-~\x80-\xff]([\t -~\x80-\xff]{0,6}[!-~])?", fullmatch=True)  # fmt: skip
_SPACE = st.sampled_from([b" ", b"", b"\t", b"  "])
_LINE = st.tuples(_NAMES, st.just(b":"), _SPACE, _VALUES, st.sampled_from([b"", b"", b" "])).map(b"".join)
_BROKEN = st.sampled_from([b" folded: x", b"X : y", b"X: a\nB: c", b"nocolon", b"X: \x00", b"X: a\rb", b""])
_BLOCKS = st.lists(st.one_of(_LINE, _LINE, _LINE, _LINE, _LINE, _BROKEN), max_size=7).map(
    lambda lines: block(b"Host: a.test", *lines)
)

REMOVED = {
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"http2-settings", b"proxy-authorization",
    b"forwarded", b"x-forwarded-for", b"x-real-ip", b"x-bridgehead-instance",
}  # fmt: skip


def read_by_h11(fields: bytes) -> h11.Request:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(b"POST / HTTP/1.1" + fields)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    return request


def nominated(request: h11.Request) -> set[bytes]:
    values = b",".join(value for name, value in request.headers if name == b"connection")
    return {option.strip(b" \t").lower() for option in values.split(b",")} | REMOVED


@given(_BLOCKS)
@example(block(b"Host: a.test", b"Xe: x"))
@example(block(b"Host: a.test", b"Content-Length:3", b"Connection: x-a", b"X-A: 1"))
def test_what_is_sent_is_read_alike_by_another_parser(received: bytes) -> None:
    fields = judge_request_fields(received, 200)
    if isinstance(fields, Refusal):
        return
    before, after = read_by_h11(received), read_by_h11(fields.block)
    hosts = [value for name, value in after.headers if name == b"host"]
    assert [host_of_authority(host) for host in hosts] == [fields.host]
    framing = [(name, value) for name, value in after.headers if name in (b"content-length", b"transfer-encoding")]
    match fields.length:
        case 0:
            assert all(int(value) == 0 for name, value in framing if name == b"content-length")
            assert not [name for name, _ in framing if name == b"transfer-encoding"]
        case length if length == CHUNKED:
            assert framing == [(b"transfer-encoding", b"chunked")]
        case length:
            assert [(name, int(value)) for name, value in framing] == [(b"content-length", length)]
    gone = nominated(before)
    assert list(after.headers) == [(name, value) for name, value in before.headers if name not in gone]


@given(_BLOCKS)
def test_what_another_parser_refuses_is_refused(received: bytes) -> None:
    try:
        read_by_h11(received)
    except h11.RemoteProtocolError:
        assert isinstance(judge_request_fields(received, 200), Refusal)

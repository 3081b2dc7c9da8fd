from __future__ import annotations

import pytest

from bridgehead.proxy.head import (
    REMEMBERED_BLOCKS,
    REMEMBERED_BYTES,
    RequestHead,
    RequestHeadCutter,
    ResponseHead,
    ResponseHeadCutter,
)
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.request_fields import RequestFields

ORDINARY = (
    b"POST /ucwa/v1/applications?x=1 HTTP/1.1\r\nHost: lync.contoso.com\r\nContent-Length: 3\r\n"
    b"Accept: application/json\r\n\r\n"
)
REFUSED_WHOLE = b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n"


def cutter(**limits: int) -> RequestHeadCutter:
    return RequestHeadCutter(
        limits.get("head_bytes", 65536), limits.get("most_fields", 200), limits.get("target_bytes", 16384)
    )


def cut(data: bytes, **limits: int) -> RequestHead | Refusal | None:
    found = cutter(**limits).cut(data)
    return found[0] if isinstance(found, tuple) else found


def accepted(data: bytes) -> RequestHead:
    head = cut(data)
    assert isinstance(head, RequestHead), head
    return head


def start_line(line: bytes) -> RequestHead | Refusal | None:
    return cut(line + b"\r\nHost: a.test\r\n\r\n")


def facts(head: RequestHead) -> tuple[bytes, bytes, bool, bytes, str, int]:
    return head.method, head.target, head.old, head.fields.block, head.fields.host, head.fields.length


# Where a head ends


@pytest.mark.parametrize("head", [ORDINARY, b"\r\n" + ORDINARY, b"\r\n\r\n" + ORDINARY])
def test_a_head_that_comes_in_two_pieces_is_the_head_that_comes_in_one(head: bytes) -> None:
    whole = cutter().cut(head + b"abc")
    assert isinstance(whole, tuple)
    assert whole[1] == len(head)
    for split in range(len(head)):
        one = cutter()
        assert one.cut(head[:split]) is None, f"judged after {split} bytes"
        again = one.cut(head + b"abc")
        assert isinstance(again, tuple)
        assert facts(again[0]) == facts(whole[0])
        assert again[1] == len(head)


def test_a_refused_head_is_refused_however_it_comes() -> None:
    for split in range(len(REFUSED_WHOLE)):
        one = cutter()
        assert one.cut(REFUSED_WHOLE[:split]) is None
        assert one.cut(REFUSED_WHOLE) is Refusal.HOST_AMBIGUOUS


def test_what_follows_a_head_is_not_looked_at() -> None:
    found = cutter().cut(ORDINARY + b"\x00\n garbage")
    assert isinstance(found, tuple)
    assert found[1] == len(ORDINARY)


def test_two_empty_lines_before_a_request_are_skipped_and_a_third_is_not() -> None:
    """RFC 9112 2.2: at least one should be ignored."""
    assert isinstance(cut(b"\r\n\r\n" + ORDINARY), RequestHead)
    assert cut(b"\r\n\r\n\r\n" + ORDINARY) is Refusal.START_LINE


# The start line


@pytest.mark.parametrize(
    "method",
    [b"GET", b"POST", b"RPC_IN_DATA", b"RPC_OUT_DATA", b"BPROPPATCH", b"POLL", b"SUBSCRIBE", b"X-MS-ENUMATTS", b"get"],
)
def test_every_method_but_those_of_forward_proxies_is_taken(method: bytes) -> None:
    head = start_line(method + b" /x HTTP/1.1")
    assert isinstance(head, RequestHead)
    assert head.method == method


def test_the_target_is_kept_byte_for_byte() -> None:
    target = b"/a%2Fb/%u0043;x=1//..//c?q=%00&r=/../" + b"!$&'()*+,:@[]{}|^`\"<>"
    assert accepted(b"GET " + target + b" HTTP/1.1\r\nHost: a.test\r\n\r\n").target == target


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (b"GET / HTTP/2.0", Refusal.VERSION),
        (b"GET / HTTP/1.2", Refusal.VERSION),
        (b"GET / HTTP/0.9", Refusal.VERSION),
        (b"GET / HTTP/3", Refusal.VERSION),
        (b"GET /", Refusal.START_LINE),  # HTTP/0.9
        (b"GET / http/1.1", Refusal.START_LINE),  # RFC 9112 2.3: the name is case-sensitive
        (b"GET / HTTP/1.10", Refusal.START_LINE),
        (b"GET / HTTP/01.1", Refusal.START_LINE),
        (b"GET / HTTP/1.1 ", Refusal.START_LINE),
        (b"GET / HTTP/ 1.1", Refusal.START_LINE),
        (b" GET / HTTP/1.1", Refusal.START_LINE),
        (b"GET  / HTTP/1.1", Refusal.START_LINE),  # RFC 9112 3: single spaces
        (b"GET /  HTTP/1.1", Refusal.START_LINE),
        (b"GET\t/ HTTP/1.1", Refusal.START_LINE),
        (b"GET /a b HTTP/1.1", Refusal.START_LINE),
        (b"GET /\x00 HTTP/1.1", Refusal.START_LINE),
        (b"GET /\x7f HTTP/1.1", Refusal.START_LINE),
        (b"GET /\r HTTP/1.1", Refusal.START_LINE),
        (b"G@T / HTTP/1.1", Refusal.START_LINE),
        (b"G(T / HTTP/1.1", Refusal.START_LINE),
        (b"\x16\x03\x01\x02\x00\x01\x00", Refusal.START_LINE),  # TLS to a plain port
        (b"GET", Refusal.START_LINE),
        (b"CONNECT a.test:443 HTTP/1.1", Refusal.METHOD),
        (b"CONNECT / HTTP/1.1", Refusal.METHOD),
        (b"PRI * HTTP/2.0", Refusal.VERSION),  # RFC 9113 3.4
        (b"PRI / HTTP/1.1", Refusal.METHOD),
        (b"GET /a#b HTTP/1.1", Refusal.TARGET),  # RFC 9112 3.2
        (b"GET * HTTP/1.1", Refusal.TARGET),  # RFC 9112 3.2.4: OPTIONS alone
        (b"GET a.test HTTP/1.1", Refusal.TARGET),
        (b"GET ftp://a.test/ HTTP/1.1", Refusal.TARGET),
        (b"GET http:// HTTP/1.1", Refusal.TARGET),
        (b"GET http:///x HTTP/1.1", Refusal.TARGET),
    ],
)
def test_a_start_line_that_is_not_one_is_refused(line: bytes, refusal: Refusal) -> None:
    assert start_line(line) is refusal


def test_http_1_0_is_taken_and_closes() -> None:
    head = accepted(b"GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n")
    assert head.old
    assert head.closes


def test_http_1_1_stays_open_until_it_says_otherwise() -> None:
    assert not accepted(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").closes
    assert accepted(b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Close\r\n\r\n").closes


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked", b"transfer-encoding:chunked"])
def test_transfer_encoding_in_http_1_0_is_refused(framing: bytes) -> None:
    """RFC 9112 6.1."""
    assert cut(b"POST / HTTP/1.0\r\nHost: a.test\r\n" + framing + b"\r\n\r\n") is Refusal.FRAMING_AMBIGUOUS


# Absolute targets


@pytest.mark.parametrize(
    ("target", "forwarded"),
    [
        (b"http://a.test/x?y", b"/x?y"),
        (b"HTTPS://A.TEST:8080/x", b"/x"),
        (b"http://a.test", b"/"),
        (b"http://a.test?y=1", b"/?y=1"),
        (b"http://a.test//x", b"//x"),
    ],
)
def test_an_absolute_target_of_the_same_host_becomes_its_path(target: bytes, forwarded: bytes) -> None:
    """RFC 9112 3.2.2."""
    head = start_line(b"GET " + target + b" HTTP/1.1")
    assert isinstance(head, RequestHead)
    assert head.target == forwarded


@pytest.mark.parametrize(
    "target",
    [
        b"http://b.test/",
        b"http://a.test@b.test/",
        b"http://b.test@a.test/",
        b"http://a.test:99999/",
        b"http://a.test.b/",
    ],
)
def test_an_absolute_target_that_disagrees_with_host_is_refused(target: bytes) -> None:
    assert start_line(b"GET " + target + b" HTTP/1.1") in (Refusal.HOST_AMBIGUOUS, Refusal.TARGET)


def test_options_may_ask_for_the_server_as_a_whole() -> None:
    head = start_line(b"OPTIONS * HTTP/1.1")
    assert isinstance(head, RequestHead)
    assert head.target == b"*"


# Limits


def test_a_head_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    start, end = b"GET / HTTP/1.1\r\nHost: a.test\r\nX: ", b"\r\n\r\n"
    fitting = start + b"y" * (1000 - len(start) - len(end)) + end
    assert len(fitting) == 1000
    assert isinstance(cut(fitting, head_bytes=1000), RequestHead)
    assert cut(fitting, head_bytes=999) is Refusal.HEAD_TOO_LONG


def test_a_head_without_end_is_refused_as_soon_as_it_is_too_long() -> None:
    endless = b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"y" * 1000
    assert cut(endless, head_bytes=2000) is None
    assert cut(endless, head_bytes=1000) is Refusal.HEAD_TOO_LONG


def test_a_target_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    line = b"GET /" + b"x" * 99 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n"
    assert isinstance(cut(line, target_bytes=100), RequestHead)
    assert cut(line, target_bytes=99) is Refusal.TARGET_TOO_LONG


def test_a_start_line_without_end_is_refused_as_soon_as_it_is_too_long() -> None:
    assert cut(b"GET /" + b"x" * 200, target_bytes=100) is Refusal.TARGET_TOO_LONG


def test_more_fields_than_the_limit_are_refused() -> None:
    fields = b"".join(b"X-%d: y\r\n" % number for number in range(9))
    assert isinstance(cut(b"GET / HTTP/1.1\r\nHost: a.test\r\n" + fields + b"\r\n", most_fields=10), RequestHead)
    assert cut(b"GET / HTTP/1.1\r\nHost: a.test\r\n" + fields + b"\r\n", most_fields=9) is Refusal.TOO_MANY_FIELDS


def test_a_bare_line_feed_is_refused_without_waiting_for_the_end() -> None:
    """RFC 9112 2.2: a client that ends its lines so would otherwise wait for the time-out."""
    assert cut(b"GET / HTTP/1.1\nHost: a.test\n\n") is Refusal.START_LINE
    assert cut(b"GET / HTTP/1.1\r\nHost: a.test\n\n") is Refusal.MALFORMED_FIELDS


# The memory


def test_the_memory_changes_no_verdict() -> None:
    """Each head is judged alike by a cutter that has seen all the others before it, in both orders."""
    heads = [
        ORDINARY,
        REFUSED_WHOLE,
        b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET http://a.test/y HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"GET http://b.test/y HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n",
        b"CONNECT / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\nAuthorization: NTLM TlRMTVNTUAAB\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"y" * 5000 + b"\r\n\r\n",
    ]

    def verdict(one: RequestHeadCutter, head: bytes) -> object:
        found = one.cut(head)
        return (facts(found[0]), found[1]) if isinstance(found, tuple) else found

    for order in (heads, heads[::-1]):
        used = cutter()
        for head in [*order, *order]:
            assert verdict(used, head) == verdict(cutter(), head)
            assert verdict(used, head) == verdict(cutter(), head)


# Responses


def cut_response(data: bytes, head_bytes: int = 65536) -> tuple[ResponseHead, int] | None:
    return ResponseHeadCutter().cut(data, head_bytes)


def answered(data: bytes) -> ResponseHead:
    found = cut_response(data)
    assert found is not None
    return found[0]


def test_a_response_head_that_comes_in_two_pieces_is_the_one_that_comes_in_one() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nServer: Microsoft-IIS/8.5\r\n\r\n"
    for split in range(len(head)):
        assert cut_response(head[:split]) is None
    found = cut_response(head + b"abc")
    assert found is not None
    assert found[1] == len(head)
    assert found[0].fields.length == 3


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1 200 Tout va bien \xe9", b"HTTP/1.1 599 x"]
)
def test_a_status_line_is_taken_with_any_phrase_or_none(line: bytes) -> None:
    assert answered(line + b"\r\nContent-Length: 0\r\n\r\n").start_line == line


def test_an_answer_in_http_1_0_is_passed_on_as_http_1_1() -> None:
    """RFC 9112 2.3: an intermediary sends its own version."""
    head = answered(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert head.start_line == b"HTTP/1.1 200 OK"
    assert head.closes


def test_an_http_1_0_server_may_keep_its_connection() -> None:
    assert not answered(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").closes


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 600 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"http/1.1 200 OK\r\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\x00\r\n\r\n",
        b"HTTP/1.1 200 O\x0bK\r\n\r\n",
        b"HTTP/1.1 200 OK\n\n",
        b"HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",  # RFC 9112 6.1
    ],
)
def test_an_answer_that_is_no_answer_is_malformed(head: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cut_response(head)


def test_a_response_head_without_end_is_malformed_once_it_is_too_long() -> None:
    endless = b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000
    assert cut_response(endless, 2000) is None
    for head in (endless, endless + b"\r\n\r\n"):
        with pytest.raises(ValueError, match="response"):
            cut_response(head, 1000)


def test_the_memory_of_answers_changes_no_verdict() -> None:
    good, bad = b"\r\nContent-Length: 3\r\n\r\n", b"\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"
    chunks = b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    used = ResponseHeadCutter()
    for fields in (good, good, bad, bad, good, chunks, chunks, b"\r\n\r\n", b"\r\n\r\n"):
        for line in (b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 200 OK"):

            def verdict(one: ResponseHeadCutter, head: bytes) -> object:
                try:
                    found = one.cut(head, 65536)
                except ValueError:
                    return "malformed"
                assert found is not None
                return found[0].status, found[0].old, found[0].fields.length, found[0].fields.block, found[1]

            assert verdict(used, line + fields) == verdict(ResponseHeadCutter(), line + fields)


def test_a_target_in_raw_utf_8_is_taken() -> None:
    """Old Internet Explorer and Office components send it, above all in queries."""
    assert isinstance(start_line("GET /Документы/x?t=Привет HTTP/1.1".encode()), RequestHead)


def test_a_head_that_comes_in_bytes_is_not_searched_from_its_beginning_for_each() -> None:
    """It took a millisecond for each byte of a long head: one slow sender could keep a worker busy."""
    head = b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"y" * 60_000
    one = cutter()
    assert one.cut(head) is None
    # A fault in what was looked at already is not found again before the end: nobody looks there.
    assert one.cut(head.replace(b"Host", b"Ho\nt") + b"y") is None
    assert one.cut(head + b"y\n") is Refusal.MALFORMED_FIELDS
    assert one.cut(head.replace(b"Host", b"Ho\nt") + b"\r\n\r\n") is Refusal.MALFORMED_FIELDS
    assert isinstance(one.cut(head[:1000] + b"\r\n\r\n"), tuple), "a shorter one is another"


@pytest.mark.parametrize("beginning", [b"\r\n", b"\r\n\r\n"])
def test_after_empty_lines_that_came_alone_a_head_is_searched_whole(beginning: bytes) -> None:
    one = cutter()
    assert one.cut(beginning) is None
    assert one.cut(b"\nGET /") is Refusal.START_LINE


def test_what_another_connection_began_with_is_not_judged_again_but_is_read_alike() -> None:
    judged: dict[bytes, RequestFields] = {}
    request = b"GET /%d HTTP/1.1\r\nHost: a.test\r\nCookie: a=b\r\n\r\n"
    heads = []
    for number in range(2):
        found = RequestHeadCutter(65536, 200, 16384, judged).cut(request % number)
        assert isinstance(found, tuple)
        heads.append(found[0])
    assert heads[0].fields is heads[1].fields
    assert [head.target for head in heads] == [b"/0", b"/1"]


def test_of_what_connections_begin_with_no_credential_no_refusal_and_nothing_long_is_kept() -> None:
    judged: dict[bytes, RequestFields] = {}
    for field in (b"Authorization: NTLM TlRM", b"Content-Length: x", b"X-Long: " + b"x" * REMEMBERED_BYTES):
        RequestHeadCutter(65536, 200, 16384, judged).cut(b"GET / HTTP/1.1\r\nHost: a.test\r\n" + field + b"\r\n\r\n")
    assert judged == {}
    for number in range(2 * REMEMBERED_BLOCKS):
        RequestHeadCutter(65536, 200, 16384, judged).cut(b"GET / HTTP/1.1\r\nHost: a%d.test\r\n\r\n" % number)
        assert 1 <= len(judged) <= REMEMBERED_BLOCKS

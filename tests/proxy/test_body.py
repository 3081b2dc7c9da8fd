from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.body import LONGEST_LINE, LONGEST_TRAILER, NO_BODY, ByLength, Chunked, MalformedBody, UntilClose

WIKI = b"4\r\nWiki\r\n6;x=1\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n"


def consumed(data: bytes, pieces: list[int] | None = None) -> tuple[int, bool]:
    """How much of `data` one body takes, fed in pieces of these lengths and then whole; and whether it is whole."""
    framing, position = Chunked(), 0
    for length in [*(pieces or ()), len(data)]:
        piece = data[position : position + length]
        if not piece or framing.done:
            break
        taken = framing.feed(piece)
        position += taken
        if taken < len(piece):
            break
    return position, framing.done


def is_malformed(data: bytes) -> bool:
    try:
        consumed(data)
    except MalformedBody:
        return True
    return False


# Length


def test_a_body_of_a_length_takes_that_much_and_no_more() -> None:
    body = ByLength(5)
    assert body.feed(b"abc") == 3
    assert not body.done
    assert not body.end()
    assert body.feed(b"defgh") == 2
    assert body.done
    assert body.end()
    assert body.feed(b"next") == 0


def test_a_body_of_no_length_is_done_at_once() -> None:
    assert ByLength(0).done
    assert NO_BODY.done
    assert NO_BODY.feed(b"next") == 0
    assert NO_BODY.end()


# Close


def test_a_body_until_the_end_takes_everything_and_is_whole_at_the_end_alone() -> None:
    body = UntilClose()
    assert body.feed(b"x" * 10) == 10
    assert not body.done
    assert body.end()
    assert body.done


# Chunks


@pytest.mark.parametrize(
    "body",
    [
        WIKI,
        b"0\r\n\r\n",
        b"000000000000000\r\n\r\n",
        b"00003\r\nabc\r\n0\r\n\r\n",
        b"a\r\n0123456789\r\n0\r\n\r\n",
        b"A\r\n0123456789\r\n0\r\n\r\n",
        b'1;a;b=c;d="e;\\"";f\r\nx\r\n0\r\n\r\n',
        b"1 ; a = b\r\nx\r\n0;last\r\n\r\n",
        b"1\r\nx\r\n0\r\nX-Checksum: 1\r\nY:\r\n\r\n",
        b"2\r\n\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_chunked_body_is_taken_to_its_last_byte_and_no_further(body: bytes) -> None:
    after = b"GET / HTTP/1.1\r\n"
    assert consumed(body + after) == (len(body), True)
    for split in range(1, len(body)):
        assert consumed(body + after, [split]) == (len(body), True), f"split after {split}"
    assert consumed(body + after, [1] * len(body)) == (len(body), True)


def test_a_trailer_field_with_a_reserved_name_is_refused_and_others_are_not() -> None:
    framing = Chunked(lambda name: name == b"Intranet-User")
    begun = b"1\r\nx\r\n0\r\nX-Checksum: 1\r\n"
    assert framing.feed(begun) == len(begun)
    with pytest.raises(MalformedBody):
        framing.feed(b"Intranet-User: root\r\n")


def test_a_chunked_body_is_whole_at_no_earlier_byte() -> None:
    for length in range(len(WIKI)):
        framing = Chunked()
        assert framing.feed(WIKI[:length]) == length
        assert not framing.end()


@pytest.mark.parametrize(
    "body",
    [
        # RFC 9112 7.1: sizes
        b"\r\n\r\n",
        b"g\r\n",
        b"-1\r\n",
        b"+1\r\nx\r\n0\r\n\r\n",
        b"0x1\r\nx\r\n0\r\n\r\n",
        b" 1\r\nx\r\n0\r\n\r\n",
        b"1 \r\nx\r\n0\r\n\r\n",
        b"1_0\r\n",
        b"1 1\r\n",
        b"1,1\r\n",
        b"10000000000000000\r\n",  # 2 to the 64th
        b"ffffffffffffffff\r\n",
        b"1\r\nxy\r\n0\r\n\r\n",  # longer than its size
        b"2\r\nx\r\n0\r\n\r\n",  # shorter
        b"1\r\nx0\r\n\r\n",
        b"1\r\nx\n0\r\n\r\n",
        # RFC 9112 2.2: bare CR and LF
        b"1\nx\r\n0\r\n\r\n",
        b"1\r\r\nx\r\n0\r\n\r\n",
        b"0\r\n\n",
        b"0\n\n",
        b"0\r\n\r\r\n",
        # RFC 9112 7.1.1: extensions
        b"1;\r\nx\r\n0\r\n\r\n",
        b"1;=y\r\nx\r\n0\r\n\r\n",
        b"1;a=\r\nx\r\n0\r\n\r\n",
        b'1;a="b\r\nx\r\n0\r\n\r\n',
        b"1;a\x00\r\nx\r\n0\r\n\r\n",
        b"1;a\rb\r\nx\r\n0\r\n\r\n",
        b"1;a\nb\r\nx\r\n0\r\n\r\n",
        b"1 a\r\nx\r\n0\r\n\r\n",
        # RFC 9112 7.1.2, RFC 9110 6.5.1: trailers
        b"0\r\nX : y\r\n\r\n",
        b"0\r\nnocolon\r\n\r\n",
        b"0\r\nX: y\n\r\n",
        b"0\r\nX: \x00\r\n\r\n",
        b"0\r\nX: y\r\n z\r\n\r\n",
        b"0\r\n: y\r\n\r\n",
        b"0\r\nContent-Length: 5\r\n\r\n",
        b"0\r\ntransfer-encoding: chunked\r\n\r\n",
        b"0\r\nHost: b.test\r\n\r\n",
        b"0\r\nAuthorization: NTLM x\r\n\r\n",
        b"0\r\nConnection: close\r\n\r\n",
        b"0\r\nSet-Cookie: a=b\r\n\r\n",
        b"0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
        b"0\r\nx_forwarded_server: a\r\n\r\n",
        b"0\r\nX-Original-URL: /a\r\n\r\n",
    ],
)
def test_chunks_that_can_be_read_in_two_ways_are_malformed(body: bytes) -> None:
    assert is_malformed(body)
    with pytest.raises(MalformedBody):
        consumed(body, [1] * len(body))


def test_lines_without_end_are_malformed_before_they_fill_the_memory() -> None:
    assert is_malformed(b"1;" + b"a" * LONGEST_LINE)
    assert is_malformed(b"0\r\nX: " + b"a" * LONGEST_LINE)
    assert is_malformed(b"0\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * (LONGEST_TRAILER // 1000 + 1))


# Another parser agrees


def read_by_h11(data: bytes) -> tuple[bytes, int] | None:
    """The content and the length of a chunked body as h11 reads it; None where it refuses or wants more."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    content = b""
    try:
        connection.next_event()
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                return None
            content += event.data
    except h11.RemoteProtocolError:
        return None
    return content, len(data) - len(connection.trailing_data[0])


_CHUNK = st.binary(min_size=1, max_size=40).map(lambda data: b"%x\r\n%s\r\n" % (len(data), data))
_WITH_EXTENSION = st.binary(min_size=1, max_size=9).map(lambda data: b"%X;a=b\r\n%s\r\n" % (len(data), data))
_TRAILERS = st.sampled_from([b"", b"X-A: 1\r\n", b"X-A: 1\r\nX-B:\r\n"])
_BODY = st.tuples(
    st.lists(_CHUNK | _WITH_EXTENSION, max_size=5).map(b"".join), st.just(b"0\r\n"), _TRAILERS, st.just(b"\r\n")
).map(b"".join)
_PIECES = st.lists(st.integers(1, 30), max_size=20)


@given(_BODY, st.binary(max_size=20), _PIECES)
def test_another_parser_finds_the_same_end(body: bytes, after: bytes, pieces: list[int]) -> None:
    assert consumed(body + after, pieces) == (len(body), True)
    read = read_by_h11(body + after)
    assert read is not None
    assert read[1] == len(body)


# No space: h11 refuses the white space around `;` that RFC 9112 7.1.1 allows.
_PUT = st.sampled_from([b"", b"\r", b"\n", b"0", b";", b"\x00", b"\r\n"])


@given(_BODY, st.integers(0, 200), _PUT, st.integers(0, 2))
def test_where_another_parser_disagrees_the_body_is_malformed(body: bytes, at: int, put: bytes, cut: int) -> None:
    """A body with one place changed: either both find the same end, or ours refuses it, or ours waits for more."""
    changed = body[: at % len(body)] + put + body[at % len(body) + cut :]
    if is_malformed(changed):
        return
    end, done = consumed(changed)
    read = read_by_h11(changed)
    assert not done or (read is not None and read[1] == end)


@given(st.lists(st.binary(min_size=1, max_size=17), min_size=1, max_size=30), st.booleans(), _PIECES)
def test_a_run_of_tiny_chunks_ends_where_each_of_them_ends(
    parts: list[bytes], capitals: bool, pieces: list[int]
) -> None:
    size = b"%X" if capitals else b"%x"
    body = b"".join(size % len(part) + b"\r\n" + part + b"\r\n" for part in parts) + b"0\r\n\r\n"
    assert consumed(body + b"1\r\nx\r\n") == (len(body), True)
    assert consumed(body + b"1\r\nx\r\n", pieces) == (len(body), True)
    for length in range(len(body)):
        framing = Chunked()
        assert framing.feed(body[:length]) == length
        assert not framing.done

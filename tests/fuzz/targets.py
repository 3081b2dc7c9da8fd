"""What the fuzzer feeds with bytes: functions that must hold for any bytes whatever.

Each returns where the promises hold, and raises anything at all where one does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import httptools

from bridgehead.proxy.body import ByLength, Chunked, Framing, MalformedBody, UntilClose
from bridgehead.proxy.fields import CHUNKED
from bridgehead.proxy.head import RequestHead, RequestHeadCutter, ResponseHead, ResponseHeadCutter
from bridgehead.proxy.refusals import Refusal
from tests.conformance.agreement import judge
from tests.conformance.readers import READERS
from tests.fuzz.logins import logins

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE = 1 << 20
_NEXT = b"HTTP/1.1 204 Next\r\n\r\n"


def _pieces(data: bytes) -> list[int]:
    """Where to cut: at each byte where there are few, at some that depend on the bytes where there are many."""
    step = 1 if len(data) < 64 else 1 + data[len(data) // 2] % 97
    return [*range(step, len(data), step), len(data)]


# Request heads


def _facts(found: tuple[RequestHead, int]) -> tuple[object, ...]:
    head, end = found
    fields = head.fields
    return head.method, head.target, head.old, fields.block, fields.host, fields.length, fields.upgrade, end


def request_head(data: bytes) -> None:
    """A request is refused, waited for, or forwarded in a reading that all parsers share; however its bytes come."""
    cutter = RequestHeadCutter(head_bytes=8192, most_fields=50, target_bytes=2048)
    at_once = cutter.cut(data)
    again = cutter.cut(data)
    assert (_facts(at_once) if isinstance(at_once, tuple) else at_once) == (
        _facts(again) if isinstance(again, tuple) else again
    ), "the memory changes the verdict"
    in_pieces = None
    for length in _pieces(data):
        in_pieces = cutter.cut(data[:length])
        if in_pieces is not None:
            break
    if isinstance(at_once, tuple):
        assert isinstance(in_pieces, tuple), f"in pieces it is {in_pieces}"
        assert _facts(in_pieces) == _facts(at_once)
    elif isinstance(at_once, Refusal):
        assert isinstance(in_pieces, Refusal), "in pieces it is taken"
    else:
        assert in_pieces is None
    judge(data)


# Answer heads


def response_head(data: bytes) -> None:
    """An answer is malformed, waited for, or passed on so that h11 and llhttp find its status, content and end."""
    try:
        found = ResponseHeadCutter().cut(data, 8192)
    except ValueError:
        return
    if found is None:
        return
    head, end = found
    if head.status < 200:
        # Its body is the next answer's head: llhttp and h11 must find nothing that it announces.
        assert _as_h11_reads(head.start_line + head.fields.block + _NEXT, {}) is not None or head.status == 101
        return
    body, whole = _body(head, data[end:])
    passed_on = head.start_line + head.fields.block + body
    for name, read in (("h11", _as_h11_reads), ("llhttp", _as_llhttp_reads)):
        closed = head.fields.length is None and head.status not in (204, 304)
        reading = read(passed_on, {"closed": closed})
        if reading is None:
            # RFC 9112 7.1.1 allows white space around an extension's semicolon, which h11 does not.
            assert not whole or b";" in body, f"{name} does not find the end of {passed_on!r}"
            continue
        status, content = reading
        assert whole, f"{name} finds an end in {passed_on!r}"
        assert status == head.status, f"{name} reads {status} in {passed_on!r}"
        if head.fields.length is not None and head.fields.length >= 0 and head.status not in (204, 304):
            assert len(content) == head.fields.length


def _body(head: ResponseHead, data: bytes) -> tuple[bytes, bool]:
    """What is passed on of a body, and whether it is whole."""
    framing: Framing
    match head.fields.length:
        case _ if head.status in (204, 304):
            return b"", True
        case None:
            framing = UntilClose()
        case length if length == CHUNKED:
            framing = Chunked()
        case length:
            framing = ByLength(length)
    taken = 0
    while taken < len(data) and not framing.done:
        try:
            taken += framing.feed(data[taken : taken + 1])
        except MalformedBody:
            return data[:taken], False
    return data[:taken], framing.end()


def _as_h11_reads(data: bytes, how: dict[str, bool]) -> tuple[int, bytes] | None:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGE)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "site.test")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    if how.get("closed"):
        connection.receive_data(b"")
    content = b""
    try:
        event = connection.next_event()
        while isinstance(event, h11.InformationalResponse):
            event = connection.next_event()
        if not isinstance(event, h11.Response):
            return None
        status = event.status_code
        while isinstance(event := connection.next_event(), h11.Data):
            content += event.data
        return (status, content) if isinstance(event, h11.EndOfMessage) else None
    except h11.RemoteProtocolError:
        return None


class _Listener:
    def __init__(self) -> None:
        self.content = b""
        self.complete = False

    def on_body(self, part: bytes) -> None:
        self.content += part

    def on_message_complete(self) -> None:
        self.complete = True


def _as_llhttp_reads(data: bytes, how: dict[str, bool]) -> tuple[int, bytes] | None:
    listener = _Listener()
    parser = httptools.HttpResponseParser(listener)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError:
        return None
    # It is not told of the end of the connection, where a body that ends with it is complete.
    return (parser.get_status_code(), listener.content) if listener.complete or how.get("closed") else None


# Chunks

_POST = b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunks(data: bytes) -> None:
    """The end of a body in chunks does not depend on how its bytes are cut, and other parsers find the same."""
    at_once, in_pieces = _scan(data, [len(data)]), _scan(data, _pieces(data))
    end, outcome = _scan(data, [*range(1, len(data) + 1)])
    assert at_once[1] == in_pieces[1] == outcome, "cut in pieces, it is judged otherwise"
    assert outcome == "malformed" or at_once[0] == in_pieces[0] == end, "cut in pieces, it ends elsewhere"
    whole = outcome == "whole"
    found = {name: reader(_POST + data[:end]) for name, reader in READERS.items()}
    for name, requests in found.items():
        assert whole or not requests, f"{name} finds an end in {data[:end]!r}"
        assert len(requests) <= 1, f"{name} finds another request in {data[:end]!r}"
    contents = {requests[0].body for requests in found.values() if requests}
    assert len(contents) <= 1, f"{found}"
    if whole and b";" not in data:
        assert found["h11"], f"h11 refuses {data[:end]!r}"


def _scan(data: bytes, stops: list[int]) -> tuple[int, str]:
    """How many bytes are passed on as the body before its end or its fault, and what it comes to."""
    framing = Chunked()
    position = 0
    try:
        for stop in stops:
            if framing.done:
                break
            position += framing.feed(data[position:stop])
    except MalformedBody:
        return position, "malformed"
    return position, "whole" if framing.done else "more"


# Bytes of one input: chunks are scanned a byte at a time, so more inputs are worth more than longer ones.
LONGEST = {"request-head": 2000, "response-head": 2000, "chunks": 400, "logins": 2000}

TARGETS: dict[str, Callable[[bytes], None]] = {
    "request-head": request_head,
    "response-head": response_head,
    "chunks": chunks,
    "logins": logins,
}

"""Message heads as bytes: found in a buffer, their start lines judged, made ready to send.

RFC 9112. What is forwarded is what was judged; what was not understood is refused. Their fields are
`request_fields.py` and `response_fields.py`.
"""

from __future__ import annotations

import re

from bridgehead.proxy.fields import host_of_authority
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.request_fields import RequestFields, judge_request_fields
from bridgehead.proxy.response_fields import ResponseFields, judge_response_fields

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.([01])(?=\r\n)")
_OTHER_VERSION = re.compile(rb"[!-~]+ [!-~]+ HTTP/(?:[0-9](?:\.[0-9])?)\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [\t -~\x80-\xff]*)?(?=\r\n)")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#@]+)([/?][!-~]*)?")

LEADING_EMPTY_LINES = 2


class RequestHead:
    """The head of one request."""

    __slots__ = ("fields", "method", "old", "target")

    def __init__(self, method: bytes, target: bytes, old: bool, fields: RequestFields) -> None:
        self.method = method
        self.target = target
        """Origin form, as it came; or `*`."""
        self.old = old
        """HTTP/1.0."""
        self.fields = fields

    @property
    def closes(self) -> bool:
        """Whether the client wants, or its version implies, that the connection ends with this exchange."""
        return self.old or self.fields.close


class HeadCutter:
    """Cuts one client's request heads from what it sends, and remembers the last field block.

    A client's next head mostly repeats the fields of its last one to the byte, and judging is a pure function
    of these bytes: the same bytes have the same verdict, which need not be found again.
    """

    __slots__ = ("_fields", "_head_bytes", "_most_fields", "_received", "_target_bytes")

    REMEMBERED_BYTES = 2048
    """Longer blocks are not kept: an idle connection must stay small."""

    def __init__(self, head_bytes: int, most_fields: int, target_bytes: int) -> None:
        self._head_bytes = head_bytes
        self._most_fields = most_fields
        self._target_bytes = target_bytes
        self._received = b""
        self._fields: RequestFields | None = None

    def cut(self, buffer: bytes) -> tuple[RequestHead, int] | Refusal | None:
        """The head at the beginning of `buffer` and where it ends; None while it is incomplete."""
        start = 0
        # RFC 9112 2.2: a server SHOULD ignore at least one empty line received before the request line.
        while buffer.startswith(b"\r\n", start) and start < 2 * LEADING_EMPTY_LINES:
            start += 2
        end = buffer.find(b"\r\n\r\n", start)
        if end < 0:
            return self._incomplete(buffer, start)
        end += 4
        if end - start > self._head_bytes:
            return Refusal.HEAD_TOO_LONG
        line = _REQUEST_LINE.match(buffer, start, end)
        if line is None:
            return Refusal.VERSION if _OTHER_VERSION.match(buffer, start, end) else Refusal.START_LINE
        received = buffer[line.end() : end]
        if received == self._received and self._fields is not None:
            fields = self._fields
        else:
            judged = judge_request_fields(received, self._most_fields)
            if isinstance(judged, Refusal):
                return judged
            fields = judged
            if len(received) <= self.REMEMBERED_BYTES:
                self._received = received
                self._fields = fields
        method, target, minor = line.groups()
        old = minor == b"0"
        if not target.startswith(b"/"):
            plain = _origin_form(method, target, fields)
            if isinstance(plain, Refusal):
                return plain
            target = plain
        refusal = self._judge_start(method, target, old, fields)
        return refusal if refusal is not None else (RequestHead(method, target, old, fields), end)

    def _judge_start(self, method: bytes, target: bytes, old: bool, fields: RequestFields) -> Refusal | None:
        if len(target) > self._target_bytes:
            return Refusal.TARGET_TOO_LONG
        if b"#" in target:  # RFC 9112 3.2: no form of a request target has a fragment
            return Refusal.TARGET
        if method in (b"CONNECT", b"PRI"):
            return Refusal.METHOD
        if old and fields.transfer_encoding:  # RFC 9112 6.1: HTTP/1.0 does not know it; faulty framing
            return Refusal.FRAMING_AMBIGUOUS
        return None

    def _incomplete(self, buffer: bytes, start: int) -> Refusal | None:
        line_end = buffer.find(b"\r\n", start)
        first_line = (line_end if line_end >= 0 else len(buffer)) - start
        # The line also holds the method and the version: 64 bytes are generous for both.
        if first_line > self._target_bytes + 64:
            return Refusal.TARGET_TOO_LONG
        if len(buffer) - start > self._head_bytes:
            return Refusal.HEAD_TOO_LONG
        if _BARE_LINE_FEED.search(buffer, start):
            return Refusal.START_LINE if line_end < 0 else Refusal.MALFORMED_FIELDS
        return None


def _origin_form(method: bytes, target: bytes, fields: RequestFields) -> bytes | Refusal:
    """The path and query of a target in absolute form, or `*` of OPTIONS."""
    if target == b"*":
        return target if method == b"OPTIONS" else Refusal.TARGET
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        return Refusal.METHOD if method == b"CONNECT" else Refusal.TARGET
    if host_of_authority(absolute[1]) != fields.host:
        return Refusal.HOST_AMBIGUOUS
    rest: bytes = absolute[2] or b"/"
    return rest if rest.startswith(b"/") else b"/" + rest


class ResponseHead:
    """The head of one response."""

    __slots__ = ("fields", "old", "status")

    def __init__(self, status: int, old: bool, fields: ResponseFields) -> None:
        self.status = status
        self.old = old
        self.fields = fields

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection with this response."""
        return self.fields.close or (self.old and not self.fields.keep_alive)


def cut_response(buffer: bytes, head_bytes: int) -> tuple[ResponseHead, bytes, int] | Refusal | None:
    """The response head at the beginning of `buffer`, its start line made HTTP/1.1, and where it ends.

    None while it is incomplete; MALFORMED_RESPONSE for what must never be passed on.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > head_bytes or not b"HTTP/1.1 ".startswith(buffer[:7]) or _BARE_LINE_FEED.search(buffer):
            return Refusal.MALFORMED_RESPONSE
        return None
    end += 4
    line = _STATUS_LINE.match(buffer, 0, end)
    if line is None or end > head_bytes:
        return Refusal.MALFORMED_RESPONSE
    fields = judge_response_fields(buffer[line.end() : end])
    if fields is None:
        return Refusal.MALFORMED_RESPONSE
    old = line[1] == b"0"
    if old and fields.length == -1:
        return Refusal.MALFORMED_RESPONSE
    start_line = b"HTTP/1.1" + buffer[8 : line.end()] if old else buffer[: line.end()]
    return ResponseHead(int(line[2]), old, fields), start_line, end

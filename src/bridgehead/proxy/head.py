"""Message heads as bytes: found in a buffer, their start lines judged, made ready to send.

RFC 9112. What is forwarded is what was judged; what was not understood is refused. Their fields are
`request_fields.py` and `response_fields.py`.

A peer's next head mostly repeats the fields of its last one to the byte, and judging is a pure function of these
bytes. So each connection remembers its last field block and the verdict: the same bytes need not be judged again.
"""

from __future__ import annotations

import re

from bridgehead.proxy.fields import CHUNKED, host_of_authority
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.request_fields import RequestFields, judge_request_fields
from bridgehead.proxy.response_fields import ResponseFields, judge_response_fields, without_framing

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/1\.([01])(?=\r\n)")
# The start of most requests: nothing in it has to be looked at again.
_ORDINARY_LINE = re.compile(rb"((?!CONNECT |PRI )[!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!\"$-~\x80-\xff]*) HTTP/1\.1(?=\r\n)")
_OTHER_VERSION = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/(?!1\.[01]\r)[0-9](?:\.[0-9])?\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [\t -~\x80-\xff]*)?(?=\r\n)")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#@]+)([/?][!-~\x80-\xff]*)?")

_NEVER_FORWARDED = frozenset((b"CONNECT", b"PRI"))
_SLASH = 0x2F

_MOST_ANSWERS = b"HTTP/1.1 200 OK\r\n"
_OK = _MOST_ANSWERS[:-2]
_AFTER_OK = len(_OK)

LEADING_EMPTY_LINES = 2
REMEMBERED_BYTES = 2048
"""Longer field blocks are not remembered: an idle connection must stay small."""
REMEMBERED_BLOCKS = 256
"""Field blocks with which connections of a worker have begun lately: half a megabyte of them at most."""


class RequestHead:
    """The head of one request."""

    __slots__ = ("fields", "line", "method", "old", "target")

    def __init__(self, line: bytes, method: bytes, target: bytes, old: bool, fields: RequestFields) -> None:
        self.line = line
        """The request line to send: as it came, but always with the target in origin form."""
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


class RequestHeadCutter:
    """Cuts one client's request heads from what it sends."""

    __slots__ = ("_fields", "_head_bytes", "_judged", "_most_fields", "_received", "_searched", "_target_bytes")

    def __init__(
        self, head_bytes: int, most_fields: int, target_bytes: int, judged: dict[bytes, RequestFields] | None = None
    ) -> None:
        """`judged` is what other connections of this worker have begun with, under the same limits."""
        self._head_bytes = head_bytes
        self._most_fields = most_fields
        self._target_bytes = target_bytes
        self._searched = 0
        """Bytes of an incomplete head that were looked at: whoever sends one at a time has each looked at once."""
        self._received = b""
        self._fields: RequestFields | None = None
        self._judged = {} if judged is None else judged

    def cut(self, buffer: bytes) -> tuple[RequestHead, int] | Refusal | None:
        """The head at the beginning of `buffer` and where it ends; None while it is incomplete.

        After None, the next buffer begins with the same bytes.
        """
        fields = self._fields
        if fields is not None and not self._searched and buffer.endswith(self._received):
            line = _ORDINARY_LINE.match(buffer)
            end = len(buffer)
            # Nothing but a start line before the fields that were judged last, whose end is the head's.
            if line is not None and line.end() + len(self._received) == end <= self._head_bytes:
                request_line, method, target = line.group(0, 1, 2)
                if len(target) <= self._target_bytes:
                    return RequestHead(request_line, method, target, False, fields), end
        return self._cut(buffer)

    def _cut(self, buffer: bytes) -> tuple[RequestHead, int] | Refusal | None:
        start = 0
        # RFC 9112 2.2: a server SHOULD ignore at least one empty line received before the request line.
        while buffer.startswith(b"\r\n", start) and start < 2 * LEADING_EMPTY_LINES:
            start += 2
        searched = self._searched
        if searched:
            self._searched = 0
            if searched > len(buffer):
                searched = 0
        end = buffer.find(b"\r\n\r\n", max(start, searched - 3) if searched else start) + 4
        if end < 4:
            return self._incomplete(buffer, start, searched)
        if end - start > self._head_bytes:
            return Refusal.HEAD_TOO_LONG
        line = _REQUEST_LINE.match(buffer, start, end)
        if line is None:
            return Refusal.VERSION if _OTHER_VERSION.match(buffer, start, end) else Refusal.START_LINE
        fields = self._judge(buffer[line.end() : end])
        if isinstance(fields, Refusal):
            return fields
        request_line, method, target, minor = line.group(0, 1, 2, 3)
        head = RequestHead(request_line, method, target, minor == b"0", fields)
        return self._judge_start(head) or (head, end)

    def _judge(self, received: bytes) -> RequestFields | Refusal:
        if received == self._received and self._fields is not None:
            return self._fields
        known = self._judged.get(received) if self._fields is None else None
        fields = known or judge_request_fields(received, self._most_fields)
        if isinstance(fields, RequestFields) and len(received) <= REMEMBERED_BYTES:
            if self._fields is None and known is None and fields.authorization is None:
                self._remember_for_others(received, fields)
            self._received = received
            self._fields = fields
        return fields

    def _remember_for_others(self, received: bytes, fields: RequestFields) -> None:
        """A client opens several connections, one after another or at once, and begins each with the same fields.

        A verdict is a function of the bytes alone, so it may be anybody's. What brings an `Authorization` is not kept.
        """
        if len(self._judged) >= REMEMBERED_BLOCKS:
            self._judged.clear()
        self._judged[received] = fields

    def _judge_start(self, head: RequestHead) -> Refusal | None:
        target = head.target
        if len(target) > self._target_bytes:
            return Refusal.TARGET_TOO_LONG
        if head.method in _NEVER_FORWARDED:
            return Refusal.METHOD
        if b"#" in target:  # RFC 9112 3.2: no form of a request target has a fragment
            return Refusal.TARGET
        if target[0] != _SLASH:
            plain = _origin_form(head)
            if isinstance(plain, Refusal):
                return plain
            head.line = b"%b %b HTTP/1.%d" % (head.method, plain, not head.old)
            head.target = plain
        if head.old and head.fields.transfer_encoding:  # RFC 9112 6.1: HTTP/1.0 does not know it; faulty framing
            return Refusal.FRAMING_AMBIGUOUS
        return None

    def _incomplete(self, buffer: bytes, start: int, searched: int) -> Refusal | None:
        line_end = buffer.find(b"\r\n", start)
        first_line = (line_end if line_end >= 0 else len(buffer)) - start
        # The line also holds the method and the version: 64 bytes are generous for both.
        if first_line > self._target_bytes + 64:
            return Refusal.TARGET_TOO_LONG
        if len(buffer) - start > self._head_bytes:
            return Refusal.HEAD_TOO_LONG
        if _BARE_LINE_FEED.search(buffer, max(start, searched)):
            return Refusal.START_LINE if line_end < 0 else Refusal.MALFORMED_FIELDS
        # The client forgets empty lines that come alone, and what comes next is another beginning.
        self._searched = len(buffer) if len(buffer) > start else 0
        return None


def _origin_form(head: RequestHead) -> bytes | Refusal:
    """The path and query of a target in absolute form, or `*` of OPTIONS."""
    if head.target == b"*":
        return head.target if head.method == b"OPTIONS" else Refusal.TARGET
    absolute = _ABSOLUTE.fullmatch(head.target)
    if absolute is None:
        return Refusal.TARGET
    if host_of_authority(absolute[1]) != head.fields.host:
        return Refusal.HOST_AMBIGUOUS
    rest: bytes = absolute[2] or b"/"
    return rest if rest.startswith(b"/") else b"/" + rest


class ResponseHead:
    """The head of one response."""

    __slots__ = ("fields", "old", "start_line", "status")

    def __init__(self, status: int, old: bool, start_line: bytes, fields: ResponseFields) -> None:
        self.status = status
        self.old = old
        """HTTP/1.0."""
        self.start_line = start_line
        """As it came, but always HTTP/1.1."""
        self.fields = fields

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection with this response."""
        return self.fields.close or (self.old and not self.fields.keep_alive)


class ResponseHeadCutter:
    """Cuts one server's response heads from what it sends on one connection."""

    __slots__ = ("_fields", "_received")

    def __init__(self) -> None:
        self._received = b""
        self._fields: ResponseFields | None = None

    def cut(self, buffer: bytes, head_bytes: int) -> tuple[ResponseHead, int] | None:
        """The head at the beginning of `buffer` and where it ends; None while it is incomplete.

        Raises ValueError for what must never be passed on.
        """
        end = buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            if len(buffer) > head_bytes or not b"HTTP/1.".startswith(buffer[:7]) or _BARE_LINE_FEED.search(buffer):
                raise ValueError("the beginning of a response head")
            return None
        if end > head_bytes:
            raise ValueError("a response head that is too long")
        if buffer.startswith(_MOST_ANSWERS):
            return ResponseHead(200, False, _OK, self._judge(buffer[_AFTER_OK:end])), end
        line = _STATUS_LINE.match(buffer, 0, end)
        if line is None:
            raise ValueError("the start line of a response")
        minor, status = line.groups()
        start_line = line[0]
        fields = self._judge(buffer[line.end() : end])
        old = minor == b"0"
        if old:
            if fields.length == CHUNKED:
                raise ValueError("chunks in HTTP/1.0")
            start_line = b"HTTP/1.1" + start_line[8:]
        if fields.length is not None and (status == b"204" or status < b"200"):
            fields = without_framing(fields)
        return ResponseHead(int(status), old, start_line, fields), end

    def _judge(self, received: bytes) -> ResponseFields:
        fields = self._fields if received == self._received else judge_response_fields(received)
        if fields is None:
            raise ValueError("the fields of a response")
        if len(received) <= REMEMBERED_BYTES:
            self._received = received
            self._fields = fields
        return fields

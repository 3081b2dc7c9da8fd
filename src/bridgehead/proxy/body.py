"""Framing of bodies: where one ends in a stream of bytes that is passed on unchanged.

A framing is fed what arrived and says how much of it belongs to the body. RFC 9112 sections 6 and 7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_EXTENSION = rb"[ \t]*;[ \t]*" + _TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:" + _EXTENSION + rb")*\r\n")
_TRAILER_LINE = re.compile(rb"(" + _TOKEN + rb"):[\t -~\x80-\xff]*\r\n")

# A run of whole chunks of one to fifteen bytes. One at a time they took a millisecond of each four kilobytes, which
# costs nothing to send.
_TINY = rb"|".join(rb"%b\r\n[\s\S]{%d}\r\n" % (b"[%x%X]" % (size, size), size) for size in range(1, 16))
_TINY_CHUNKS = re.compile(rb"(?:" + _TINY + rb")+")

LONGEST_LINE = 4096
"""Of a chunk-size line: no client known sends an extension at all, so this bounds abuse only."""
LONGEST_TRAILER = 16384

# RFC 9110 6.5.1: fields that frame, route, authenticate or describe the content have no meaning in a trailer.
_FORBIDDEN_TRAILERS = frozenset(
    (
        b"transfer-encoding", b"content-length", b"host", b"connection", b"authorization", b"www-authenticate",
        b"content-encoding", b"content-type", b"content-range", b"trailer", b"te", b"upgrade", b"cookie",
        b"set-cookie", b"expect", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"forwarded",
        b"proxy-authenticate", b"http2-settings", b"x-real-ip", b"x-original-url", b"x-rewrite-url",
        b"x-bridgehead-instance", b"remote-user", b"x-remote-user",
    )
)  # fmt: skip


_FORBIDDEN_TRAILER_FAMILY = b"x-forwarded-"


def _is_forbidden(name: bytes) -> bool:
    # Gateways in the manner of CGI read an underscore as a hyphen.
    plain = name.lower().replace(b"_", b"-")
    return plain in _FORBIDDEN_TRAILERS or plain.startswith(_FORBIDDEN_TRAILER_FAMILY)


class MalformedBody(Exception):  # noqa: N818 - it says what was found, as the refusal does
    """The bytes are no body of this framing."""


class Framing(Protocol):
    """Finds the end of one body."""

    done: bool

    def feed(self, data: bytes) -> int:
        """How many bytes at the beginning of `data` belong to the body. Sets `done` at its last byte."""
        ...

    def end(self) -> bool:
        """The connection has ended: whether the body is whole."""
        ...


class NoBody:
    """A message that ends with its head."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = True

    def feed(self, data: bytes) -> int:  # noqa: ARG002 - nothing belongs to it
        """Nothing."""
        return 0

    def end(self) -> bool:
        """It was whole already."""
        return True


NO_BODY = NoBody()


class ByLength:
    """A body of `Content-Length` bytes."""

    __slots__ = ("done", "remaining")

    def __init__(self, length: int) -> None:
        self.remaining = length
        self.done = length == 0

    def feed(self, data: bytes) -> int:
        """As many bytes as remain."""
        taken = len(data)
        if taken >= self.remaining:
            taken = self.remaining
            self.done = True
        self.remaining -= taken
        return taken

    def end(self) -> bool:
        """Whole only if nothing remains."""
        return self.done


class UntilClose:
    """A response body that ends with the connection."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = False

    def feed(self, data: bytes) -> int:
        """Everything."""
        return len(data)

    def end(self) -> bool:
        """The end of the connection is its end."""
        self.done = True
        return True


class Chunked:
    """A body in chunks, trailers included. Bytes are judged as they pass and never changed.

    `reserves` says of a trailer field's name whether it has no place here, beside those that have none anywhere.
    """

    __slots__ = ("_line", "_remaining", "_reserves", "_state", "_trailer_bytes", "done")

    _SIZE, _DATA, _DATA_END, _TRAILER = range(4)

    def __init__(self, reserves: Callable[[bytes], bool] = lambda _name: False) -> None:
        self.done = False
        self._reserves = reserves
        self._state = self._SIZE
        self._remaining = 0
        self._line = b""
        self._trailer_bytes = 0

    def feed(self, data: bytes) -> int:
        """All bytes up to the empty line that ends the trailers. Raises MalformedBody."""
        position, length = 0, len(data)
        while position < length and not self.done:
            if self._state == self._DATA:
                taken = min(self._remaining, length - position)
                self._remaining -= taken
                position += taken
                if not self._remaining:
                    self._state = self._DATA_END
                    self._remaining = 2
            elif self._state == self._DATA_END:
                if data[position] != (13 if self._remaining == 2 else 10):
                    raise MalformedBody("a chunk is longer than its size")
                self._remaining -= 1
                position += 1
                if not self._remaining:
                    self._state = self._SIZE
            elif data.startswith(b"\r\n", position + 1) and (run := self._tiny_chunks(data, position)):
                position = run
            else:
                position = self._feed_line(data, position)
        return position

    def _tiny_chunks(self, data: bytes, position: int) -> int:
        """Where a run of tiny chunks ends that begins here; 0 where none does."""
        run = _TINY_CHUNKS.match(data, position) if self._state == self._SIZE and not self._line else None
        return run.end() if run is not None else 0

    def _feed_line(self, data: bytes, position: int) -> int:
        end = data.find(b"\n", position)
        stop = end + 1 if end >= 0 else len(data)
        line = self._line + data[position:stop]
        if len(line) > LONGEST_LINE:
            raise MalformedBody("a chunk-size or trailer line is too long")
        if end < 0:
            self._line = line
            return stop
        self._line = b""
        if self._state == self._SIZE:
            self._size_line(line)
        else:
            self._trailer_line(line)
        return stop

    def _size_line(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise MalformedBody("a chunk-size line is malformed")
        self._remaining = int(match[1], 16)
        self._state = self._DATA if self._remaining else self._TRAILER

    def _trailer_line(self, line: bytes) -> None:
        if line == b"\r\n":
            self.done = True
            return
        self._trailer_bytes += len(line)
        match = _TRAILER_LINE.fullmatch(line)
        if match is None or self._trailer_bytes > LONGEST_TRAILER or self._has_no_place(match[1]):
            raise MalformedBody("a trailer field is malformed or has no place there")

    def _has_no_place(self, name: bytes) -> bool:
        return _is_forbidden(name) or self._reserves(name)

    def end(self) -> bool:
        """Whole only after its last chunk and the empty line."""
        return self.done

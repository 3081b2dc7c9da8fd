"""The body of a request, read piece by piece in constant memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.lab.messages import BadRequest
from bridgehead.lab.streams import PIECE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bridgehead.lab.messages import Framing
    from bridgehead.lab.streams import Stream

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t -~]*)?")
_LINE_LIMIT = 8192
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Incoming:
    """Bytes that have arrived on a connection and are not used yet, and the stream that brings more."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    async def more(self) -> bool:
        """Wait for more bytes; False when the peer has finished sending."""
        data = await self._stream.read()
        self._buffer += data
        return bool(data)

    async def until(self, mark: bytes, limit: int) -> bytes | None:
        """Everything before `mark`, which is dropped; None at an end before the first byte.

        Raises BadRequest where more than `limit` bytes come without the mark, or the peer stops within.
        """
        searched = 0
        while (found := self._buffer.find(mark, max(0, searched - len(mark)))) < 0:
            searched = len(self._buffer)
            if searched > limit:
                raise BadRequest("The head of the message is too long.")
            if not await self.more():
                if not self._buffer:
                    return None
                raise BadRequest("The message ends within its head.")
        taken = bytes(self._buffer[:found])
        del self._buffer[: found + len(mark)]
        return taken

    async def up_to(self, limit: int) -> bytes:
        """At least one byte and at most `limit`; `b""` when the peer has finished sending."""
        if not self._buffer:
            await self.more()
        taken = bytes(self._buffer[:limit])
        del self._buffer[: len(taken)]
        return taken


class RequestBody:
    """One request's body. `100 Continue` is sent when somebody first wants to read (RFC 9110 section 10.1.1)."""

    def __init__(self, incoming: Incoming, stream: Stream, framing: Framing, *, expects_continue: bool) -> None:
        self._incoming = incoming
        self._stream = stream
        self._framing = framing
        self._expects_continue = expects_continue
        self.finished = not framing.chunked and framing.length == 0

    @property
    def framing(self) -> Framing:
        """How it ends."""
        return self._framing

    @property
    def held_back(self) -> bool:
        """Whether the client waits for `100 Continue`, and may therefore never send the body."""
        return self._expects_continue and not self.finished

    async def read(self, limit: int = 1 << 20) -> bytes:
        """The whole body. Raises BadRequest beyond `limit` bytes."""
        whole = bytearray()
        async for piece in self.pieces():
            whole += piece
            if len(whole) > limit:
                raise BadRequest("The body is larger than this service takes.")
        return bytes(whole)

    async def discard(self) -> None:
        """Read to the end and keep nothing."""
        async for _ in self.pieces():
            pass

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives, without its chunk framing."""
        if self.finished:
            return
        if self._expects_continue:
            self._expects_continue = False
            await self._stream.write(_CONTINUE)
        source = self._chunks() if self._framing.chunked else self._exactly(self._framing.length)
        async for piece in source:
            yield piece
        self.finished = True

    async def _exactly(self, length: int) -> AsyncIterator[bytes]:
        while length:
            piece = await self._incoming.up_to(min(length, PIECE))
            if not piece:
                raise BadRequest("The message ends within its body.")
            length -= len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := await self._chunk_size():
            async for piece in self._exactly(size):
                yield piece
            if await self._incoming.until(b"\r\n", 2) != b"":
                raise BadRequest("A chunk is longer than its size says.")
        while await self._incoming.until(b"\r\n", _LINE_LIMIT):
            pass  # trailer fields, of which this server uses none

    async def _chunk_size(self) -> int:
        line = await self._incoming.until(b"\r\n", _LINE_LIMIT)
        match = _CHUNK_LINE.fullmatch(line or b"")
        if match is None:
            raise BadRequest("A chunk size is malformed.")
        return int(match[1], 16)

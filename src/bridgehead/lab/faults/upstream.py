"""The front's connections to servers."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING

from bridgehead.lab.messages import BadRequest, Fields, Framing, Response
from bridgehead.lab.request_body import Incoming, RequestBody
from bridgehead.lab.streams import Stream

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from bridgehead.lab.messages import Request

_HEAD_LIMIT = 65536
_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([0-9]{3})(?: .*)?")
_OF_THE_CONNECTION = {
    *("connection", "keep-alive", "transfer-encoding", "te", "upgrade", "expect"),
    *("content-length", "content-type", "date", "host"),
}
"""What is not passed on as it came: of one connection (RFC 9110 section 7.6.1), or written anew."""


class Upstream:
    """One connection to a server."""

    def __init__(self, connected: socket.socket, site: str) -> None:
        self.site = site
        """The web site at its other end."""
        self._stream = Stream(connected, asyncio.get_running_loop())
        self._incoming = Incoming(self._stream)
        self.usable = True

    @classmethod
    async def to(cls, port: int, context: ssl.SSLContext | None, name: str, site: str) -> Upstream:
        """Connect to a port of 127.0.0.1; with a context, by TLS to the server of this name. Raises OSError."""
        connected = socket.socket()
        connected.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connected, ("127.0.0.1", port))
            upstream = cls(connected, site)
            if context is not None:
                await upstream._stream.handshake(context, name)
        except BaseException:
            connected.close()
            raise
        return upstream

    def close(self) -> None:
        """Close now."""
        self.usable = False
        self._stream.close()

    async def ask(self, request: Request, host: str, received: Callable[[int], None]) -> None:
        """Pass a request on; `received` is told the size of each piece of its body. Raises OSError, BadRequest."""
        kept = [(name, value) for name, value in request.fields.pairs if name.lower() not in _OF_THE_CONNECTION]
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in kept]
        lines += [f"Content-Type: {value}" for value in request.fields.all("Content-Type")]
        framing = request.body.framing
        if framing.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif framing.length or request.fields.get("Content-Length"):
            lines.append(f"Content-Length: {framing.length}")
        await self._stream.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        async for piece in request.body.pieces():
            received(len(piece))
            await self._stream.write(b"%x\r\n%b\r\n" % (len(piece), piece) if framing.chunked else piece)
        if framing.chunked:
            await self._stream.write(b"0\r\n\r\n")

    async def answer(self, method: str) -> Response:
        """The server's answer, its body still to be read. Raises OSError, BadRequest for what is no answer."""
        status, fields = 100, Fields([])
        while status < 200:
            status, fields = await self._head()
        if "close" in fields.get("Connection").lower():
            self.usable = False
        kept = [(name, value) for name, value in fields.pairs if name.lower() not in _OF_THE_CONNECTION]
        response = Response(status, content_type=fields.get("Content-Type", "text/html"), fields=kept)
        length = int(fields.get("Content-Length", "0"))
        chunked = fields.get("Transfer-Encoding").lower() == "chunked"
        if method == "HEAD" or status in {204, 304} or not (length or chunked):
            return response
        response.length = None if chunked else length
        response.body = self._body(Framing(length, chunked=chunked))
        return response

    async def _head(self) -> tuple[int, Fields]:
        head = await self._incoming.until(b"\r\n\r\n", _HEAD_LIMIT)
        lines = (head or b"").decode("latin-1").split("\r\n")
        match = _STATUS_LINE.fullmatch(lines[0])
        if match is None:
            raise BadRequest("The server's answer is not HTTP.")
        pairs = (line.partition(":") for line in lines[1:])
        return int(match[1]), Fields([(name, value.strip()) for name, _, value in pairs])

    async def _body(self, framing: Framing) -> AsyncIterator[bytes]:
        body = RequestBody(self._incoming, self._stream, framing, expects_continue=False)
        async for piece in body.pieces():
            yield piece

"""A small, strict HTTP/1.1 server whose connections are objects, because Windows authentication belongs to them.

IIS and its kernel driver keep the identity of an NTLM login with the TCP connection. So does this server:
`Connection.authentication` lives and dies with the socket, and nothing else knows who the client is.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import itertools
import logging
import socket
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol

from bridgehead.lab.messages import BadRequest, Request, Response, framing_of, read_head
from bridgehead.lab.record import Event, Record
from bridgehead.lab.request_body import Incoming, RequestBody
from bridgehead.lab.streams import Stream

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from bridgehead.lab.messages import Fields, Framing
    from bridgehead.lab.windows_authentication import ConnectionAuthentication

_log = logging.getLogger(__name__)
_HEAD_LIMIT = 65536
_BACKLOG = 2048
_ACCEPTED_AT_A_TURN = 64
_PAUSE_SECONDS = 0.1


class Application(Protocol):
    """What answers the requests of a server."""

    async def answer(self, request: Request) -> Response:
        """The answer to one request."""
        ...

    def new_authentication(self) -> ConnectionAuthentication:
        """The authentication state of a new connection: nobody is logged in."""
        ...


class WebServer:
    """One listening address. `record` holds what it saw; `connections` what is open."""

    def __init__(
        self, name: str, application: Application, context: ssl.SSLContext | None = None, *, idle_seconds: float = 120
    ) -> None:
        self.name = name
        self.application = application
        self.record = Record()
        self.connections: dict[int, Connection] = {}
        self.idle_seconds = idle_seconds
        """How long a silent connection is kept; IIS's connectionTimeout is 120 s."""
        self.port = 0
        self.context = context
        self.read_head: Callable[[bytes], tuple[str, str, int, Fields]] = read_head
        self.framing_of: Callable[[int, Fields], Framing] = framing_of
        """How heads and framing are read; a server that is to be wrong on purpose reads otherwise."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: socket.socket | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, and `port` says which. Raises OSError where the address is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        listening.setblocking(False)
        self._listening = listening
        self.port = listening.getsockname()[1]
        self._listen(listening)

    async def close(self) -> None:
        """Stop listening and abort whatever is open."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening.fileno())
            self._listening.close()
        for connection in list(self.connections.values()):
            connection.stream.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def open_connections(self) -> list[int]:
        """Numbers of the open connections. Callable from any thread."""
        return list(self.connections)

    def _accept(self, listening: socket.socket) -> None:
        """Take what waits, a bounded number at a turn. No coroutine: one that is cancelled could lose a socket."""
        loop = asyncio.get_running_loop()
        for _ in range(_ACCEPTED_AT_A_TURN):
            try:
                accepted, _ = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                # Out of descriptors: those of others close soon; spinning would not help.
                _log.warning("%s cannot accept: %s", self.name, error)
                loop.remove_reader(listening.fileno())
                loop.call_later(_PAUSE_SECONDS, self._listen, listening)
                return
            with contextlib.suppress(OSError):
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, next(self._numbers), Stream(accepted, loop))
            self.connections[connection.number] = connection
            task = loop.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _listen(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            asyncio.get_running_loop().add_reader(listening.fileno(), self._accept, listening)

    async def _serve(self, connection: Connection) -> None:
        try:
            await connection.serve(self.context)
        except (OSError, TimeoutError) as error:
            _log.debug("%s connection %d: %s", self.name, connection.number, error)
        finally:
            connection.stream.close()
            del self.connections[connection.number]


class Connection:
    """One client's TCP connection: one request after the other, and whoever is logged in on it."""

    def __init__(self, server: WebServer, number: int, stream: Stream) -> None:
        self.server = server
        self.number = number
        self.stream = stream
        self.secure = False
        self.authentication = server.application.new_authentication()
        self._incoming = Incoming(stream)

    async def serve(self, context: ssl.SSLContext | None) -> None:
        """Serve until either side closes."""
        if context is not None:
            self.secure = True
            async with asyncio.timeout(self.server.idle_seconds):
                await self.stream.handshake(context)
        try:
            while await self._exchange():
                pass
        except BadRequest as error:
            page = f"<h2>Bad Request</h2><p>{error}</p>".encode()
            await self._send_whole(Response(400, page, close=True), page, "GET")
        await self.stream.finish()

    async def _exchange(self) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        async with asyncio.timeout(self.server.idle_seconds):
            head = await self._incoming.until(b"\r\n\r\n", _HEAD_LIMIT)
        if head is None:
            return False
        request = self._request(head)
        response = await self.server.application.answer(request)
        if request.body.held_back and not self.authentication.under_way:
            # The client may send the body or not: only a close makes clear where the next request begins.
            response.close = True
        elif not request.body.finished:
            await request.body.discard()
        if request.version == 0 or "close" in request.fields.get("Connection").lower():
            response.close = True
        self._note(request, response)
        await self._send(request, response)
        return not response.close

    def _request(self, head: bytes) -> Request:
        method, target, version, fields = self.server.read_head(head)
        framing = self.server.framing_of(version, fields)
        expects = version == 1 and fields.get("Expect").lower() == "100-continue"
        body = RequestBody(self._incoming, self.stream, framing, expects_continue=expects)
        return Request(method, target, fields, version, self, body)

    def _note(self, request: Request, response: Response) -> None:
        self.server.record.add(
            Event(
                server=self.server.name,
                connection=self.number,
                user=self.authentication.user,
                method=request.method,
                host=request.fields.get("Host"),
                path=request.path,
                authorization=request.fields.get("Authorization").partition(" ")[0],
                status=response.status,
            )
        )

    async def _send(self, request: Request, response: Response) -> None:
        if isinstance(response.body, bytes):
            await self._send_whole(response, response.body, request.method)
            return
        chunked = response.length is None and request.version == 1
        response.close = response.close or (response.length is None and not chunked)
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {response.length}"
        await self.stream.write(_head(response, framing if chunked or response.length is not None else ""))
        if request.method != "HEAD":
            await self._send_pieces(response.body, chunked=chunked)

    async def _send_whole(self, response: Response, body: bytes, method: str) -> None:
        bodiless = response.status in {204, 304}
        head = _head(response, "" if bodiless else f"Content-Length: {len(body)}")
        await self.stream.write(head if bodiless or method == "HEAD" else head + body)

    async def _send_pieces(self, pieces: AsyncIterator[bytes], *, chunked: bool) -> None:
        async for piece in pieces:
            if piece:
                await self.stream.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            await self.stream.write(b"0\r\n\r\n")


def _head(response: Response, framing: str) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {http.HTTPStatus(response.status).phrase}"]
    if response.body:
        lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.fields]
    lines.append(f"Date: {formatdate(usegmt=True)}")
    if framing:
        lines.append(framing)
    if response.close:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

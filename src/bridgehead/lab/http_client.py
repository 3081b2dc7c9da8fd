"""A blocking HTTP/1.1 client over exactly one socket, for walk-throughs and tests.

No pool and no retry, because what is looked at is the connection itself. Sending and receiving are separate, so
that two connections can be interleaved and a long poll can be left waiting.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bridgehead.lab.messages import Fields, split_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PIECE = 65536


class AnswerBroken(Exception):  # noqa: N818 - what happened, in the client's words
    """The connection ended, or what came is not HTTP, before the answer was whole."""


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    fields: Fields
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class HttpConnection:
    """One connection to `address`, for one `host` as the Host field has it (`meet.contoso.localhost:8443`).

    With a `context`, TLS: `server_name`, or the name of the host, is sent as SNI and verified. Raises OSError where
    connecting fails.
    """

    def __init__(
        self,
        address: tuple[str, int],
        host: str,
        context: ssl.SSLContext | None = None,
        *,
        server_name: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.host = host
        self._buffer = bytearray()
        self._methods: list[str] = []
        connected = socket.create_connection(address, timeout=timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket: socket.socket = connected
        if context is not None:
            try:
                self.socket = context.wrap_socket(connected, server_hostname=server_name or split_host(host)[0])
            except OSError:
                connected.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def abort(self) -> None:
        """Close with a reset (RST)."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def request(
        self,
        method: str,
        target: str,
        *,
        body: bytes | Iterable[bytes] | None = None,
        fields: dict[str, str] | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """Send one request and wait for its answer."""
        self.send(method, target, body=body, fields=fields)
        return self.receive(sink)

    def send(
        self,
        method: str,
        target: str,
        *,
        body: bytes | Iterable[bytes] | None = None,
        fields: dict[str, str] | None = None,
    ) -> None:
        """Send one request: a body of bytes by its length, an iterable of pieces by chunks."""
        wanted = dict(fields or {})
        if isinstance(body, bytes):
            wanted["Content-Length"] = str(len(body))
        elif body is not None and "Content-Length" not in wanted:
            wanted["Transfer-Encoding"] = "chunked"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", *(f"{n}: {v}" for n, v in wanted.items())]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self._methods.append(method)
        if body is None or isinstance(body, bytes):
            self.socket.sendall(head + (body or b""))
            return
        self.socket.sendall(head)
        for piece in body:
            self.socket.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if "Transfer-Encoding" in wanted else piece)
        if "Transfer-Encoding" in wanted:
            self.socket.sendall(b"0\r\n\r\n")

    def receive(self, sink: Callable[[bytes], object] | None = None) -> Answer:
        """The next answer; `100 Continue` is passed over. A `sink` gets the body piece by piece instead."""
        status, fields = self._head()
        while status == 100:
            status, fields = self._head()
        method = self._methods.pop(0)
        whole = bytearray()
        keep = sink or whole.extend
        if method != "HEAD" and status not in {204, 304} and status >= 200:
            self._body(fields, keep)
        return Answer(status, fields, bytes(whole))

    def answered_within(self, seconds: float) -> bool:
        """Whether an answer has begun to arrive by then; nothing is lost either way."""
        usual = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            if not self._buffer:
                self._more()
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(usual)
        return True

    def at_end(self) -> bool:
        """Wait until the other side closes; False where it sends something instead. Raises TimeoutError."""
        try:
            return not self._buffer and not self.socket.recv(1)
        except ConnectionResetError:
            return True

    def _head(self) -> tuple[int, Fields]:
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines[1:]]
        try:
            status = int(lines[0].split(" ")[1])
        except (IndexError, ValueError):
            raise AnswerBroken(f"not a status line: {lines[0][:80]!r}") from None
        return status, Fields([(name, value.strip()) for name, _, value in pairs])

    def _body(self, fields: Fields, keep: Callable[[bytes], object]) -> None:
        if fields.get("Transfer-Encoding").lower() == "chunked":
            while size := int(self._until(b"\r\n").partition(b";")[0], 16):
                self._exactly(size, keep)
                self._until(b"\r\n")
            while self._until(b"\r\n"):
                pass
        elif fields.get("Content-Length"):
            self._exactly(int(fields.get("Content-Length")), keep)
        else:
            while data := self._take(_PIECE) or self._read():
                keep(data)

    def _exactly(self, size: int, keep: Callable[[bytes], object]) -> None:
        while size:
            piece = self._take(size)
            if not piece:
                self._more()
                continue
            keep(piece)
            size -= len(piece)

    def _until(self, mark: bytes) -> bytes:
        while (found := self._buffer.find(mark)) < 0:
            self._more()
        taken = self._take(found)
        self._take(len(mark))
        return taken

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[: len(taken)]
        return taken

    def _more(self) -> None:
        data = self._read()
        if not data:
            raise AnswerBroken("the connection ended within the answer")
        self._buffer += data

    def _read(self) -> bytes:
        return self.socket.recv(_PIECE)

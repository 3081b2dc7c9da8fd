"""HTTP/1.1 over exactly one socket: sending and receiving are separate, so that connections can be interleaved.

No pool, no retry, no redirection: what is looked at is the connection. Bounded in time and in what it keeps.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any, Literal

from bridgehead.verify.isolation.answers import Answer, Line, shown_answer, shown_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.verify.isolation.target import Target

_PIECE = 65536
_KEPT = 1 << 18
_LONGEST_HEAD = 1 << 16
_STATUS_LINE = re.compile(r"HTTP/1\.[01] (\d{3})(?: .*)?")

Version = Literal["1.0", "1.1"]


class Ended(Exception):  # noqa: N818 - what happened
    """The connection ended, or stalled, or what came is not HTTP, before an answer was whole."""


class Connection:
    """One connection to the target. `note` gets a line for everything that happens on it.

    `source_port` asks for a certain port of our own. Raises OSError where connecting fails.
    """

    def __init__(
        self,
        target: Target,
        label: str,
        note: Callable[[Line], None],
        *,
        timeout: float,
        source_port: int = 0,
    ) -> None:
        self.label = label
        self.target = target
        self.open = True
        self._note = note
        self._buffer = bytearray()
        self._methods: list[str] = []
        self._socket = _connect(target, timeout, source_port)
        self.own_port: int = self._socket.getsockname()[1]
        if target.context is not None:
            try:
                self._socket = target.context.wrap_socket(self._socket, server_hostname=target.host)
            except OSError:
                self._socket.close()
                raise
        self.subject_names = _names_of(self._socket)
        self._event("connected" + (f" from port {self.own_port}" if source_port else ""))

    @property
    def certificate(self) -> bytes | None:
        """The certificate that was served, in DER; None without TLS."""
        return self._socket.getpeercert(binary_form=True) if isinstance(self._socket, ssl.SSLSocket) else None

    def ask(
        self,
        method: str = "GET",
        path: str = "",
        *,
        fields: dict[str, str] | None = None,
        body: bytes | None = None,
        version: Version = "1.1",
    ) -> Answer:
        """One request and its answer. Raises Ended."""
        self.send(method, path, fields=fields, body=body, version=version)
        return self.receive()

    def send(
        self,
        method: str = "GET",
        path: str = "",
        *,
        fields: dict[str, str] | None = None,
        body: bytes | None = None,
        version: Version = "1.1",
    ) -> None:
        """Send one request; the target's own path unless another is given. Raises Ended."""
        path, fields = path or self.target.path, fields or {}
        self._note(Line(self.label, "request", shown_request(method, path, fields, version, body)))
        length = {} if body is None else {"Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/{version}", f"Host: {self.target.authority}", "User-Agent: bridgehead"]
        lines += [f"{name}: {value}" for name, value in {**fields, **length}.items()]
        self._methods.append(method)
        try:
            self._socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        except OSError as error:
            raise self._ended(f"sending failed: {_reason(error)}") from None

    def receive(self) -> Answer:
        """The next answer; interim ones are passed over. Raises Ended."""
        status, fields = self._head()
        while 100 <= status < 200:
            status, fields = self._head()
        method = self._methods.pop(0) if self._methods else "GET"
        body = b""
        if method != "HEAD" and status not in {204, 304}:
            body = self._body(dict((name.lower(), value) for name, value in fields))  # noqa: C402 - the last wins
        answer = Answer(status, tuple(fields), body)
        self._note(Line(self.label, "answer", shown_answer(answer)))
        return answer

    def ended_within(self, seconds: float) -> bool:
        """Whether the other side closes by then, having sent nothing."""
        usual = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            data = b"" if self._buffer else self._socket.recv(1)
            self._buffer += data
        except TimeoutError:
            return False
        except OSError:
            data = b""
        finally:
            with contextlib.suppress(OSError):
                self._socket.settimeout(usual)
        if self._buffer:
            return False
        self._over("closed by the other side")
        return True

    def close(self) -> None:
        """Close in order."""
        self._over("closed by us")

    def abort(self) -> None:
        """Close with a reset, which leaves our port free at once."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._over("reset by us")

    def _event(self, text: str) -> None:
        self._note(Line(self.label, "event", text))

    def _over(self, why: str) -> None:
        if self.open:
            self._event(why)
        self.open = False
        self._socket.close()

    def _ended(self, why: str) -> Ended:
        self._over(why)
        return Ended(f"{self.label}: {why}")

    def _head(self) -> tuple[int, list[tuple[str, str]]]:
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        found = _STATUS_LINE.fullmatch(lines[0])
        if found is None:
            raise self._ended(f"what came is not HTTP/1: {lines[0][:60]!r}")
        pairs = [line.partition(":") for line in lines[1:]]
        return int(found[1]), [(name, value.strip()) for name, _, value in pairs]

    def _body(self, fields: dict[str, str]) -> bytes:
        kept = bytearray()
        try:
            if "chunked" in fields.get("transfer-encoding", "").lower():
                while size := int(self._until(b"\r\n").partition(b";")[0], 16):
                    self._exactly(size, kept)
                    self._until(b"\r\n")
                while self._until(b"\r\n"):
                    pass
            elif "content-length" in fields:
                self._exactly(int(fields["content-length"]), kept)
            else:
                self._to_the_end(kept)
        except ValueError:
            raise self._ended("the body's length is malformed") from None
        return bytes(kept)

    def _to_the_end(self, kept: bytearray) -> None:
        while data := self._take(_PIECE) or self._read():
            kept += data[: max(0, _KEPT - len(kept))]
        self._over("closed by the other side")

    def _exactly(self, size: int, kept: bytearray) -> None:
        while size:
            if not self._buffer:
                self._more()
            piece = self._take(min(size, _PIECE))
            kept += piece[: max(0, _KEPT - len(kept))]
            size -= len(piece)

    def _until(self, mark: bytes) -> bytes:
        while (found := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise self._ended("the answer's head does not end")
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
            raise self._ended("closed by the other side" + (" within an answer" if self._buffer else ""))
        self._buffer += data

    def _read(self) -> bytes:
        try:
            return self._socket.recv(_PIECE)
        except TimeoutError:
            raise self._ended("no answer in time") from None
        except OSError as error:
            raise self._ended(f"lost: {_reason(error)}") from None


def _connect(target: Target, timeout: float, source_port: int) -> socket.socket:
    if not source_port:
        connected = socket.create_connection(target.address, timeout)
    else:
        family, kind, protocol, _, address = socket.getaddrinfo(*target.address, type=socket.SOCK_STREAM)[0]
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(timeout)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            connected.bind(("", source_port))
            connected.connect(address)
        except OSError:
            connected.close()
            raise
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _names_of(connected: socket.socket) -> tuple[tuple[str, str], ...]:
    """The names in the certificate that was served and verified, each with its kind."""
    certificate = connected.getpeercert() if isinstance(connected, ssl.SSLSocket) else None
    names: Any = (certificate or {}).get("subjectAltName", ())
    return tuple((str(kind), str(value)) for kind, value in names)


def _reason(error: OSError) -> str:
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "reset by the other side"
    return error.strerror or type(error).__name__

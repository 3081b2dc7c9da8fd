"""A small HTTP/1.1 client on one socket. It keeps the field lines as they came, and never follows or repeats."""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgehead.verify.observing.failures import (
    NETWORK_ERRORS,
    EndedEarly,
    Garbage,
    TooMuch,
    failure_of,
)
from bridgehead.verify.observing.patience import Deadline, Patience, Stopwatch
from bridgehead.verify.observing.questions import Answer
from bridgehead.verify.observing.tls import secured, unverified_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from bridgehead.verify.observing.questions import Fields
    from bridgehead.verify.observing.ways import Connections

_PIECE = 65536
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: ([^\r\n]*))?")
_EVERY_ANSWER = b"HTTP/1."
_FIELD_LINE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00\r\n]*")
_MOST_INTERIM = 5
_URL = re.compile(r"[!-~]{1,8000}")
_PORTS = {"https": 443, "http": 80}
_SECRET_FIELDS = re.compile(
    r"(?i)^(Set-Cookie|Authorization|Cookie|X-MS-WebTicket|Authentication-Info|Proxy-Authorization):(\s*[^=;,\s]*)"
)
_CHALLENGE = re.compile(r"(?i)^((?:WWW|Proxy)-Authenticate:\s*(?:NTLM|Negotiate|Kerberos))\s+\S+")

AGENT = "Bridgehead-verify"


class HttpConnection:
    """One connection for one Host, which can carry several requests. Made by `open_http`."""

    def __init__(self, channel: socket.socket, authority: str, address: str, patience: Patience) -> None:
        self.channel = channel
        self.authority = authority
        self.address = address
        self.patience = patience
        self._buffer = bytearray()
        self._ended = False

    def send(self, method: str, target: str, fields: Fields = (), body: bytes = b"") -> None:
        """Send one request. Raises OSError."""
        own = [("Host", self.authority), ("User-Agent", AGENT), ("Accept", "*/*")]
        given = {name.lower() for name, _ in fields}
        lines = [f"{name}: {value}" for name, value in own if name.lower() not in given]
        lines += [f"{name}: {value}" for name, value in fields]
        if (body or method in {"POST", "PUT"}) and not given & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(body)}")
        self.send_bytes(request_head(method, target, lines) + body)

    def send_head(self, method: str, target: str, fields: Fields) -> None:
        """Send a request's head alone, with these fields and Host. Raises OSError."""
        lines = [f"{name}: {value}" for name, value in (("Host", self.authority), ("User-Agent", AGENT), *fields)]
        self.send_bytes(request_head(method, target, lines))

    def interim(self, seconds: float) -> tuple[int, ...]:
        """Statuses of interim answers (1xx) that come in this time; ends with the first, or when a final one begins.

        Raises what `receive` would have as failure.
        """
        try:
            head = self._until(b"\r\n\r\n", self.patience.head_bytes, Deadline(seconds), _EVERY_ANSWER)
        except TimeoutError:
            return ()
        status, _, _ = _parsed(head)
        if status < 200:
            return (status,)
        self._buffer[:0] = head + b"\r\n\r\n"
        return ()

    def answered(self, interim: list[int]) -> bool:
        """Whether a final answer, or the end, has come, as far as was read; interim answers are taken off and noted."""
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            status, _, _ = _parsed(bytes(self._buffer[:end]))
            if status >= 200 or status == 101:
                return True
            interim.append(status)
            self._take(end + 4)
        return self._ended or (bool(self._buffer) and not self._buffer.startswith(b"HTTP/1.1 1"))

    def peek(self) -> bool:
        """Whether bytes of an answer, or its end, have come. Never waits."""
        self.channel.settimeout(0)
        try:
            data = self.channel.recv(_PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        self._buffer += data
        self._ended = self._ended or not data
        return True

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are, within the time for an answer. Raises OSError."""
        self.channel.settimeout(self.patience.answer_seconds)
        self.channel.sendall(data)

    def receive(self, method: str = "GET", wait_seconds: float | None = None) -> Answer:
        """The next answer; what goes wrong is its failure, beside as much as came."""
        watch = Stopwatch()
        partial: dict[str, object] = {"address": self.address}
        body = _Body(self.patience)
        try:
            self._head(partial, Deadline(wait_seconds or self.patience.answer_seconds))
            partial["head_milliseconds"] = watch.read()
            answer = Answer.model_validate(partial)
            self._body(answer, method, body, Deadline(self.patience.answer_seconds))
        except NETWORK_ERRORS as error:
            partial["failure"] = failure_of(error)
        partial["lines"] = tuple(redacted(line) for line in partial.get("lines", ()))  # type: ignore[attr-defined]
        return Answer.model_validate({**partial, **body.kept(), "closes": self._ended, "milliseconds": watch.read()})

    def challenges(self) -> tuple[str, ...]:
        """The last answer's WWW-Authenticate lines with their tokens, which `Answer` cuts off: never to be printed."""
        return self._challenges

    _challenges: tuple[str, ...] = ()

    def ended(self, seconds: float | None = None) -> bool:
        """Whether the other side closes in this time, having said nothing more."""
        if self._ended:
            return True
        self.channel.settimeout(seconds or self.patience.silence_seconds)
        try:
            data = self.channel.recv(_PIECE)
        except TimeoutError:
            return False
        except OSError:
            self._ended = True
            return True
        self._buffer += data
        self._ended = not data
        return self._ended

    def _head(self, partial: dict[str, object], deadline: Deadline) -> None:
        interim: list[int] = []
        while True:
            status, reason, lines = _parsed(self._until(b"\r\n\r\n", self.patience.head_bytes, deadline, _EVERY_ANSWER))
            if status >= 200 or status == 101:
                break
            interim.append(status)
            if len(interim) > _MOST_INTERIM:
                raise TooMuch(f"More than {_MOST_INTERIM} interim answers came, and no final one.")
        self._challenges = tuple(line for line in lines if line.lower().startswith("www-authenticate:"))
        partial.update(status=status, reason=reason, lines=lines, interim=tuple(interim))

    def _body(self, answer: Answer, method: str, body: _Body, deadline: Deadline) -> None:
        if method == "HEAD" or answer.status in {101, 204, 304}:
            return
        codings, lengths = answer.all("Transfer-Encoding"), answer.all("Content-Length")
        if codings:
            self._chunks(body, deadline)
        elif lengths:
            if not re.fullmatch(r"[0-9]{1,15}", lengths[0]) or len(set(lengths)) > 1:
                raise Garbage(f"Content-Length is {', '.join(lengths)}.")
            self._exactly(int(lengths[0]), body, deadline)
        else:
            while data := self._take(_PIECE) or self._read(deadline):
                body.add(data)
        self._ended = self._ended or "close" in answer.get("Connection").lower()

    def _chunks(self, body: _Body, deadline: Deadline) -> None:
        while True:
            line = self._until(b"\r\n", 1024, deadline).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", line):
                raise Garbage("The size of a chunk is not a number.")
            size = int(line, 16)
            if size == 0:
                break
            self._exactly(size, body, deadline)
            self._until(b"\r\n", 1024, deadline)
        while self._until(b"\r\n", self.patience.head_bytes, deadline):
            pass

    def _exactly(self, size: int, body: _Body, deadline: Deadline) -> None:
        while size:
            piece = self._take(size)
            if not piece:
                piece = self._read(deadline)
                if not piece:
                    raise EndedEarly(f"The connection ended {size} bytes before the end of the answer.")
                self._buffer += piece
                continue
            body.add(piece)
            size -= len(piece)

    def _until(self, mark: bytes, most: int, deadline: Deadline, begins: bytes = b"") -> bytes:
        while (found := self._buffer.find(mark)) < 0:
            if len(self._buffer) > most:
                raise TooMuch(f"The head of the answer is longer than {most} bytes.")
            if not self._buffer.startswith(begins[: len(self._buffer)]):
                raise Garbage(f"What came is not HTTP: {bytes(self._buffer[:32])!r}.")
            data = self._read(deadline)
            if not data:
                came = "in the middle of the answer" if self._buffer else "without an answer"
                raise EndedEarly(f"The connection ended {came}.")
            self._buffer += data
        taken = self._take(found)
        self._take(len(mark))
        return taken

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[: len(taken)]
        return taken

    def _read(self, deadline: Deadline) -> bytes:
        self.channel.settimeout(deadline.left())
        try:
            data = self.channel.recv(_PIECE)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        if not data:
            self._ended = True
        return data


class _Body:
    """An answer's body: its beginning is kept, the rest is counted and hashed."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._kept = bytearray()
        self._size = 0
        self._digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._patience.body_bytes:
            raise TooMuch(f"The answer is longer than {self._patience.body_bytes} bytes.")
        self._digest.update(piece)
        self._kept += piece[: max(0, self._patience.kept_bytes - len(self._kept))]

    def kept(self) -> dict[str, object]:
        text = self._kept.decode("utf-8-sig", "replace").replace("\x00", "\ufffd")
        return {"body": text, "body_bytes": self._size, "body_sha256": self._digest.hexdigest() if self._size else ""}


def request_head(method: str, target: str, lines: list[str]) -> bytes:
    """A request's head as bytes."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines]).encode("latin-1") + b"\r\n\r\n"


def _parsed(head: bytes) -> tuple[int, str, tuple[str, ...]]:
    first, *rest = head.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None:
        raise Garbage(f"What came is not HTTP: {first[:64]!r}.")
    lines = tuple(line.decode("latin-1") for line in rest)
    wrong = next((line for line in lines if not _FIELD_LINE.fullmatch(line)), None)
    if wrong is not None:
        raise Garbage(f"A field of the answer is malformed: {wrong[:64]!r}.")
    return int(match[1]), (match[2] or b"").decode("latin-1"), lines


def redacted(line: str) -> str:
    """A field line without what nobody should read: cookies, tickets, tokens of a login."""
    line = _CHALLENGE.sub(r"\1 …", line)
    match = _SECRET_FIELDS.match(line)
    return f"{match[0]}=…" if match else line


@contextlib.contextmanager
def open_http(url: str, connections: Connections) -> Iterator[HttpConnection]:
    """A connection to the host of a URL, with TLS for https. Raises what `Connections.open` and TLS raise."""
    tls, host, port, authority = _parts_of(url)
    patience = connections.way.patience
    with connections.open(host, port, tls=tls) as (plain, address):
        if not tls:
            yield HttpConnection(plain, authority, address, patience)
            return
        plain.settimeout(patience.handshake_seconds)
        with secured(plain, unverified_context(), host) as channel:
            yield HttpConnection(channel, authority, address, patience)


def _parts_of(url: str) -> tuple[bool, str, int, str]:
    """Whether there is TLS, host, port, and the Host field. Servers make URLs as well, and not all are ones."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Garbage(f"{url[:80]!r} is not a URL: {error}.") from None
    if parts.scheme not in _PORTS or not host or not _URL.fullmatch(url):
        raise Garbage(f"{url[:80]!r} is not a URL of http or https.")
    return parts.scheme == "https", host, port or _PORTS[parts.scheme], parts.netloc


def target_of(url: str) -> str:
    """The request target of a URL: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

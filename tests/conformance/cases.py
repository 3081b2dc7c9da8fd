"""What an entry of the catalogue of malformed and ambiguous messages holds.

The faults are those that the test suites of llhttp and of the HTTP Garden collect, and the known classes of request
smuggling. Every entry is written anew, names the clause of the RFC that decides it, and says what must happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HOST = b"Host: site.test"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: site.test\r\n\r\n"
"""What an attacker hides: whoever reads the bytes before it wrongly sees a request here."""


@dataclass(frozen=True)
class Refused:
    """Answered by the proxy with this status; the connection closes; not a byte reaches a server."""

    status: int = 400


@dataclass(frozen=True)
class BrokenOff:
    """The head was good, so it may be on its way when the body turns out malformed: nobody may take it for whole.

    A client gets this status. A server's answer becomes 502 if nothing of it has been passed on, and a reset otherwise.
    """

    status: int = 400


@dataclass(frozen=True)
class Forwarded:
    """Sent on, and every server reads it so. `why` says what allows that."""

    why: str
    target: bytes = b"/"
    body: bytes = b""
    method: bytes = b"GET"
    absent: bytes = b""
    """The name of a field that must not arrive."""
    then: Literal["open", "refused"] = "open"
    """What becomes of the client's connection afterwards: it carries the next request, or what follows is refused."""


@dataclass(frozen=True)
class RequestCase:
    """One request. `data` is everything that the client sends."""

    name: str
    clause: str
    data: bytes
    outcome: Refused | BrokenOff | Forwarded


@dataclass(frozen=True)
class BadGateway:
    """502: nothing of it reaches the client."""


@dataclass(frozen=True)
class PassedOn:
    """Sent on as these bytes. `why` says what allows that."""

    why: str
    received: bytes


Answered = BadGateway | BrokenOff | PassedOn


@dataclass(frozen=True)
class AnswerCase:
    """One answer. `data` is everything that the server sends, and then it stays, or ends its connection."""

    name: str
    clause: str
    data: bytes
    outcome: Answered = BadGateway()
    then: Literal["stays", "ends"] = "stays"
    request: bytes = b"GET /case HTTP/1.1\r\nHost: site.test\r\n\r\n"


def head(start: bytes, *lines: bytes) -> bytes:
    """A message head of these lines."""
    return b"\r\n".join((start, *lines)) + b"\r\n\r\n"


def line(start: bytes) -> bytes:
    """A request with this start line, and one behind it."""
    return head(start, HOST) + SMUGGLED


def get(*lines: bytes) -> bytes:
    """A GET with these lines after its Host, and one behind it."""
    return head(b"GET / HTTP/1.1", HOST, *lines) + SMUGGLED


def post(*lines: bytes, body: bytes = b"") -> bytes:
    """A POST with these lines after its Host, and a body."""
    return head(b"POST / HTTP/1.1", HOST, *lines) + body


def chunked(body: bytes) -> bytes:
    """A POST in chunks."""
    return post(b"Transfer-Encoding: chunked", body=body)

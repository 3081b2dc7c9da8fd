"""Requests and answers of the laboratory's web server, and the strict reading of a request's head.

The rules are RFC 9112's, without leniency: what a proxy must not forward is refused here with a 400, so that a
test sees it. This reading is independent of the proxy's own on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bridgehead.lab.request_body import RequestBody
    from bridgehead.lab.web_server import Connection

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_START_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!-~]*|\*) HTTP/1\.([01])")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")


class BadRequest(Exception):  # noqa: N818 - named after the answer it becomes, 400 Bad Request
    """The request breaks RFC 9112; the connection closes after a 400 that carries this sentence."""


class Fields:
    """Header fields in the order they came; names are compared without regard to case."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def all(self, name: str) -> list[str]:
        """Every value of the field."""
        wanted = name.lower()
        return [value for key, value in self.pairs if key.lower() == wanted]

    def get(self, name: str, default: str = "") -> str:
        """The first value of the field."""
        values = self.all(name)
        return values[0] if values else default


@dataclass
class Request:
    """One request; its body is read when the handler wants it."""

    method: str
    target: str
    fields: Fields
    version: int
    """The minor number of the HTTP version: 1 or 0."""
    connection: Connection
    body: RequestBody

    @property
    def path(self) -> str:
        """The path as it was sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's first value for each name."""
        return {name: values[0] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    @property
    def host(self) -> str:
        """The Host field's name, in lower case, without the port."""
        return split_host(self.fields.get("Host"))[0]

    @property
    def port(self) -> int | None:
        """The Host field's port, where there is one."""
        return split_host(self.fields.get("Host"))[1]

    @property
    def secure(self) -> bool:
        """Whether the request came over TLS."""
        return self.connection.secure


@dataclass
class Response:
    """An answer: whole, or streamed by an iterator (by chunks unless `length` is given)."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "text/html; charset=utf-8"
    fields: list[tuple[str, str]] = field(default_factory=list)
    length: int | None = None
    close: bool = False
    """Whether the connection closes after the answer."""


def split_host(value: str) -> tuple[str, int | None]:
    """The name in lower case and the port of a Host field; ("", None) for anything that is not one."""
    match = _HOST.fullmatch(value)
    if match is None:
        return "", None
    port = match["port"]
    return match["name"].lower(), int(port) if port else None


@dataclass(frozen=True)
class Framing:
    """How a request's body ends: after `length` bytes, or with the last chunk."""

    length: int
    chunked: bool


def read_head(head: bytes) -> tuple[str, str, int, Fields]:
    """Method, target, minor version and fields of a head without its closing empty line."""
    lines = head.decode("latin-1").split("\r\n")
    match = _START_LINE.fullmatch(lines[0])
    if match is None:
        raise BadRequest("The request line is malformed.")
    fields = Fields([_field(line) for line in lines[1:]])
    version = int(match[3])
    if len(fields.all("Host")) != 1 and (version == 1 or fields.all("Host")):
        raise BadRequest("There must be exactly one Host field.")
    return match[1], match[2], version, fields


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise BadRequest("A header field is malformed.")
    return name, value.strip(" \t")


def framing_of(version: int, fields: Fields) -> Framing:
    """RFC 9112 section 6.3 for requests; whatever could be read in two ways is refused."""
    lengths, codings = fields.all("Content-Length"), fields.all("Transfer-Encoding")
    if codings:
        if lengths or version == 0 or [coding.lower() for coding in codings] != ["chunked"]:
            raise BadRequest("Transfer-Encoding must be chunked alone, in HTTP/1.1, without Content-Length.")
        return Framing(0, chunked=True)
    if not lengths:
        return Framing(0, chunked=False)
    if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,15}", lengths[0]):
        raise BadRequest("Content-Length must be one decimal number.")
    return Framing(int(lengths[0]), chunked=False)

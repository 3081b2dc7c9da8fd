"""Parsers of other families, asked what they read in the same bytes.

h11 (Python, regular expressions over whole lines), llhttp by httptools (C, a state machine), waitress and gunicorn
(two servers with parsers of their own). None of them shares code with another, or with the proxy but for llhttp.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import h11
import httptools
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

_LARGE = 1 << 20


@dataclass(frozen=True)
class Read:
    """One whole request, as somebody reads it."""

    method: bytes
    target: bytes
    hosts: tuple[bytes, ...]
    body: bytes


def by_h11(data: bytes) -> list[Read]:
    """The whole requests that h11 finds, until it refuses or wants more."""
    found: list[Read] = []
    while data:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGE)
        connection.receive_data(data)
        try:
            request = connection.next_event()
            if not isinstance(request, h11.Request):
                break
            body = b""
            while isinstance(event := connection.next_event(), h11.Data):
                body += event.data
            if not isinstance(event, h11.EndOfMessage):
                break
        except h11.RemoteProtocolError:
            break
        hosts = tuple(value for name, value in request.headers if name == b"host")
        found.append(Read(request.method, request.target, hosts, body))
        data = connection.trailing_data[0]
    return found


@dataclass
class _Listener:
    """What llhttp calls out."""

    found: list[Read] = field(default_factory=list)
    parser: httptools.HttpRequestParser = field(init=False)

    def on_message_begin(self) -> None:
        self._target = self._body = b""
        self._hosts: tuple[bytes, ...] = ()

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"host":
            self._hosts += (value.rstrip(b" \t"),)  # it leaves the white space behind a value to its user

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        self.found.append(Read(self.parser.get_method(), self._target, self._hosts, self._body))


def by_llhttp(data: bytes) -> list[Read]:
    """The whole requests that llhttp finds. Of methods that it does not know, it finds none."""
    listener = _Listener()
    while data:
        listener.parser = httptools.HttpRequestParser(listener)
        try:
            listener.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # It ends at every offer of another protocol; what follows is for whoever answers it.
            data = data[upgrade.args[0] :]
        except httptools.HttpParserError:
            break
        else:
            break
    return listener.found


_WAITRESS = Adjustments(max_request_header_size=_LARGE)


def by_waitress(data: bytes) -> list[Read]:
    """The whole requests that waitress finds."""
    found: list[Read] = []
    while data:
        parser = HTTPRequestParser(_WAITRESS)
        while data and not parser.completed:
            data = data[parser.received(data) :]
        if not parser.completed or parser.error or parser.empty:
            break
        target = parser.first_line.split(b" ")[1]
        stream = parser.get_body_stream()
        hosts = (parser.headers["HOST"].encode("latin-1"),) if "HOST" in parser.headers else ()
        found.append(Read(parser.command.encode("latin-1"), target, hosts, stream.read() if stream else b""))
        parser.close()
    return found


_GUNICORN = Config()
_GUNICORN.set("permit_unconventional_http_method", True)
logging.getLogger("waitress").disabled = True


def by_gunicorn(data: bytes) -> list[Read]:
    """The whole requests that gunicorn finds."""
    found: list[Read] = []
    parser = RequestParser(_GUNICORN, iter([data]), ("10.0.0.1", 1))
    try:
        for request in parser:
            body = request.body.read()
            announced = [int(value) for name, value in request.headers if name == "CONTENT-LENGTH"]
            if announced and len(body) < announced[0]:  # it takes the end of the bytes for the end of the body
                break
            hosts = tuple(value.encode("latin-1") for name, value in request.headers if name == "HOST")
            found.append(Read(request.method.encode("latin-1"), request.uri.encode("latin-1"), hosts, body))
    except (ParseException, OSError):
        pass
    return found


READERS = {"h11": by_h11, "llhttp": by_llhttp, "waitress": by_waitress, "gunicorn": by_gunicorn}

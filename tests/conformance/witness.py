"""A server that writes down every byte it gets, and reads it with a parser that is none of the proxy's."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

import h11

from tests.proxy.wire import Peer, ScriptedServer

_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Request:
    """One whole request, as h11 reads it."""

    method: bytes
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""

    def values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self.fields if found == name]


@dataclass
class Connection:
    """What came on one connection."""

    received: bytes = b""
    requests: list[Request] = field(default_factory=list)
    end: Literal["", "clean", "reset"] = ""
    malformed: bool = False


class Witness:
    """Answers each whole request with two bytes; what is no request, or not whole, gets no answer."""

    def __init__(self) -> None:
        self.server = ScriptedServer(script=self._serve)
        self._connections: list[Connection] = []
        self._lock = threading.Lock()
        self._seen: dict[int, tuple[int, int]] = {}

    def forget(self) -> None:
        """What came until now counts no more."""
        with self._lock:
            self._seen = {id(one): (len(one.received), len(one.requests)) for one in self._connections}

    def open_connections(self) -> int:
        with self._lock:
            return sum(1 for one in self._connections if not one.end)

    def news(self) -> list[Connection]:
        """What came since then, for each connection on which anything came."""
        with self._lock:
            connections = list(self._connections)
        found = []
        for one in connections:
            received, requests = self._seen.get(id(one), (0, 0))
            if len(one.received) > received:
                found.append(Connection(one.received[received:], one.requests[requests:], one.end, one.malformed))
        return found

    def _serve(self, peer: Peer) -> None:
        connection = Connection()
        with self._lock:
            self._connections.append(connection)
        reader = h11.Connection(h11.SERVER)
        try:
            while data := peer.receive():
                connection.received += data
                reader.receive_data(data)
                self._read(peer, reader, connection)
                if connection.malformed:
                    peer.send(_REFUSAL)
                    break
            connection.end = "clean"
        except ConnectionResetError:
            connection.end = "reset"
            raise

    def _read(self, peer: Peer, reader: h11.Connection, connection: Connection) -> None:
        """Read as many events as there are, and answer each whole request."""
        try:
            while (event := reader.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                match event:
                    case h11.Request():
                        self._request = Request(event.method, event.target, list(event.headers))
                    case h11.Data():
                        self._request.body += event.data
                    case h11.EndOfMessage():
                        connection.requests.append(self._request)
                        length = [("Content-Length", "2")]
                        answer = reader.send(h11.Response(status_code=200, headers=length, reason="OK"))
                        body = b"" if self._request.method == b"HEAD" else b"ok"
                        if body:
                            reader.send(h11.Data(data=body))
                        reader.send(h11.EndOfMessage())
                        assert answer is not None
                        peer.send(answer + body)
                        if reader.our_state is not h11.DONE:
                            break
                        reader.start_next_cycle()
                    case _:
                        break
        except h11.RemoteProtocolError:
            connection.malformed = True

"""A proxy as nobody must build it: every answered upstream connection goes back to one pool for everybody."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class CarelessRelay:
    """Relays plain HTTP/1.1 from a free port of 127.0.0.1 to `server`; `port` says which."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._pool: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes the accepting thread as well, which a mere close would leave waiting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        while self._pool:
            self._pool.pop().close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while request := _read_message(client):
                upstream = self._pool.pop() if self._pool else socket.create_connection(self._server)
                upstream.sendall(request)
                client.sendall(_read_message(upstream))
                self._pool.append(upstream)  # the mistake: whoever logged in on it stays logged in


def _read_message(peer: socket.socket) -> bytes:
    """A head and a body of Content-Length; nothing at the end of the connection."""
    message, end = b"", 0
    while not end or len(message) < end:
        data = peer.recv(65536)
        if not data:
            return b""
        message += data
        if not end and b"\r\n\r\n" in message:
            length = _LENGTH.search(message)
            end = message.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    return message

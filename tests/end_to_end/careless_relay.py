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
        self._opened: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes the accepting thread as well, which a mere close would leave waiting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for upstream in self._opened:
            upstream.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            unread = bytearray()
            while request := _read_message(client, unread):
                upstream = self._pool.pop() if self._pool else self._open()
                upstream.sendall(request)
                client.sendall(_read_message(upstream, bytearray()))
                self._pool.append(upstream)  # the mistake: whoever logged in on it stays logged in

    def _open(self) -> socket.socket:
        upstream = socket.create_connection(self._server)
        self._opened.append(upstream)
        return upstream


def _read_message(peer: socket.socket, unread: bytearray) -> bytes:
    """A head and a body of Content-Length; nothing at the end of the connection. The rest stays in `unread`."""
    while True:
        head, _, _ = unread.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        end = len(head) + 4 + (int(length[1]) if length else 0)
        if len(unread) >= end:
            message = bytes(unread[:end])
            del unread[:end]
            return message
        data = peer.recv(65536)
        if not data:
            return b""
        unread += data

"""A small web server that answers as it is told: well, with an error, slowly, drop by drop, not at all."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

Manner = Literal["well", "error", "redirect", "silent", "dripping", "nonsense", "hang-up"]
_ANSWERS: dict[Manner, bytes] = {
    "well": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "error": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"220 mail.contoso.com ESMTP\r\n\r\n",
    "hang-up": b"",
}


class Web:
    """Listens on 127.0.0.1 for the length of a `with` block."""

    def __init__(self, identity: Path | None = None) -> None:
        """`identity`: key and chain in one PEM file, for TLS."""
        self.manner: Manner = "well"
        self.heads: list[bytes] = []
        self.messages: list[dict[str, Any]] = []
        self._context: ssl.SSLContext | None = None
        if identity is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(identity)

    @property
    def url(self) -> str:
        scheme = "https" if self._context is not None else "http"
        return f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}/hooks/secret?token=hidden"

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        # A thread in accept() is not woken by close().
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(30)
                self._answer(self._context.wrap_socket(client, server_side=True) if self._context else client)

    def _answer(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as stream:
            head = b"".join(iter(stream.readline, b"\r\n"))
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            body = stream.read(length)
            if self.manner == "silent":
                client.recv(1)
            elif self.manner == "dripping":
                client.sendall(b"HTTP/1.1 200 OK\r\n")
                while not self._over.wait(0.05):
                    client.sendall(b"X: y\r\n")
            else:
                self.heads.append(head)
                self.messages.append(json.loads(body))
                client.sendall(_ANSWERS[self.manner])

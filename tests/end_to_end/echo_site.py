"""A web site that answers with what reached it: the simplest thing that can be published."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = {
            "site": self.server.site.name,
            "method": self.command,
            "target": self.path,
            "fields": list(self.headers.items()),
            "body": body.decode("latin-1"),
            "client": self.client_address[0],
        }
        self.server.site.requests.append(seen)
        content = json.dumps(seen).encode()
        self.send_response(self.server.site.status)
        for name, value in self.server.site.fields:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815 - http.server finds methods by these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server's own parameter
        """Say nothing: what was seen is in `requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: EchoSite

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, or would not trust our certificate, is not an error of the test."""


class EchoSite:
    """A running site on a free port of 127.0.0.1; a context manager. `requests` holds what reached it."""

    def __init__(
        self,
        name: str,
        context: ssl.SSLContext | None = None,
        *,
        status: int = 200,
        fields: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.status = status
        self.fields = fields
        self.requests: list[dict[str, Any]] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        if context is not None:
            # The handshake is left to the first read, in the connection's own thread.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.scheme = "https" if context is not None else "http"
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """Where the site is: `https://127.0.0.1:34567`."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

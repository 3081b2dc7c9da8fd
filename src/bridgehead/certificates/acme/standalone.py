"""http-01 where no proxy runs yet: the first certificate, without which none can start.

Listens where the proxy's own listeners without TLS will, answers the proofs that are open and nothing else, and is
gone with the order.
"""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.acme.state import Proof

DIRECTORY = "/.well-known/acme-challenge/"


class Standalone:
    """Answers proofs by itself."""

    def __init__(self, addresses: Sequence[tuple[str, int]]) -> None:
        """`addresses` are those of the file's listeners without TLS."""
        self._addresses = tuple(addresses)
        self._servers: list[ThreadingHTTPServer] = []

    def place(self, proofs: Sequence[Proof]) -> None:
        """Listen, and answer these. Raises AttemptFailed where the address cannot be listened on."""
        self.remove(())
        pages = {(proof.name.lower(), f"{DIRECTORY}{proof.token}"): proof.value.encode("ascii") for proof in proofs}
        handler = type("Handler", (_Handler,), {"pages": pages})
        for host, port in self._addresses:
            try:
                server = _server(host, port, handler)
            except OSError as error:
                self.remove(())
                raise AttemptFailed([_unusable(host, port, error)], another_may_help=False) from None
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def remove(self, proofs: Sequence[Proof]) -> None:  # noqa: ARG002 - all go together
        """Listen no more."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []


class _Handler(BaseHTTPRequestHandler):
    pages: dict[tuple[str, str], bytes]
    """By host and path."""
    timeout = 10

    def do_GET(self) -> None:
        """The proof that is asked for, or nothing. Each is for its own host, as the proxy has it."""
        host = self.headers.get("Host", "").partition(":")[0].rstrip(".").lower()
        page = self.pages.get((host, self.path))
        self.send_response(200 if page is not None else 404)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page or b"")

    do_HEAD = do_GET  # noqa: N815 - http.server finds it by this name

    def log_message(self, *_: object) -> None:
        """Nothing: the command says what came of it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Without asking DNS for the address's name, which may take long, and which nobody needs."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "", int(self.server_address[1])


def _server(host: str, port: int, handler: type[_Handler]) -> ThreadingHTTPServer:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("Server", (_Server,), {"address_family": family})
    server: ThreadingHTTPServer = kind((host, port), handler)
    return server


def _unusable(host: str, port: int, error: OSError) -> Problem:
    message = f"No proxy runs, and the challenge cannot be answered on {host}, port {port}: {error.strerror or error}."
    hint = (
        "Ports below 1024 need root, or CAP_NET_BIND_SERVICE as bridgehead-renew.service has it. Does another listen?"
    )
    return Problem("acme.listen", f"{host}:{port}", message, hint)

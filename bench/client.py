"""A small blocking HTTP client that shows its connection: for probes, new connections and idle ones."""

from __future__ import annotations

import re
import socket
import ssl

from bench.testbed import PUBLIC_HOST

_TIMEOUT_SECONDS = 10.0
_CHUNK_BYTES = 1 << 18
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class UnexpectedAnswer(Exception):  # noqa: N818 - the answer is what is wrong, and it is named in the report
    """A proxy answered with something that no workload asks for."""


def client_context() -> ssl.SSLContext:
    """A context that accepts any certificate: who is at the other end is known, and checking would cost the load."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port: int, context: ssl.SSLContext | None, session: ssl.SSLSession | None = None) -> socket.socket:
    """A connection to a proxy on 127.0.0.1, through TLS where a context is given."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is None:
        return connection
    try:
        return context.wrap_socket(connection, server_hostname=PUBLIC_HOST, session=session)
    except OSError:
        connection.close()
        raise


def request_bytes(path: str, *fields: str) -> bytes:
    """A GET request with the given header fields."""
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {PUBLIC_HOST}", *fields, "", ""]).encode()


def exchange(connection: socket.socket, request: bytes, *, status: int = 200) -> int:
    """Send a request, read its whole answer by Content-Length, and return the length of the body.

    Raises UnexpectedAnswer for another status or a connection that ends too early.
    """
    connection.sendall(request)
    head, body_bytes = _read_head(connection)
    if head[9:12] != str(status).encode():
        raise UnexpectedAnswer(f"expected {status}, got {head.splitlines()[0].decode(errors='replace')!r}")
    return _read_body(connection, head, body_bytes)


def ask(connection: socket.socket, request: bytes) -> bytes:
    """Send a request and read its whole answer, whatever its status; the head."""
    connection.sendall(request)
    head, body_bytes = _read_head(connection)
    _read_body(connection, head, body_bytes)
    return head


def _read_body(connection: socket.socket, head: bytes, body_bytes: int) -> int:
    declared = _LENGTH.search(head + b"\r\n")
    if declared is None:
        raise UnexpectedAnswer("the answer has no Content-Length")
    length = int(declared[1])
    while body_bytes < length:
        chunk = connection.recv(_CHUNK_BYTES)
        if not chunk:
            raise UnexpectedAnswer(f"the connection ended after {body_bytes} of {length} bytes")
        body_bytes += len(chunk)
    return length


def _read_head(connection: socket.socket) -> tuple[bytes, int]:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(_CHUNK_BYTES)
        if not chunk:
            raise UnexpectedAnswer("the connection ended before an answer")
        received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, len(rest)

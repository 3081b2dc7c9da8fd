"""A server that makes TLS handshakes with the chain it is given, and nothing else."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.certificates.issuing import Issued, pem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography import x509


@contextmanager
def tls_server(directory: Path, leaf: Issued, *chain: x509.Certificate) -> Iterator[int]:
    """Yields its port on 127.0.0.1."""
    certificate = directory / f"{leaf.certificate.serial_number}.pem"
    certificate.write_bytes(leaf.key_pem + pem(leaf.certificate, *chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_shake_hands, args=(listening, context))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        # A thread in accept() is not woken by close().
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain, suppress(OSError):
            plain.settimeout(10)
            context.wrap_socket(plain, server_side=True).close()

"""What a server shows when a TLS connection is made to it. Nothing is verified, nothing sent: it is looked at."""

from __future__ import annotations

import socket
import ssl
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.names import address_or_none
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from bridgehead.spec import Server

PATIENCE_SECONDS = 10.0
"""For the connection and for each step of the handshake."""


@dataclass(frozen=True)
class Shown:
    """The chain that one server sends, as it sends it; empty where it cannot be had, and the problem says why."""

    server: str
    chain: tuple[x509.Certificate, ...] = ()
    problem: Problem | None = None


def fetch(server: Server, patience: float = PATIENCE_SECONDS) -> Shown:
    """Connect to a server of a pool and read its chain. Never raises."""
    where = f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
    name = server.server_name or server.verify_name or server.host
    try:
        with (
            socket.create_connection((server.host, server.port), timeout=patience) as plain,
            _curious().wrap_socket(plain, server_hostname=None if address_or_none(name) else name) as tls,
        ):
            return Shown(where, _chain(tls))
    except (OSError, ValueError, *UNREADABLE) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        message = f"No certificate can be had from this server: {reason}."
        hint = "Does it run, does a firewall let us through (TCP 4443 inside), and does it speak TLS there?"
        return Shown(where, problem=Problem("trust.no-answer", where, message, hint))


def _curious() -> ssl.SSLContext:
    """A context that accepts whatever a server shows, TLS 1.0 of Windows Server 2008 included."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # to look at an old server is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _chain(tls: ssl.SSLSocket) -> tuple[x509.Certificate, ...]:
    # Public from Python 3.13 on; before, the same method of the object inside the socket.
    inside = tls if hasattr(tls, "get_unverified_chain") else tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    # 2 is ENCODING_DER; Python 3.13 gives bytes at once.
    sent = inside.get_unverified_chain() or ()
    ders = [one if isinstance(one, bytes) else one.public_bytes(2) for one in sent]
    with quietly():
        return tuple(x509.load_der_x509_certificate(der) for der in ders)

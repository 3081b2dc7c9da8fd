"""What all proxies of one run share: a directory, certificates, and a backend to forward to."""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.certificates import Certificates

PUBLIC_HOST = "localhost"
"""Host and SNI of every request: wrk sends the host of its URL as SNI, and only this one resolves everywhere."""
BACKEND_HOST = "backend.bench.test"
"""The name in the backend's certificate, which proxies send as SNI and verify."""

PROXY_CORE = 0
OTHER_CORE = 1
"""The backend and the load share a core, so that nothing of ours disturbs the proxy's."""

_LOWEST_PORT = 20000
_HIGHEST_PORT = 32000  # Linux gives outgoing connections ports from 32768 on; one of those could take ours


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the backend listens on 127.0.0.1."""

    tls: int
    plain: int
    status: int
    """Its own counters, for `bench.backend.requests_counted`."""


@dataclass(frozen=True, slots=True)
class Testbed:
    """The surroundings in which every proxy is started."""

    directory: Path
    certificates: Certificates
    backend: Backend


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one proxy listens on 127.0.0.1: two TLS listeners bridged to TLS, and a plain one bridged to plain."""

    rsa: int
    ecdsa: int
    plain: int


def free_ports() -> Ports:
    """Ports for one proxy."""
    return Ports(free_port(), free_port(), free_port())


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens at this moment."""
    while True:
        port = random.randint(_LOWEST_PORT, _HIGHEST_PORT)
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
            return port

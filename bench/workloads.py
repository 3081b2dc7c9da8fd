"""The workloads: what is asked of every proxy, and how much Bridgehead may take for it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bench.backend import BOUND_LARGE, BOUND_SMALL, GUARDED_SMALL, LARGE, LARGE_BYTES, SMALL, TOLD_SMALL, UPLOAD
from bench.handshakes import HandshakeLoad
from bench.load import BROWSER_FIELDS, Outcome, WrkLoad, local_url
from bench.logged_in import PASSING_CREDENTIAL, LoggedInLoad, log_in_to_the_proxy, log_in_to_the_site

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bench.testbed import Ports


class RunningLoad(Protocol):
    """A load under way."""

    def finish(self) -> Outcome:
        """Wait for its end."""


class Load(Protocol):
    """Requests on the way to one proxy."""

    def started(self) -> AbstractContextManager[RunningLoad]:
        """Run it while the context lasts."""


@dataclass(frozen=True, slots=True)
class CpuWorkload:
    """Requests under load, measured in CPU time of the proxy."""

    name: str
    title: str
    load: Callable[[Ports, int, Path], Load]
    """Makes the load from a proxy's ports, a number of seconds and a directory for its files."""
    goal: float
    """How much of nginx's CPU time per request Bridgehead may take."""
    counted_as: int = 1
    """How often the backend counts one of its requests."""
    remark: str = ""
    beside: Mapping[str, Callable[[Ports, int, Path], Load]] = field(default_factory=dict)
    """Where no other proxy can do it: what Bridgehead does besides, each in a row of its own, in the same rounds."""
    baseline: str = "nginx"
    """The row that others are compared with."""


@dataclass(frozen=True, slots=True)
class MemoryWorkload:
    """Connections that have been used once and now wait, measured in memory of the proxy."""

    name: str
    title: str
    path: str
    bound: bool
    goal: float
    """How many KB a connection of Bridgehead may take."""
    remark: str = ""
    fields: tuple[str, ...] = BROWSER_FIELDS
    credential: str = PASSING_CREDENTIAL


Workload = CpuWorkload | MemoryWorkload


def _download(path: str, *, connections: int, tls: bool = True) -> Callable[..., Load]:
    def load(ports: Ports, seconds: int, directory: Path) -> Load:
        url = local_url(ports.rsa if tls else ports.plain, path, tls=tls)
        return WrkLoad(url, connections, seconds, directory, fields=BROWSER_FIELDS)

    return load


def _upload(ports: Ports, seconds: int, directory: Path) -> Load:
    url = local_url(ports.rsa, UPLOAD, tls=True)
    return WrkLoad(url, 8, seconds, directory, method="POST", body_bytes=LARGE_BYTES)


def _logged_in(path: str, log_in: Callable[[socket.socket, str], None]) -> Callable[..., Load]:
    def load(ports: Ports, seconds: int, _directory: Path) -> Load:
        return LoggedInLoad(ports.rsa, path, seconds, log_in)

    return load


_BOUND_REMARK = (
    "Bridgehead ties the upstream connection to the client's, for its credential; the others share it as they do any. "
    "HAProxy would tie it after a challenge."
)
_BOUND_IDLE_REMARK = (
    "After a 401 with an NTLM challenge and a request with a credential. Bridgehead and HAProxy then hold an upstream "
    "connection for each client; the others share theirs."
)

WORKLOADS: tuple[Workload, ...] = (
    CpuWorkload(
        "bridged",
        "TLS to TLS, kept alive, 1 KiB answers, twelve request fields, 32 connections",
        _download(SMALL, connections=32),
        goal=1.4,
    ),
    CpuWorkload("download", "TLS to TLS, 1 MiB answers, 8 connections", _download(LARGE, connections=8), goal=1.3),
    CpuWorkload("upload", "TLS to TLS, 1 MiB uploads, 8 connections", _upload, goal=1.3, counted_as=2),
    CpuWorkload(
        "new-rsa",
        "a new TLS connection for each request, RSA 2048, full handshake, upstream kept alive",
        lambda ports, seconds, _directory: HandshakeLoad(ports.rsa, SMALL, seconds),
        goal=1.3,
    ),
    CpuWorkload(
        "new-ecdsa",
        "a new TLS connection for each request, ECDSA P-256, full handshake, upstream kept alive",
        lambda ports, seconds, _directory: HandshakeLoad(ports.ecdsa, SMALL, seconds),
        goal=1.3,
    ),
    CpuWorkload(
        "new-resumed",
        "a new TLS connection for each request, session resumed, upstream kept alive",
        lambda ports, seconds, _directory: HandshakeLoad(ports.rsa, SMALL, seconds, resumed=True),
        goal=1.3,
    ),
    CpuWorkload(
        "plain",
        "plain to plain, kept alive, 1 KiB answers, 32 connections",
        _download(SMALL, connections=32, tls=False),
        goal=1.4,
    ),
    CpuWorkload(
        "bound",
        "TLS to TLS, kept alive, 1 KiB answers, 32 connections that have sent an NTLM credential before",
        _logged_in(SMALL, log_in_to_the_site),
        goal=1.4,
        remark=_BOUND_REMARK,
    ),
    CpuWorkload(
        "preauthenticated",
        "TLS to TLS, kept alive, 1 KiB answers, 32 connections that have logged in to Bridgehead itself before",
        _logged_in(GUARDED_SMALL, log_in_to_the_proxy),
        goal=1.05,
        beside={
            "pass-through": _logged_in(SMALL, log_in_to_the_site),
            "user-told": _logged_in(TOLD_SMALL, log_in_to_the_proxy),
        },
        baseline="pass-through",
        remark="pass-through: the same after a login to the site. user-told: the backend is sent the user's name.",
    ),
    MemoryWorkload(
        "idle-pooled", "idle TLS connection after a 1 KiB answer, upstream pooled", SMALL, bound=False, goal=25
    ),
    MemoryWorkload(
        "idle-pooled-large", "idle TLS connection after a 1 MiB answer, upstream pooled", LARGE, bound=False, goal=25
    ),
    MemoryWorkload(
        "idle-bound",
        "idle TLS connection after a 1 KiB answer, upstream bound",
        BOUND_SMALL,
        bound=True,
        goal=60,
        remark=_BOUND_IDLE_REMARK,
    ),
    MemoryWorkload(
        "idle-bound-large",
        "idle TLS connection after a 1 MiB answer, upstream bound",
        BOUND_LARGE,
        bound=True,
        goal=60,
        remark=_BOUND_IDLE_REMARK,
    ),
)

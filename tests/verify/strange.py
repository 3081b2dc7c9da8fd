"""Servers that do what servers should not, on loopback, and a look at them."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from bridgehead.lab.authority import LabAuthority
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Verification
from bridgehead.verify.targets import Scope, Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bridgehead.verify.observing.observer import Observer
    from bridgehead.verify.results import Report, Result

HOST = "webext.contoso.com"
HASTE = replace(Patience.of_timeout(0.4), handshake_seconds=5.0, silence_seconds=0.1, upload_seconds=2.0)
"""Bounds for servers that make us wait: their whole point is that nothing comes."""


class Strange:
    """A listener on a free port; `serve` gets each connection, after TLS where there is a context."""

    def __init__(self, serve: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(accepted,), daemon=True).start()

    def _handle(self, accepted: socket.socket) -> None:
        with suppress(OSError), accepted:
            if self._context is None:
                self._serve(accepted)
                return
            accepted.settimeout(10)
            accepted.getpeername()
            with self._context.wrap_socket(accepted, server_side=True) as secured:
                self._serve(secured)


class NeverAccepts:
    """A listener whose queue is full: the kernel drops whoever comes, as a firewall does."""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        listening = self._stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        self.port: int = listening.getsockname()[1]
        # Until one more does not get in: then the queue is full, however long this kernel makes it.
        while True:
            waiting = self._stack.enter_context(socket.socket())
            waiting.settimeout(0.2)
            try:
                waiting.connect(("127.0.0.1", self.port))
            except TimeoutError:
                return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def silent(connection: socket.socket) -> None:
    """Read, and say nothing, until the client goes."""
    while connection.recv(65536):
        pass


def answering(data: bytes) -> Callable[[socket.socket], None]:
    """Answer each request with the same bytes, until the client goes."""

    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(data)

    return serve


@dataclass
class Certified:
    """An authority, its root, and contexts with certificates of it."""

    directory: Path
    authority: LabAuthority

    @property
    def root(self) -> Path:
        return self.authority.write_root(self.directory, "root")

    def context(self, *names: str, **how: object) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = self.authority.issue(names or (HOST,), **{"key": "ecdsa", **how})  # type: ignore[arg-type]
        context.load_cert_chain(*issued.write(self.directory, f"site{id(issued)}"))
        return context


def target(port: int, *, plain: int | None = None, **more: object) -> Target:
    """A front-end pool's name on this port."""
    scope = Scope(names=(HOST,), mapped=True, upload_bytes=100_000)
    made = Target(host=HOST, roles=("front-end",), https_port=port, http_port=plain, scope=scope)
    return replace(made, **more)  # type: ignore[arg-type]


def look_at(*roots: Path, patience: Patience = HASTE) -> Observer:
    """The network, with every name on loopback."""
    return network(Way(patience=patience, leads=(Leads("127.0.0.1"),), roots=roots))


def report_on(port: int, *roots: Path, patience: Patience = HASTE, skip: tuple[str, ...] = ()) -> Report:
    """Everything that can be said about what answers there."""
    return Verification((target(port),), look_at(*roots, patience=patience), "", Selection(skip=skip)).report()


def failures(report: Report) -> list[str]:
    return [result.code for result in report.results if result.status == "failed"]


def result(report: Report, code: str) -> Result:
    return next(one for one in report.results if one.code == code)


def broken(report: Report) -> list[str]:
    """Checks that raised instead of judging."""
    return [one.seen for one in report.results if "itself broke" in one.seen]

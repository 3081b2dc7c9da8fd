"""Load on connections that log in before anything is measured, and then ask without a credential.

wrk cannot log in: its requests are made before it starts. So a few threads do it here, each with several connections
that it asks all at once. They share a processor with the backend, which limits the rate: read the CPU.
"""

from __future__ import annotations

import base64
import contextlib
import re
import statistics
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import spnego

from bench.client import UnexpectedAnswer, ask, client_context, connect, exchange, request_bytes
from bench.load import BROWSER_FIELDS, Outcome

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

_THREADS = 4
_CONNECTIONS_OF_A_THREAD = 8

USER, PASSWORD, DOMAIN = "bench", "only for the benchmark", "BENCH"
_CHALLENGE = re.compile(rb"\r\nWWW-Authenticate: NTLM ([A-Za-z0-9+/]+=*)(?:\r|$)", re.IGNORECASE)
PASSING_CREDENTIAL = "Authorization: NTLM TlRMTVNTUAADAAAAAAAAAA=="
"""Begins as an NTLM authenticate message does; the backend takes anything."""


def log_in_to_the_site(connection: socket.socket, path: str) -> None:
    """A credential that passes: from here on the connection owns one to the backend."""
    exchange(connection, request_bytes(path, *BROWSER_FIELDS, PASSING_CREDENTIAL))


def log_in_to_the_proxy(connection: socket.socket, path: str) -> None:
    """Three messages of NTLM. Raises UnexpectedAnswer where there is no challenge."""
    context = spnego.client(f"{DOMAIN}\\{USER}", PASSWORD, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    head = ask(connection, request_bytes(path, *BROWSER_FIELDS, _credential(context.step())))
    challenge = _CHALLENGE.search(head)
    if challenge is None:
        raise UnexpectedAnswer(f"no challenge of NTLM, but {head.splitlines()[0].decode(errors='replace')!r}")
    last = context.step(base64.b64decode(challenge[1]))
    exchange(connection, request_bytes(path, *BROWSER_FIELDS, _credential(last)))


def _credential(token: bytes | None) -> str:
    return f"Authorization: NTLM {base64.b64encode(token or b'').decode()}"


@dataclass(frozen=True, slots=True)
class LoggedInLoad:
    """Connections that each send the next request when the last is answered."""

    port: int
    path: str
    seconds: int
    log_in: Callable[[socket.socket, str], None]

    @contextlib.contextmanager
    def started(self) -> Iterator[_RunningClients]:
        """Log in on every connection, then run while the context lasts."""
        with contextlib.ExitStack() as stack:
            connections = []
            for _ in range(_THREADS * _CONNECTIONS_OF_A_THREAD):
                connections.append(stack.enter_context(connect(self.port, client_context())))
                self.log_in(connections[-1], self.path)
            run = _RunningClients(self, connections)
            stack.callback(run.stop)
            yield run


class _RunningClients:
    def __init__(self, load: LoggedInLoad, connections: list[socket.socket]) -> None:
        self._request = request_bytes(load.path, *BROWSER_FIELDS)
        self._end = time.monotonic() + load.seconds
        self._begin = time.monotonic()
        self._stopping = threading.Event()
        self._milliseconds: list[float] = []
        self._failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._client, args=(connections[first::_THREADS],), daemon=True)
            for first in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def finish(self) -> Outcome:
        """Wait until the time is over."""
        self._stopping.wait(max(0, self._end - time.monotonic()))
        self.stop()
        elapsed = time.monotonic() - self._begin
        complaint = f"{len(self._failures)} failed, such as: {self._failures[0]}" if self._failures else ""
        if len(self._milliseconds) < 2:
            return Outcome(0, 0, 0, complaint=complaint or "no answer at all")
        percentiles = statistics.quantiles(self._milliseconds, n=100)
        return Outcome(len(self._milliseconds) / elapsed, percentiles[49], percentiles[98], complaint)

    def _client(self, connections: list[socket.socket]) -> None:
        try:
            while not self._stopping.is_set():
                begin = time.perf_counter()
                for connection in connections:
                    connection.sendall(self._request)
                for connection in connections:
                    exchange(connection, b"")
                    self._milliseconds.append((time.perf_counter() - begin) * 1000)
        except (OSError, UnexpectedAnswer) as error:
            self._failures.append(str(error))
            self._stopping.set()

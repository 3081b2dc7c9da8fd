"""Load that opens a new TLS connection for each request.

wrk always resumes the session of its last connection; ab never does, but speaks HTTP/1.0 and is no faster, since
OpenSSL takes most of the time. The client limits the rate, so the proxy is idle now and then: read the CPU, not the
requests a second.
"""

from __future__ import annotations

import contextlib
import ssl
import statistics
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.client import UnexpectedAnswer, client_context, connect, exchange, request_bytes
from bench.load import BROWSER_FIELDS, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

_THREADS = 4
_TOLERATED_FAILURES = 20


@dataclass(frozen=True, slots=True)
class HandshakeLoad:
    """Clients that connect, ask once with `Connection: close`, read to the end and connect again."""

    port: int
    path: str
    seconds: int
    resumed: bool = False
    """Whether clients present the session of their last connection."""

    @contextlib.contextmanager
    def started(self) -> Iterator[_RunningHandshakes]:
        """Run the clients while the context lasts."""
        run = _RunningHandshakes(self)
        try:
            yield run
        finally:
            run.stop()


class _RunningHandshakes:
    def __init__(self, load: HandshakeLoad) -> None:
        self._load = load
        self._request = request_bytes(load.path, *BROWSER_FIELDS, "Connection: close")
        self._begin = time.monotonic()
        self._stopping = threading.Event()
        self._milliseconds: list[float] = []
        self._failures: list[str] = []
        self._resumed = 0
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(_THREADS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def finish(self) -> Outcome:
        """Wait until the time is over."""
        self._stopping.wait(max(0, self._begin + self._load.seconds - time.monotonic()))
        self.stop()
        elapsed = time.monotonic() - self._begin
        if len(self._milliseconds) < 2:
            return Outcome(0, 0, 0, complaint=self._complaint())
        percentiles = statistics.quantiles(self._milliseconds, n=100)
        return Outcome(len(self._milliseconds) / elapsed, percentiles[49], percentiles[98], self._complaint())

    def _client(self) -> None:
        context = client_context()
        session: ssl.SSLSession | None = None
        while not self._stopping.is_set():
            begin = time.perf_counter()
            try:
                session = self._connect_and_ask(context, session)
            except (OSError, UnexpectedAnswer) as error:
                self._failures.append(str(error))
                if len(self._failures) >= _TOLERATED_FAILURES:
                    self._stopping.set()
            else:
                self._milliseconds.append((time.perf_counter() - begin) * 1000)

    def _connect_and_ask(self, context: ssl.SSLContext, session: ssl.SSLSession | None) -> ssl.SSLSession | None:
        with connect(self._load.port, context, session) as connection:
            assert isinstance(connection, ssl.SSLSocket)
            exchange(connection, self._request)
            self._resumed += connection.session_reused is True
            return connection.session if self._load.resumed else None

    def _complaint(self) -> str:
        complaints = [f"{len(self._failures)} failed, such as: {self._failures[0]}"] if self._failures else []
        expected = len(self._milliseconds) if self._load.resumed else 0
        if abs(self._resumed - expected) > _THREADS + expected * 0.05:
            complaints.append(f"{self._resumed} of {len(self._milliseconds)} sessions were resumed")
        return ", ".join(complaints)

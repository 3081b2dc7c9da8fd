"""Many sites behind one proxy process: what a test publishes is its own, the second that a start takes is not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from bridgehead.spec import Certificate, Forward, Listener, Pool, Rule
from tests.proxy.wire import Peer, Proxy, ScriptedServer, eventually

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    import trustme

SITES = 40
"""Sites in one process; when all are used, another process is started."""


@dataclass
class Site:
    """`site.test` on listeners of its own, with a server of its own behind it."""

    proxy: Proxy
    name: str
    port: int
    tls_port: int
    server: ScriptedServer

    def connect(self, *, receive_buffer: int = 0) -> Peer:
        return self.proxy.connect(self.port, receive_buffer=receive_buffer)

    def connect_tls(self, name: str | None = "site.test") -> Peer:
        return self.proxy.connect_tls(name, port=self.tls_port)

    def ask(self, request: bytes, answer: bytes) -> tuple[bytes, bytes]:
        """One exchange over plain HTTP: what the server got, and what the client got."""
        client = self.connect()
        client.send(request)
        server = self.server.accept()
        received = server.read_message()
        server.send(answer)
        return received, client.read_message()

    def log(self, count: int = 1) -> list[dict[str, Any]]:
        """This site's lines in the access log, once there are as many."""
        names = (self.name, f"{self.name}-tls")

        def look() -> list[dict[str, Any]]:
            lines = [line for line in self.proxy.lines() if line.get("listener") in names]
            return lines if len(lines) >= count else []

        return eventually(look, f"{count} lines in the log")


class Sites:
    """Hands out sites, each to one test."""

    def __init__(self, directory: Path, authority: trustme.CA, tls: ssl.SSLContext | None = None) -> None:
        self._directory = directory
        self._authority = authority
        self._tls = tls
        self._unused: list[Site] = []
        self._running: list[Proxy] = []

    def next(self) -> Site:
        if not self._unused:
            self._start()
        return self._unused.pop()

    def stop(self) -> None:
        for proxy in self._running:
            proxy.stop(sound=False)  # each test has looked for itself

    def _start(self) -> None:
        directory = self._directory / str(len(self._running))
        directory.mkdir()
        proxy = Proxy(directory, self._authority, ())
        certificate = Certificate(name="site", pairs=(proxy.key_pair("site.test", "other.test", "*.wild.test"),))
        listeners: list[Listener] = []
        pools: list[Pool] = []
        rules: list[Rule] = []
        ports = count(20_000)  # nobody else uses the address
        for number in range(SITES):
            name = f"site{number}"
            site = Site(
                proxy,
                name,
                port=next(ports),
                tls_port=next(ports),
                server=ScriptedServer(host=proxy.host, port=next(ports), tls=self._tls),
            )
            secure = f"{name}-tls"
            listeners += [
                Listener(name=name, host=proxy.host, port=site.port, tls=False),
                Listener(name=secure, host=proxy.host, port=site.tls_port, tls=True, certificates=("site",)),
            ]
            pools.append(proxy.pool_of(site.server, name=name))
            hosts = ("site.test", "*")
            rules.append(Rule(name=name, listeners=(name, secure), hosts=hosts, action=Forward(pool=name)))
            self._unused.append(site)
        proxy.certificates, proxy.listeners = (certificate,), tuple(listeners)
        proxy.pools, proxy.rules = tuple(pools), tuple(rules)
        self._running.append(proxy)
        proxy.start()

"""A proxy in front of a server that witnesses what arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import settings

from tests.conformance.witness import Request, Witness
from tests.proxy.wire import Peer, Proxy, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


# How long an example takes depends on who else uses the machine.
settings.register_profile("conformance", deadline=None)
settings.load_profile("conformance")

AFTER = b"GET /after HTTP/1.1\r\nHost: site.test\r\n\r\n"


@dataclass
class Watched:
    """A running proxy, and the server behind it."""

    proxy: Proxy
    witness: Witness
    usual: bytes = b""
    """The bytes that arrive when another client asks for `/after`."""

    def ask(self) -> None:
        """Another client's request, which must be answered as ever."""
        client = self.proxy.connect()
        client.send(AFTER)
        head = client.read_head()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
        assert client.read(2) == b"ok"
        client.close()

    def settle(self) -> None:
        """Wait until everything that the proxy has sent is read.

        It serves one client at a time here and keeps one connection, which another client's request needs: any other
        that is still open has bytes or a reset on their way.
        """
        self.ask()
        eventually(lambda: self.witness.open_connections() == 1, "the end of every connection but the kept one")

    def arrived(self) -> list[Request]:
        """The whole requests that arrived since the last look, on whatever connection."""
        return [request for connection in self.witness.news() for request in connection.requests]

    def connect(self) -> Peer:
        self.witness.forget()
        return self.proxy.connect()

    def nothing_but_the_usual(self) -> bool:
        """Whether, after another client has asked, its request is all that arrived, to the byte.

        The proxy serves one connection after another and keeps the order of bytes: what it sent before would be here.
        """
        self.ask()
        return [connection.received for connection in self.witness.news()] == [self.usual]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    witness = Witness()
    with witness.server:
        proxy = Proxy(tmp_path_factory.mktemp("watched"), trustme.CA(), (witness.server,))
        try:
            proxy.start()
            lab = Watched(proxy, witness)
            lab.ask()
            lab.usual = witness.news()[0].received
            yield lab
        finally:
            proxy.stop()

"""Clients that are gone before anybody has looked at what they sent leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from tests.proxy.conftest import authority, server, start  # noqa: F401 - the wire kit's fixtures
from tests.proxy.wire import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.wire import Proxy, ScriptedServer

CLIENTS = 10
SENT = {
    "part of a head": b"GET / HTTP/1.1\r\nHo",
    "a request": b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 9\r\n\r\nhalf",
}


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("sent", SENT)
def test_a_client_that_resets_right_behind_its_bytes_is_let_go(
    start: Callable[..., Proxy],  # noqa: F811 - the fixture
    server: ScriptedServer,  # noqa: F811 - the fixture
    sent: str,
    secure: bool,
) -> None:
    """Over TLS the reset may come while the handshake is still being read: no later event tells of it."""
    proxy = start(server, limits={"head_seconds": 1})
    for _ in range(CLIENTS):
        client = proxy.connect_tls() if secure else proxy.connect()
        client.send(SENT[sent])
        client.reset()
    eventually(lambda: ask(proxy.control, "status")["workers"][0]["clients"] == 0, "nobody is left")

"""Sites that keep their own TLS: relayed undecrypted, by the name their clients ask for."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Forward, Relay, Rule
from tests.proxy.wire import GET, OK, PATIENCE, Peer, Proxy, ScriptedServer, answering, server_tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme


@pytest.fixture
def keeper(authority: trustme.CA) -> Iterator[ScriptedServer]:
    """A site with a certificate of its own."""
    with ScriptedServer(tls=server_tls(authority, "kept.test")) as server:
        yield server


@pytest.fixture
def proxy(proxy_of: Callable[..., Proxy], keeper: ScriptedServer, server: ScriptedServer) -> Proxy:
    proxy = proxy_of(limits={"handshake_seconds": 1, "bound_idle_seconds": 5})
    # What is relayed is neither decrypted nor encrypted here: the pool's transport is plain.
    proxy.pools = (proxy.pool_of(server), proxy.pool_of(keeper, name="keeper", tls=False))
    proxy.rules = (
        Rule(name="kept", listeners=("tls",), hosts=("kept.test",), action=Relay(pool="keeper")),
        Rule(name="site", listeners=("plain", "tls"), hosts=("site.test",), action=Forward(pool="pool")),
    )
    proxy.start()
    return proxy


def test_the_site_shows_its_own_certificate(proxy: Proxy, keeper: ScriptedServer) -> None:
    client = proxy.connect_tls("kept.test")
    assert isinstance(client.sock, ssl.SSLSocket)
    certificate = client.sock.getpeercert()
    assert certificate is not None
    assert certificate["subjectAltName"] == (("DNS", "kept.test"),)
    client.send(GET)
    server = keeper.accept()
    assert server.read_message() == GET, "not a byte is changed"
    server.send(OK)
    assert client.read_message() == OK


def test_other_names_are_decrypted_here(proxy: Proxy, server: ScriptedServer, keeper: ScriptedServer) -> None:
    server.script = answering(OK)
    assert proxy.connect_tls("site.test").request(GET) == OK
    assert proxy.connect_tls(None).request(GET) == OK
    assert keeper.nobody_came()


def test_a_hello_in_pieces_is_waited_for(proxy: Proxy, keeper: ScriptedServer) -> None:
    context = proxy.client_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="kept.test")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    client = proxy.connect(proxy.tls_port)
    for byte in outgoing.read():
        client.send(bytes([byte]))
    assert client.sock.recv(1) == b"\x16", "the site's own ServerHello"


def test_a_large_answer_comes_whole_and_ends_cleanly(proxy: Proxy, keeper: ScriptedServer) -> None:
    def serve(peer: Peer) -> None:
        peer.read_message()
        peer.send(bytes(5 << 20))
        peer.close_cleanly()

    keeper.script = serve
    client = proxy.connect_tls("kept.test")
    client.send(GET)
    assert len(client.read_to_end()) == 5 << 20


def test_a_site_that_cannot_be_reached_is_a_connection_that_breaks(proxy: Proxy, keeper: ScriptedServer) -> None:
    keeper.stop()
    with pytest.raises(OSError, match=r"."):
        proxy.connect_tls("kept.test")


def test_a_client_that_says_nothing_is_not_waited_for(proxy: Proxy, server: ScriptedServer) -> None:
    server.script = answering(OK)
    silent = [proxy.connect(proxy.tls_port) for _ in range(4)]
    silent[0].send(b"\x16\x03\x01\x02\x00\x01\x00")
    for client in silent:
        assert not client.ended()
    # The numbers of those descriptors belong to others now.
    for _ in range(4):
        assert proxy.connect().request(GET) == OK


@pytest.mark.parametrize(
    "nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\x80\x2e\x01\x00\x02", b"\x16\x03\x01\x00\x04\x02\x00\x00\x00"]
)
def test_what_is_no_tls_reaches_no_site(proxy: Proxy, keeper: ScriptedServer, nonsense: bytes) -> None:
    client = proxy.connect(proxy.tls_port)
    client.send(nonsense)
    client.ended()
    assert keeper.nobody_came()


def test_a_client_that_leaves_at_once_is_forgotten(proxy: Proxy, server: ScriptedServer) -> None:
    server.script = answering(OK)
    for _ in range(3):
        proxy.connect(proxy.tls_port).reset()
        socket.create_connection((proxy.host, proxy.tls_port), PATIENCE).close()
    assert proxy.connect().request(GET) == OK
    assert proxy.connect_tls("site.test").request(GET) == OK


def test_a_relayed_connection_is_logged_at_its_end(proxy: Proxy, keeper: ScriptedServer) -> None:
    keeper.script = answering(OK)
    client = proxy.connect_tls("kept.test")
    assert client.request(GET) == OK
    client.close()
    line = proxy.log()[0]
    assert line["event"] == "relay"
    assert line["rule"] == "kept"
    assert line["received"] > len(GET)
    assert line["sent"] > len(OK)

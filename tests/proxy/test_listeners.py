from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.spec import Forward, Listener, RedirectToTls, Rule
from tests.proxy.wire import GET, OK, Proxy, ScriptedServer, answering, eventually, fields_of, free_port, status_of

if TYPE_CHECKING:
    from collections.abc import Callable


def test_several_listeners_share_an_interface_and_have_rules_of_their_own(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    with ScriptedServer(answering(OK.replace(b"ok", b"2d"))) as second:
        proxy = proxy_of(server)
        proxy.pools = (proxy.pool_of(server), proxy.pool_of(second, name="second"))
        ports = [free_port(proxy.host) for _ in range(3)]
        proxy.listeners = (
            Listener(name="one", host=proxy.host, port=ports[0], tls=False),
            Listener(name="two", host=proxy.host, port=ports[1], tls=False),
            Listener(name="three", host=proxy.host, port=ports[2], tls=True, certificates=("site",)),
        )
        proxy.rules = (
            Rule(name="a", listeners=("one",), hosts=("site.test",), action=Forward(pool="pool")),
            Rule(name="b", listeners=("two", "three"), hosts=("site.test",), action=Forward(pool="second")),
        )
        server.script = answering(OK)
        proxy.start()
        assert proxy.connect(ports[0]).request(GET).endswith(b"ok")
        assert proxy.connect(ports[1]).request(GET).endswith(b"2d")
        assert proxy.connect_tls(port=ports[2]).request(GET).endswith(b"2d")


def test_ipv6_is_served(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server, host="::1")
    client = proxy.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n")
    upstream = server.accept()
    received = upstream.read_message()
    assert fields_of(received, b"X-Forwarded-For") == [b"::1"]
    assert fields_of(received, b"Host") == [b"[::1]:8080"]
    upstream.send(OK)
    assert client.read_message() == OK
    assert proxy.log()[0]["client"] == "::1"


def test_one_address_has_no_more_connections_than_it_may(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server, limits={"connections_per_address": 2})
    first, second = proxy.connect(), proxy.connect_tls()
    assert first.request(GET) == second.request(GET) == OK
    assert proxy.connect().read_to_end() == b"", "closed before a byte is read"
    first.close()

    def admitted() -> bool:
        client = proxy.connect()
        try:
            return client.request(GET) == OK
        except (EOFError, ConnectionResetError):
            return False

    assert eventually(admitted), "one that left makes room"


def test_a_listener_has_no_more_connections_than_it_may(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server, limits={"connections_per_listener": 1})
    assert proxy.connect().request(GET) == OK
    assert proxy.connect().read_to_end() == b""
    assert proxy.connect_tls().request(GET) == OK, "another listener has room of its own"


def test_failed_handshakes_are_logged_with_their_reason(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect(proxy.tls_port)
    client.send(GET)
    client.ended()
    line = proxy.log()[0]
    assert line["event"] == "handshake-failed"
    assert line["detail"] == "HTTP_REQUEST"


def test_plain_requests_are_redirected_to_their_own_https(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = proxy_of(server)
    proxy.rules = (
        Rule(name="site", listeners=("tls",), hosts=("site.test",), action=Forward(pool="pool")),
        Rule(name="up", listeners=("plain",), hosts=("*",), action=RedirectToTls(port=4443)),
    )
    proxy.start()
    client = proxy.connect()
    answer = client.request(b"GET /meet?x=1 HTTP/1.1\r\nHost: Site.test:8080\r\n\r\n")
    assert status_of(answer) == 301
    assert fields_of(answer, b"Location") == [b"https://site.test:4443/meet?x=1"]
    answer = client.request(b"POST /x HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 0\r\n\r\n")
    assert status_of(answer) == 308
    assert fields_of(answer, b"Location") == [b"https://[::1]:4443/x"]
    assert server.nobody_came()

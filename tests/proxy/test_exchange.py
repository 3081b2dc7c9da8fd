"""One request and its answer, over every kind of bridge, and what becomes of it when something goes wrong."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Pool, Server
from tests.proxy.wire import (
    GET,
    OK,
    PATIENCE,
    ScriptedServer,
    answering,
    body_of,
    eventually,
    fields_of,
    free_port,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.sites import Site
    from tests.proxy.wire import Proxy

POST = b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 100\r\n\r\n"


# The four bridges


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("fixture", ["site", "tls_site"])
def test_a_request_crosses_each_of_the_four_bridges(request: pytest.FixtureRequest, fixture: str, secure: bool) -> None:
    site: Site = request.getfixturevalue(fixture)
    client = site.connect_tls() if secure else site.connect()
    for number in range(3):
        body = b"%d" % number * 70_000
        client.send(b"POST /%d HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % (number, len(body)) + body)
        if not number:
            server = site.server.accept()
        received = server.read_message()
        assert received.startswith(b"POST /%d HTTP/1.1\r\nHost: site.test\r\n" % number)
        assert body_of(received) == body
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        server.send(answer)
        assert client.read_message() == answer
    assert site.server.accepted == 1, "one connection carried them all"


# Bodies


@pytest.mark.parametrize("fixture", ["site", "tls_site"])
def test_chunks_and_trailers_pass_both_ways_as_they_come(request: pytest.FixtureRequest, fixture: str) -> None:
    site: Site = request.getfixturevalue(fixture)
    chunks = b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Checksum: 1\r\n\r\n"
    client = site.connect_tls()
    client.send(
        b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n" + chunks
    )
    server = site.server.accept()
    assert fields_of(server.read_head(), b"Transfer-Encoding") == [b"chunked"]
    assert server.read(len(chunks)) == chunks
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n" + chunks
    server.send(answer)
    assert client.read(len(answer)) == answer


def test_a_body_passes_as_it_comes_and_is_not_collected(site: Site) -> None:
    client = site.connect()
    client.send(POST + b"a" * 50)
    server = site.server.accept()
    assert server.read_head()
    assert server.read(50) == b"a" * 50
    client.send(b"b" * 50)
    assert server.read(50) == b"b" * 50
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    assert client.read_until(b"ab")
    server.send(b"cd")
    assert client.read(2) == b"cd"


@pytest.mark.parametrize("fixture", ["site", "tls_site"])
def test_large_bodies_pass_both_ways_whole(request: pytest.FixtureRequest, fixture: str) -> None:
    site: Site = request.getfixturevalue(fixture)
    body = b"0123456789abcdef" * 300_000
    site.server.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    client = site.connect_tls()
    for _ in range(2):
        client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert body_of(client.read_message()) == body


def test_a_body_beyond_the_rules_limit_is_refused(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server, action={"body_bytes": 10})
    request = b"POST / HTTP/1.1\r\nHost: site.test\r\n"
    assert status_of(proxy.connect().request(request + b"Content-Length: 11\r\n\r\n")) == 413
    assert server.nobody_came()
    client = proxy.connect()
    client.send(request + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    upstream = server.accept()
    upstream.read_until(b"2\r\nab")
    client.send(b"20\r\n" + b"c" * 32)
    assert status_of(client.read_message()) == 413
    assert not upstream.ended()


def test_a_body_of_exactly_the_limit_is_taken(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    client = start(server, action={"body_bytes": 10}).connect()
    assert client.request(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 10\r\n\r\n0123456789") == OK


# Interim answers


def test_a_client_that_expects_100_gets_it_from_the_server(site: Site) -> None:
    client = site.connect_tls()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    server = site.server.accept()
    assert fields_of(server.read_head(), b"Expect") == [b"100-continue"]
    server.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"abc")
    assert server.read(3) == b"abc"
    server.send(OK)
    assert client.read_message() == OK


def test_a_client_that_expects_100_may_be_refused_before_its_body(site: Site) -> None:
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    server = site.server.accept()
    server.read_head()
    server.send(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
    assert client.read_message().startswith(b"HTTP/1.1 413 No\r\n")
    assert client.ended()


def test_every_interim_answer_is_passed_on_in_its_order(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    interim = b"HTTP/1.1 102 Processing\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    server.send(interim + OK)
    assert client.read(len(interim + OK)) == interim + OK


# Early answers


def test_an_answer_may_come_while_the_body_still_does(site: Site) -> None:
    client = site.connect()
    client.send(POST + b"a" * 10)
    server = site.server.accept()
    server.read_until(b"a" * 10)
    server.send(OK)
    assert client.read_message() == OK
    client.send(b"b" * 90 + GET)
    assert server.read(90) == b"b" * 90
    assert server.read_message().startswith(b"GET / HTTP/1.1\r\n")
    server.send(OK)
    assert client.read_message() == OK


@pytest.mark.parametrize("secure", [False, True])
def test_the_rest_of_a_body_is_never_taken_for_a_request(site: Site, secure: bool) -> None:
    """The server answers early and closes: what the client goes on to send is its body's, whatever it looks like."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: site.test\r\n\r\n"
    client = site.connect_tls() if secure else site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % (10 + len(smuggled)) + b"a" * 10)
    server = site.server.accept()
    server.read_until(b"a" * 10)
    server.send(b"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    server.close_cleanly()
    assert status_of(client.read_head()) == 413
    client.send(smuggled)
    assert client.read_to_end() == b""
    assert site.server.nobody_came()


def test_an_early_answer_with_too_much_after_it_ends_the_body_too(site: Site) -> None:
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: site.test\r\n\r\n"
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % (10 + len(smuggled)) + b"a" * 10)
    server = site.server.accept()
    server.read_until(b"a" * 10)
    server.send(OK + b"too much")
    assert client.read_message().endswith(b"ok")
    client.send(smuggled)
    assert client.read_to_end() == b""
    assert site.server.nobody_came()


def test_an_early_answer_that_ends_with_its_connection_is_passed_on(site: Site) -> None:
    client = site.connect()
    client.send(POST + b"a" * 10)
    server = site.server.accept()
    server.read_until(b"a" * 10)
    server.send(b"HTTP/1.1 413 No\r\n\r\nno")
    server.close()
    assert client.read_to_end() == b"HTTP/1.1 413 No\r\nConnection: close\r\n\r\nno"


# Connections that were closed in the meantime


def close_the_second(server: ScriptedServer, site: Site, method: bytes) -> bytes:
    """A client's request on a kept connection that the server closes without an answer; the answer, if any."""
    client = site.connect()
    client.send(GET)
    first = server.accept()
    first.read_message()
    first.send(OK)
    assert client.read_message() == OK
    length = b"Content-Length: 2\r\n\r\nhi" if method == b"POST" else b"\r\n"
    client.send(method + b" /second HTTP/1.1\r\nHost: site.test\r\n" + length)
    assert first.read_message().startswith(method + b" /second ")
    first.close()
    if method == b"GET":
        again = server.accept()
        assert again.read_message().startswith(b"GET /second ")
        again.send(OK)
    return client.read_message()


def test_a_get_on_a_stale_connection_is_sent_once_more(site: Site) -> None:
    assert close_the_second(site.server, site, b"GET") == OK
    assert site.server.accepted == 2


def test_a_post_on_a_stale_connection_is_not_sent_again(site: Site) -> None:
    answer = close_the_second(site.server, site, b"POST")
    assert status_of(answer) == 503
    assert fields_of(answer, b"Retry-After")
    assert site.server.accepted == 1


def test_a_get_is_not_sent_a_third_time(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    first = site.server.accept()
    first.read_message()
    first.send(OK)
    client.read_message()
    client.send(GET)
    first.read_message()
    first.close()
    second = site.server.accept()
    second.read_message()
    second.close()
    assert status_of(client.read_message()) == 503
    assert site.server.accepted == 2


def test_a_get_on_a_fresh_connection_is_not_sent_again(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    server.close()
    assert status_of(client.read_message()) == 503
    assert site.server.accepted == 1


def test_a_get_that_was_answered_in_part_is_not_sent_again(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    server.send(OK)
    client.read_message()
    client.send(GET)
    server.read_message()
    server.send(b"HTTP/1.1 20")
    server.close()
    assert status_of(client.read_message()) in (502, 503)
    assert site.server.accepted == 1


def test_a_connection_closed_while_idle_is_not_used_again(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    server.send(OK)
    client.read_message()
    server.close_cleanly()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 0\r\n\r\n")
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert client.read_message() == OK


# Servers that cannot be reached


def test_a_pool_that_cannot_be_reached_answers_503_and_when_to_come_back(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = start(server)
    server.stop()
    client = proxy.connect()
    for _ in range(2):
        answer = client.request(GET)
        assert status_of(answer) == 503
        assert fields_of(answer, b"Retry-After") == [b"5"]
        assert fields_of(answer, b"Content-Type") == [b"text/html; charset=utf-8"]
    line = proxy.log()[0]
    assert line["refused"] == "pool-unreachable"
    assert line["fault"] == "upstream"
    assert "refused" in line["detail"]


def test_a_server_that_is_back_is_used_at_once(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    server.stop()
    client = proxy.connect()
    assert status_of(client.request(GET)) == 503
    with ScriptedServer(answering(OK), port=server.port):
        assert client.request(GET) == OK


@pytest.mark.parametrize("body", [b"", b"x" * 20000])
def test_another_server_is_tried_before_the_client_hears_of_it(
    start: Callable[..., Proxy], server: ScriptedServer, body: bytes
) -> None:
    with ScriptedServer() as gone:
        proxy = start(gone, server)
    server.script = answering(OK)
    for _ in range(4):
        request = b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        assert proxy.connect().request(request) == OK
    assert all(line["status"] == 200 for line in proxy.log(4))


def test_a_server_that_does_not_accept_in_time_is_left(proxy_of: Callable[..., Proxy]) -> None:
    """A full queue of connections leaves a new one waiting, as a dead machine does."""
    with ScriptedServer(answering(OK)) as alive:
        proxy = proxy_of(alive)
        member = Server(host=proxy.host, port=free_port(proxy.host))
        proxy.pools = (Pool(name="pool", servers=(member,), tls=True, verify=False, connect_seconds=0.5),)
        with ScriptedServer(host=member.host, port=member.port) as silent:  # accepts, and says nothing of TLS
            proxy.start()
            clients = [proxy.connect() for _ in range(5)]
            for client in clients:
                client.send(GET)
            for client in clients:
                answer = client.read_message()
                assert status_of(answer) == 504
                assert fields_of(answer, b"Retry-After")
            assert silent.accepted == 5
        assert proxy.log()[0]["refused"] == "connect-timeout"


def test_after_connections_that_timed_out_others_are_served(
    start: Callable[..., Proxy], tls_server: ScriptedServer
) -> None:
    """The numbers of their descriptors belong to others then."""
    proxy = start(tls_server, pool={"connect_seconds": 0.5})
    context, tls_server.tls = tls_server.tls, None
    clients = [proxy.connect() for _ in range(5)]
    for client in clients:
        client.send(GET)
    for client in clients:
        assert status_of(client.read_message()) == 504
    tls_server.tls, tls_server.script = context, answering(OK)
    for client in [*clients, *(proxy.connect() for _ in range(5))]:
        assert client.request(GET) == OK


def test_a_head_that_does_not_come_in_time_is_answered_504(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, pool={"response_seconds": 0.3}).connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    answer = client.read_message()
    assert status_of(answer) == 504
    assert fields_of(answer, b"Retry-After")
    upstream.ended()


def test_an_answer_that_stops_is_not_presented_as_whole(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, pool={"response_seconds": 0.3}).connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    upstream.send(b"HTTP/1.1 200 OK\r\n\r\nab")
    client.read_until(b"ab")
    assert not client.ended()


def test_a_slow_reader_is_not_taken_for_a_silent_server(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    """The server waits for us then, and we for the client."""
    proxy = start(server, pool={"response_seconds": 0.3})
    client = proxy.connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    upstream.send(b"HTTP/1.1 200 OK\r\n\r\n")
    upstream.sock.setblocking(False)
    sent = 0
    while select.select([], [upstream.sock], [], 1.5)[1]:  # until everything between the two is full
        sent += upstream.sock.send(bytes(1_000_000))
    upstream.sock.settimeout(PATIENCE)
    client.read_head()
    client.read(sent)
    upstream.send(b"end")
    upstream.close()
    assert client.read_to_end() == b"end"


def test_the_servers_address_may_not_be_our_own(proxy_of: Callable[..., Proxy]) -> None:
    proxy = proxy_of()
    proxy.pools = (Pool(name="pool", servers=(Server(host=proxy.host, port=proxy.plain_port),), tls=False),)
    proxy.start()
    assert status_of(proxy.connect().request(GET)) == 508
    assert "own listeners" in proxy.log()[0]["detail"]


# Memory


def test_a_client_that_reads_nothing_does_not_fill_the_memory(site: Site) -> None:
    size = 200 << 20
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    before = site.proxy.memory()
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    server.sock.setblocking(False)
    sent, piece = 0, bytes(1 << 20)
    while select.select([], [server.sock], [], 1)[1]:
        sent += server.sock.send(piece)
        assert sent < size - len(piece), "the proxy takes whatever comes"
    assert site.proxy.memory() - before < 8 << 20
    client.read_head()
    client.read(sent)
    assert site.proxy.memory() - before < 8 << 20


def test_a_server_that_reads_nothing_does_not_fill_the_memory(tls_site: Site) -> None:
    size = 200 << 20
    client = tls_site.connect()
    before = tls_site.proxy.memory()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % size)
    tls_site.server.accept().read_head()
    client.sock.setblocking(False)
    sent, piece = 0, bytes(1 << 20)
    while select.select([], [client.sock], [], 1)[1]:
        sent += client.sock.send(piece)
        assert sent < size - len(piece), "the proxy takes whatever comes"
    assert tls_site.proxy.memory() - before < 8 << 20


def test_a_large_answer_leaves_nothing_behind(site: Site) -> None:
    site.server.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (50 << 20) + bytes(50 << 20))
    before = site.proxy.memory()
    clients = [site.connect_tls() for _ in range(4)]
    for client in clients:
        client.request(GET)
    assert site.proxy.memory() - before < 8 << 20


def test_connections_are_given_back_and_used_again(site: Site) -> None:
    site.server.script = answering(OK)
    for _ in range(5):
        with site.connect_tls().sock as sock:
            sock.sendall(GET)
            assert eventually(lambda: sock.recv(len(OK)))
    assert site.server.accepted == 1

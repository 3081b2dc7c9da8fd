"""Upgraded connections: bytes both ways until both sides have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proxy.wire import GET, OK, Peer, answering, converse, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.sites import Site
    from tests.proxy.wire import Proxy, ScriptedServer

ASK = (
    b"GET /chat HTTP/1.1\r\nHost: site.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: x\r\n\r\n"
)
AGREE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: y\r\n\r\n"
)

BRIDGES = pytest.mark.parametrize(
    ("fixture", "secure"), [("site", False), ("site", True), ("tls_site", False), ("tls_site", True)]
)


def upgraded(site: Site, *, secure: bool) -> tuple[Peer, Peer]:
    """Both ends of a tunnel."""
    client = site.connect_tls() if secure else site.connect()
    client.send(ASK)
    server = site.server.accept()
    asked = server.read_message()
    assert fields_of(asked, b"Upgrade") == [b"websocket"]
    assert fields_of(asked, b"Connection") == [b"Upgrade"]
    assert fields_of(asked, b"Sec-WebSocket-Key") == [b"x"]
    server.send(AGREE)
    agreed = client.read_head()
    assert status_of(agreed) == 101
    assert fields_of(agreed, b"Upgrade") == [b"websocket"]
    assert fields_of(agreed, b"Connection") == [b"Upgrade"]
    assert fields_of(agreed, b"Sec-WebSocket-Accept") == [b"y"]
    return client, server


@pytest.fixture
def ends(request: pytest.FixtureRequest, fixture: str, secure: bool) -> tuple[Peer, Peer]:
    return upgraded(request.getfixturevalue(fixture), secure=secure)


@BRIDGES
def test_bytes_pass_both_ways(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    for number in range(3):
        client.send(b"\x00up %d" % number)
        assert server.read(5) == b"\x00up %d" % number
        server.send(b"\xffdown %d" % number)
        assert client.read(7) == b"\xffdown %d" % number


@BRIDGES
def test_a_client_that_has_finished_still_hears_its_server(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    client.send(b"last words")
    client.finish_sending()
    assert server.read_to_end() == b"last words"
    server.send(b"answer")
    assert client.read(6) == b"answer"
    server.send(b"more")
    server.close_cleanly()
    assert client.read_to_end() == b"more"


@BRIDGES
def test_a_server_that_has_finished_still_hears_its_client(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    server.send(b"last words")
    server.finish_sending()
    assert client.read_to_end() == b"last words"
    client.send(b"answer")
    assert server.read(6) == b"answer"
    client.send(b"more")
    client.close_cleanly()
    assert server.read_to_end() == b"more"


@BRIDGES
@pytest.mark.parametrize("first", ["client", "server"])
def test_nothing_is_lost_when_one_side_finishes_while_the_other_streams(ends: tuple[Peer, Peer], first: str) -> None:
    client, server = ends
    ending, streamer = (client, server) if first == "client" else (server, client)
    stream = b"0123456789abcdef" * (1 << 19)
    at_streamer, at_ending = converse(ending, streamer, b"I have said everything", stream)
    assert at_streamer == b"I have said everything"
    assert at_ending == stream


@BRIDGES
def test_both_sides_may_stream_at_once(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    up, down = b"up" * (3 << 20), b"down" * (2 << 20)
    assert converse(client, server, up, down) == (up, down)


@BRIDGES
def test_what_one_side_loses_the_other_must_not_take_for_an_end(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    client.send(b"x")
    server.read(1)
    client.reset()
    assert not server.ended()


@BRIDGES
def test_a_lost_server_is_no_end_for_its_client(ends: tuple[Peer, Peer]) -> None:
    client, server = ends
    server.send(b"x")
    client.read(1)
    server.reset()
    assert not client.ended()


def test_what_a_client_sends_before_the_answer_goes_into_the_tunnel(site: Site) -> None:
    client = site.connect()
    client.send(ASK + b"early")
    server = site.server.accept()
    server.read_head()
    server.send(AGREE + b"first")
    assert client.read_head()
    assert client.read(5) == b"first"
    assert server.read(5) == b"early"


def test_an_upgrade_may_be_declined(site: Site) -> None:
    client = site.connect()
    client.send(ASK)
    server = site.server.accept()
    server.read_message()
    server.send(OK)
    assert client.read_message() == OK
    client.send(GET)
    assert server.read_message().startswith(b"GET / ")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",  # RFC 9110 7.8: Connection names it
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
def test_a_switch_that_was_not_asked_for_is_malformed(site: Site, answer: bytes) -> None:
    client = site.connect()
    client.send(ASK)
    server = site.server.accept()
    server.read_message()
    server.send(answer)
    assert status_of(client.read_message()) == 502
    assert client.read_to_end() == b""


def test_an_old_client_cannot_switch(site: Site) -> None:
    """RFC 9110 7.8: an Upgrade in HTTP/1.0 is ignored."""
    client = site.connect()
    client.send(ASK.replace(b"HTTP/1.1", b"HTTP/1.0"))
    server = site.server.accept()
    assert fields_of(server.read_message(), b"Upgrade") == []
    server.send(AGREE)
    assert status_of(client.read_message()) == 502


def test_a_tunnels_connection_carries_no_other_request(site: Site) -> None:
    client, server = upgraded(site, secure=False)
    client.close()
    server.close()
    site.server.script = answering(OK)
    assert site.connect().request(GET) == OK
    assert site.server.accepted == 2


def test_a_tunnel_is_logged_at_its_end_with_what_went_through_it(site: Site) -> None:
    client = site.connect()
    client.send(ASK + b"early")
    server = site.server.accept()
    server.read_message()
    server.send(AGREE + b"first")
    agreed = client.read_head()
    client.read(5)
    client.send(b"later")
    assert server.read(10) == b"earlylater"
    server.send(b"more")
    client.finish_sending()
    server.ended()
    server.close()
    client.ended()
    (line,) = site.log()
    assert line["status"] == 101
    assert line["received"] == 10
    assert line["sent"] == len(agreed + b"firstmore")


def test_a_silent_tunnel_ends(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, limits={"bound_idle_seconds": 0.5}).connect()
    client.send(ASK)
    upstream = server.accept()
    upstream.read_message()
    upstream.send(AGREE)
    client.read_head()
    assert not client.ended()
    assert not upstream.ended()

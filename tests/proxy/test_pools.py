from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead import spec
from bridgehead.proxy.pools import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Member
from bridgehead.spec import Pool, Server
from tests.proxy.wire import GET, OK, Peer, Proxy, ScriptedServer, answering, eventually

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_server_that_fails_rests_longer_each_time_and_never_long() -> None:
    member = Member(spec.Server(host="a.test", port=443))
    before, rests = member.resting_until, []
    assert before == 0
    for _ in range(6):
        member.failed("refused")
        first = member.resting_until
        rests.append(first)
    assert rests == sorted(rests)
    member.succeeded()
    assert member.resting_until == 0
    assert FIRST_REST_SECONDS < LONGEST_REST_SECONDS <= 2


def test_an_address_is_not_sent_as_a_name() -> None:
    """RFC 6066 section 3."""
    assert Member(spec.Server(host="10.0.0.1", port=443)).server_name is None
    assert Member(spec.Server(host="10.0.0.1", port=443, verify_name="a.test")).server_name == "a.test"
    assert Member(spec.Server(host="a.test", port=443, server_name="b.test")).server_name == "b.test"
    assert Member(spec.Server(host="a.test", port=443)).verify_name == "a.test"


def test_requests_are_balanced_one_by_one(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    with ScriptedServer(answering(OK.replace(b"ok", b"2d"))) as second:
        server.script = answering(OK)
        client = start(server, second).connect()
        answers = [client.request(GET)[-2:] for _ in range(10)]
    assert sorted(answers) == [b"2d"] * 5 + [b"ok"] * 5


def test_the_busier_server_is_spared(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    with ScriptedServer() as second:
        proxy = start(server, second)
        clients = [proxy.connect() for _ in range(6)]
        for client in clients:
            client.send(GET)
        peers: list[Peer] = []
        while len(peers) < len(clients):
            peers += eventually(lambda: _arrived(server, second))
        assert server.accepted == second.accepted == 3
        quick = [peer for peer in peers if peer.sock.getsockname()[1] == second.port]
        for peer in quick:
            peer.read_message()
            peer.send(OK)
        answered = [client for client in clients if _has_answer(client)]
        assert len(answered) == 3
        for client in answered:
            client.send(GET)
        for peer in quick:
            assert peer.read_message()


def _arrived(*servers: ScriptedServer) -> list[Peer]:
    """The connections that the servers got since they were last asked."""
    return [server.accept() for server in servers if not server.nobody_came()]


def _has_answer(client: Peer) -> bool:
    client.sock.settimeout(0.5)
    try:
        return bool(client.read_message())
    except TimeoutError:
        return False
    finally:
        client.sock.settimeout(15)


def test_a_server_that_is_gone_is_left_alone_and_taken_back(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = answering(OK)
    with ScriptedServer(answering(OK)) as second:
        port = second.port
        proxy = start(server, second)
        second.stop()
        client = proxy.connect()
        for _ in range(6):
            assert client.request(GET) == OK
        before = server.accepted
        with ScriptedServer(answering(OK), port=port) as back:
            eventually(lambda: client.request(GET) == OK and back.accepted, "the server that is back")
        assert before == server.accepted


def test_an_idle_connection_is_closed_before_the_server_does(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    client = start(server, pool={"idle_seconds": 0.3}).connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    upstream.send(OK)
    assert client.read_message() == OK
    assert upstream.ended()


def test_two_pools_share_no_connection(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = proxy_of(server)
    member = (Server(host=server.host, port=server.port),)
    proxy.pools = tuple(Pool(name=name, servers=member, tls=False) for name in ("one", "two"))
    proxy.rules = tuple(
        spec.Rule(name=name, listeners=("plain",), hosts=(f"{name}.test",), action=spec.Forward(pool=name))
        for name in ("one", "two")
    )
    server.script = answering(OK)
    proxy.start()
    client = proxy.connect()
    for _ in range(2):
        for name in (b"one", b"two"):
            assert client.request(b"GET / HTTP/1.1\r\nHost: %s.test\r\n\r\n" % name) == OK
    assert server.accepted == 2

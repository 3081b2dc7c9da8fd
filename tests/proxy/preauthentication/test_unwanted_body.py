"""Bodies of requests that are answered at the proxy: the connection goes on behind them, or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.preauthentication.unwanted_body import OF_A_LEG, OF_A_STRANGER
from tests.proxy.preauthentication.logging_in import Client, asking, with_field
from tests.proxy.wire import fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.preauthentication.conftest import House
    from tests.proxy.wire import Proxy, ScriptedServer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EXPECT = b"Expect: 100-continue"


def test_a_strangers_body_is_read_and_dropped(house: House) -> None:
    client = house.connect()
    for _ in range(3):
        answer = client.request(asking("silent", method=b"POST", body=b"x" * OF_A_STRANGER))
        assert status_of(answer) == 401
        assert fields_of(answer, b"Connection") == []


def test_a_strangers_chunks_are_read_and_dropped(house: House) -> None:
    client = house.connect()
    request = (
        asking("silent", b"Transfer-Encoding: chunked", method=b"POST") + b"5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    client.send(request + asking("open"))
    assert status_of(client.read_message()) == 401
    assert status_of(client.read_message()) == 200


def test_a_body_that_comes_late_is_waited_for(house: House) -> None:
    client = house.connect()
    request = asking("silent", method=b"POST", body=b"x" * 10)
    client.send(request[:-10])
    client.send(request[-10:-4])
    client.send(request[-4:] + asking("open"))
    assert status_of(client.read_message()) == 401
    assert status_of(client.read_message()) == 200


def test_what_is_longer_than_a_stranger_may_send_is_not_waited_for(house: House) -> None:
    client = house.connect()
    client.send(asking("silent", b"Content-Length: %d" % (OF_A_STRANGER + 1), method=b"POST"))
    answer = client.read_message()
    assert status_of(answer) == 401
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.ended()


def test_chunks_that_do_not_end_are_not_followed_forever(house: House) -> None:
    client = house.connect()
    client.send(asking("silent", b"Transfer-Encoding: chunked", method=b"POST"))
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    for _ in range(OF_A_STRANGER // 0x10000 + 1):
        client.send(chunk)
    answer = client.read_message()
    assert status_of(answer) == 401
    assert fields_of(answer, b"Connection") == [b"close"]


def test_malformed_chunks_are_refused(house: House) -> None:
    client = house.connect()
    client.send(asking("silent", b"Transfer-Encoding: chunked", method=b"POST") + b"zz\r\n")
    assert status_of(client.read_message()) == 400
    assert client.ended()


def test_a_client_that_ends_in_the_middle_of_a_body_ends_its_connection(house: House) -> None:
    client = house.connect()
    client.send(asking("silent", b"Content-Length: 10", method=b"POST") + b"12345")
    client.finish_sending()
    assert not client.ended()  # there is nothing to say to it, and what it sent is not whole


def test_a_body_on_the_first_leg_is_read_and_dropped(house: House) -> None:
    """Some clients send the whole body with each leg."""
    request = asking("silent", method=b"POST", body=b"x" * (2 * OF_A_STRANGER))
    client = Client(house.connect())
    challenge = client.peer.request(with_field(request, client.credential()))
    assert fields_of(challenge, b"Connection") == []
    client.last_leg(challenge, request)
    assert status_of(client.peer.read_message()) == 200


def test_a_first_leg_with_more_than_anybody_sends_is_answered_and_closed(house: House) -> None:
    client = Client(house.connect())
    head = asking("silent", b"Content-Length: %d" % (OF_A_LEG + 1), method=b"POST")
    answer = client.peer.request(with_field(head, client.credential()))
    assert status_of(answer) == 401
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.peer.ended()


def test_the_rules_own_limit_comes_first(house: House) -> None:
    client = house.connect()
    client.send(asking("small", b"Content-Length: 1001", method=b"POST"))
    assert status_of(client.read_message()) == 413


def test_a_stranger_who_waits_for_continue_is_asked_and_closed(house: House) -> None:
    client = house.connect()
    client.send(asking("silent", EXPECT, b"Content-Length: 10", method=b"POST"))
    answer = client.read_message()
    assert status_of(answer) == 401
    assert fields_of(answer, b"Connection") == [b"close"]


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_leg_that_waits_for_continue_gets_it_and_the_login_goes_on(house: House, scheme: str) -> None:
    """Whoever is answered instead may send the body or not (RFC 9110 10.1.1): nobody would know where it ends."""
    client = Client(house.connect(), scheme=scheme)
    head = asking("silent", EXPECT, b"Content-Length: 10", method=b"POST")
    client.peer.send(with_field(head, client.credential()))
    assert client.peer.read_head() == CONTINUE
    client.peer.send(b"0123456789")
    challenge = client.peer.read_message()
    assert fields_of(challenge, b"Connection") == []
    # The last leg's is the site's to answer.
    client.last_leg(challenge, head)
    client.peer.send(b"0123456789")
    answer = client.peer.read_message()
    assert status_of(answer) == 200
    assert answer.endswith(b"0123456789")


def test_a_last_leg_that_fails_and_waits_for_continue_is_not_left_waiting(house: House) -> None:
    client = Client(house.connect(), password="wrong")
    head = asking("silent", EXPECT, b"Content-Length: 10", method=b"POST")
    client.last_leg(client.first_leg(asking("silent")), head)
    assert client.peer.read_head() == CONTINUE
    client.peer.send(b"0123456789" + asking("open"))
    assert status_of(client.peer.read_message()) == 401
    assert status_of(client.peer.read_message()) == 200


def test_a_body_that_stops_is_not_waited_for_longer_than_the_limit(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = guarded(server, limits={"body_silence_seconds": 0.2})
    client = proxy.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 10\r\n\r\n12345")
    assert status_of(client.read_message()) == 408
    assert client.ended()


def test_the_memory_that_dropped_bodies_take_does_not_grow(house: House) -> None:
    client = Client(house.connect())
    request = asking("silent", method=b"POST", body=bytes(8 * OF_A_STRANGER))
    client.peer.request(with_field(request, client.credential()))
    before = house.proxy.memory()
    for _ in range(4):
        client.begin()
        assert status_of(client.peer.request(with_field(request, client.credential()))) == 401
    assert house.proxy.memory() - before < 2 * OF_A_STRANGER

"""A login belongs to its connection: it is seen from outside, and gone with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.control import ask
from bridgehead.proxy.metrics import exposition
from tests.proxy.preauthentication.logging_in import GET, Client, asking
from tests.proxy.wire import answering, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.preauthentication.conftest import House
    from tests.proxy.wire import Proxy, ScriptedServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def logged_in(proxy: Proxy) -> int:
    """How many connections somebody is logged in on."""
    return sum(worker["logged_in"] for worker in ask(proxy.control, "status")["workers"])


def test_connections_with_a_login_are_counted_as_long_as_they_are_open(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = answering(OK)
    proxy = guarded(server)
    first, second = Client(proxy.connect()), Client(proxy.connect(), scheme="Negotiate")
    half = Client(proxy.connect())
    half.first_leg()
    first.logged_in()
    second.logged_in()
    assert logged_in(proxy) == 2
    first.peer.close()
    eventually(lambda: logged_in(proxy) == 1, "the end of one login")
    assert status_of(second.peer.request(GET)) == 200


def test_logins_are_counted_by_their_outcome_also_those_that_never_were(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = answering(OK)
    proxy = guarded(server)
    Client(proxy.connect()).logged_in()
    Client(proxy.connect(), password="wrong").logged_in()
    text = exposition(ask(proxy.control, "status"))
    assert 'bridgehead_logins_total{outcome="accepted"} 1' in text
    assert 'bridgehead_logins_total{outcome="wrong-password"} 1' in text
    assert 'bridgehead_logins_total{outcome="channel-binding-wrong"} 0' in text
    assert "bridgehead_logged_in 1" in text


def test_the_log_names_the_user_from_the_login_on(guarded: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = guarded(server)
    client = Client(proxy.connect(), user="Zoë")
    client.peer.request(GET)
    client.logged_in()
    client.peer.request(GET)
    lines = proxy.log(4)
    assert [(line["status"], line.get("user")) for line in lines] == [
        (401, None),
        (401, None),
        (200, "CONTOSO\\Zoë"),
        (200, "CONTOSO\\Zoë"),
    ]
    assert lines[0]["refused"] == "login-required"
    assert "refused" not in lines[1]  # it is a step, and nothing went wrong


def test_two_logins_on_one_connection_are_both_named(house: House) -> None:
    client = Client(house.connect())
    client.logged_in(asking("/told"))
    Client(client.peer, user="mallory").logged_in(asking("/strangers"))
    client.peer.request(asking("/open"))
    eventually(
        lambda: [line for line in house.proxy.lines() if line.get("user") == "CONTOSO\\alice, ELSEWHERE\\mallory"]
    )


def test_a_connection_that_is_logged_in_may_be_idle_for_long(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    """A new login is two more round trips, and for some clients a question to the user."""
    server.script = answering(OK)
    proxy = guarded(server, limits={"idle_seconds": 0.2})
    stranger, client = proxy.connect(), Client(proxy.connect())
    client.logged_in()
    assert fields_of(stranger.request(GET), b"WWW-Authenticate")
    assert stranger.ended()
    assert status_of(client.peer.request(GET)) == 200

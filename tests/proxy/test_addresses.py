from __future__ import annotations

from bridgehead.problems import Findings
from bridgehead.proxy.addresses import bind
from bridgehead.spec import Listener
from tests.proxy.wire import ScriptedServer, free_port, own_address


def problems(*listeners: Listener, count: int = 1) -> list[tuple[str, str]]:
    """What is said of these listeners, each of which is bound for so many workers."""
    findings = Findings()
    bound = [sock for listener in listeners for sock in bind(listener, count, findings)]
    for sock in bound:
        sock.close()
    return [(problem.code, problem.where) for problem in findings.problems]


def on_own_address() -> Listener:
    host = own_address()
    return Listener(name="one", host=host, port=free_port(host), tls=False)


def test_every_worker_gets_a_socket_of_its_own_on_the_address() -> None:
    listener, findings = on_own_address(), Findings()
    sockets = bind(listener, 3, findings)
    try:
        assert {sock.getsockname() for sock in sockets} == {(listener.host, listener.port)}
        assert len({sock.fileno() for sock in sockets}) == 3
        assert findings.problems == []
    finally:
        for sock in sockets:
            sock.close()


def test_every_address_that_cannot_be_bound_is_told() -> None:
    with ScriptedServer() as other:
        taken = Listener(name="taken", host=other.host, port=other.port, tls=False)
        strange = Listener(name="strange", host="192.0.2.1", port=8080, tls=False)
        assert problems(taken, strange) == [
            ("listener.port-in-use", "listener taken"),
            ("listener.no-such-address", "listener strange"),
        ]


def test_two_listeners_cannot_have_one_address() -> None:
    one = on_own_address()
    assert problems(one, one.model_copy(update={"name": "two"})) == [("listener.port-in-use", "listener two")]


def test_a_second_proxy_does_not_take_half_of_the_firsts_connections() -> None:
    """SO_REUSEPORT alone would let it."""
    listener = on_own_address()
    sockets = bind(listener, 2, Findings())
    try:
        assert problems(listener) == [("listener.port-in-use", "listener one")]
    finally:
        for sock in sockets:
            sock.close()


def test_an_address_that_was_given_up_can_be_bound_again() -> None:
    listener = on_own_address()
    assert problems(listener) == problems(listener) == []


def test_ipv6_and_ipv4_have_ports_of_their_own() -> None:
    six = Listener(name="six", host="::", port=free_port("::"), tls=False)
    assert problems(six, six.model_copy(update={"name": "four", "host": own_address()})) == []

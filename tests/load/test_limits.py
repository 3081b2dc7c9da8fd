"""Limits over the wire: of heads, of logins at rest, of descriptors, of workers' silence."""

from __future__ import annotations

import os
import resource
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from tests.load.figures import figures_of
from tests.load.published import only_worker
from tests.proxy.conftest import authority, server, start  # noqa: F401 - the wire kit's fixtures
from tests.proxy.wire import GET, OK, ScriptedServer, answering, eventually, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.wire import Peer, Proxy

    Start = Callable[..., Proxy]

LOGIN = b"GET / HTTP/1.1\r\nHost: site.test\r\nAuthorization: NTLM TlRM\r\n\r\n"
ROOM = 24
"""Descriptors that a worker may open beyond those that it has: twelve clients with a server each."""


def counted(proxy: Proxy, name: str) -> int:
    """What the running proxy says of a counter."""
    number: int = ask(proxy.control, "status")["counters"].get(name, 0)
    return number


HEADS = {
    "target-too-long": (414, b"GET /%b HTTP/1.1\r\nHost: site.test\r\n\r\n" % (b"t" * 300)),
    "head-too-long": (431, b"GET / HTTP/1.1\r\nHost: site.test\r\nLong: %b\r\n\r\n" % (b"v" * 2000)),
    "too-many-fields": (431, b"GET / HTTP/1.1\r\nHost: site.test\r\n%b\r\n" % (b"A: b\r\n" * 20)),
}


@pytest.mark.parametrize("name", HEADS)
def test_each_limit_of_a_head_has_its_status_and_its_counter(start: Start, server: ScriptedServer, name: str) -> None:  # noqa: F811 - fixtures
    proxy = start(server, limits={"head_bytes": 1000, "header_fields": 10, "target_bytes": 200})
    status, head = HEADS[name]
    client = proxy.connect_tls()
    answer = client.request(head)
    assert status_of(answer) == status
    assert b"Connection: close" in answer
    assert client.ended()
    assert eventually(lambda: counted(proxy, name)) == 1
    assert server.nobody_came()


def test_a_login_at_rest_ends_at_both_ends_when_its_time_is_over(start: Start, server: ScriptedServer) -> None:  # noqa: F811 - fixtures
    proxy = start(server, limits={"bound_idle_seconds": 0.5})
    client = proxy.connect()
    client.send(LOGIN)
    end = server.accept()
    end.read_message()
    end.send(OK)
    assert client.read_message() == OK
    assert client.read_to_end() == b""
    assert end.ended()


def test_out_of_descriptors_accepting_pauses_and_goes_on(start: Start) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        assert proxy.connect().request(GET) == OK
        worker = only_worker(proxy)
        limit = figures_of(worker).descriptors + ROOM
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (limit, limit))
        clients = [proxy.connect() for _ in range(2 * ROOM)]  # all in the kernel's queue, some accepted
        assert eventually(lambda: event(proxy, "accept-failed"))["detail"]
        for client in clients:
            client.reset()
        assert eventually(lambda: served(proxy)), "there is room again"
        assert proxy.workers_running() == [worker]


def event(proxy: Proxy, name: str) -> dict[str, str]:
    return next((line for line in proxy.lines() if line.get("event") == name), {})


def served(proxy: Proxy) -> bool:
    try:
        return proxy.connect().request(GET) == OK
    except (EOFError, OSError):
        return False


def test_out_of_descriptors_for_a_server_a_client_is_told_and_others_go_on(start: Start) -> None:  # noqa: F811 - the fixture
    held: list[Peer] = []

    def script(peer: Peer) -> None:
        while True:
            if b"/poll" in peer.read_message():
                held.append(peer)
                released.wait()
            peer.send(OK)

    released = threading.Event()

    with ScriptedServer(script=script) as site:
        proxy = start(site)
        worker = only_worker(proxy)
        waiting, newcomer = proxy.connect(), proxy.connect()
        waiting.send(b"GET /poll HTTP/1.1\r\nHost: site.test\r\n\r\n")
        eventually(lambda: held)
        eventually(lambda: ask(proxy.control, "status")["workers"][0]["clients"] == 2)
        limit = figures_of(worker).descriptors
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (limit, 4096))
        answer = newcomer.request(GET)
        assert status_of(answer) == 503
        assert b"Retry-After: " in answer
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (4096, 4096))
        released.set()
        assert waiting.read_message() == OK
        assert proxy.connect().request(GET) == OK


@pytest.mark.stress
def test_a_worker_that_answers_nothing_is_replaced(start: Start) -> None:  # noqa: F811 - the fixture
    """It takes the 20 s that a worker may need to read hundreds of certificates."""
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site, workers=2)
        silent, other = proxy.workers_running()
        os.kill(silent, signal.SIGSTOP)
        assert not ask(proxy.control, "reload")["ok"]
        eventually(lambda: len(proxy.workers_running()) == 2 and silent not in proxy.workers_running())
        assert other in proxy.workers_running()
        proxy.wait_for("worker 0 ended")
        for _ in range(20):
            assert proxy.connect().request(GET) == OK
        assert ask(proxy.control, "reload")["ok"]

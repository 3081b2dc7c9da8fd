"""The proxy as a process: started, stopped, its workers killed, and not started where something is wrong."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Certificate, Forward, Listener, Pool, Rule, Server
from tests.proxy.wire import (
    GET,
    OK,
    PATIENCE,
    Peer,
    Proxy,
    ScriptedServer,
    answering,
    counted,
    eventually,
    fields_of,
    free_port,
    status_of,
    until_it_stalls,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POST = b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 4\r\n\r\n"


# Workers


def test_a_killed_worker_is_replaced(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server)
    (first,) = proxy.workers_running()
    os.kill(first, signal.SIGKILL)
    proxy.wait_for("SIGKILL")
    assert proxy.connect().request(GET) == OK, "what waits in the queue is served by the replacement"
    assert proxy.connect_tls().request(GET) == OK
    assert proxy.workers_running() != [first]


def test_what_a_killed_worker_carried_is_lost_and_nothing_else(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = answering(OK)
    proxy = start(server, workers=2)
    assert len(proxy.workers_running()) == 2
    clients = [proxy.connect() for _ in range(20)]
    for client in clients:
        assert client.request(GET) == OK
    os.kill(proxy.workers_running()[0], signal.SIGKILL)
    proxy.wait_for("SIGKILL")
    alive = 0
    for client in clients:
        try:
            client.send(GET)
            alive += client.read_message() == OK
        except (EOFError, OSError):
            assert proxy.connect().request(GET) == OK
    assert 0 < alive < 20


def test_every_worker_is_one_instance_to_the_loop(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    seen: list[bytes] = []

    def script(peer: Peer) -> None:
        while True:
            seen.extend(fields_of(peer.read_message(), b"X-Bridgehead-Instance"))
            peer.send(OK)

    server.script = script
    proxy = start(server, workers=2)
    for _ in range(20):
        assert proxy.connect().request(GET) == OK
    assert len(seen) == 20
    assert len(set(seen)) == 1


def test_workers_do_not_outlive_their_supervisor(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    """They would hold the ports against the next start, and serve what nobody can change any more."""
    proxy = start(server)
    (worker,) = proxy.workers_running()
    proxy.process.kill()
    proxy.process.wait(PATIENCE)
    try:
        eventually(lambda: not _is_running(worker), "the end of the worker")
    finally:
        if _is_running(worker):
            os.kill(worker, signal.SIGKILL)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# Stopping


def test_nothing_changes_any_more_once_it_stops(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    """A reload would make its workers accept again."""
    proxy = start(server)
    client = proxy.connect()
    client.send(GET)
    inside = server.accept()
    inside.read_message()
    proxy.terminate()
    eventually(lambda: ask(proxy.control, "status")["stopping"], "the beginning of the end")
    told = ask(proxy.control, "reload")
    assert [problem["code"] for problem in told["problems"]] == ["reload.stopping"]
    inside.send(OK)
    assert status_of(client.read_message()) == 200, "and what was in hand is finished"
    assert proxy.wait() == 0


def test_a_stop_lets_an_exchange_in_hand_finish(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    idle, busy = proxy.connect(), proxy.connect_tls()
    busy.send(POST + b"ab")
    upstream = server.accept()
    upstream.read_until(b"\r\n\r\nab")
    proxy.terminate()
    assert idle.read_to_end() == b"", "what is idle closes at once"
    busy.send(b"cd")
    assert upstream.read(2) == b"cd"
    upstream.send(OK)
    assert busy.read_message().endswith(b"ok")
    assert busy.ended()
    assert proxy.wait() == 0


def test_a_stopping_proxy_takes_no_further_request_on_a_kept_connection(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = start(server)
    idle, client = proxy.connect(), proxy.connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    proxy.terminate()
    idle.read_to_end()
    upstream.send(OK)
    answer = client.read_message()
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.ended()
    assert proxy.wait() == 0


def test_a_stopping_proxy_accepts_nobody(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    busy = proxy.connect()
    busy.send(GET)
    upstream = server.accept()
    upstream.read_message()
    idle = proxy.connect()
    proxy.terminate()
    idle.read_to_end()
    try:
        late = proxy.connect()
        late.send(GET)
    except OSError:
        late = None  # refused
    upstream.send(OK)
    assert busy.read_message().endswith(b"ok")
    assert late is None or not late.ended(), "it waits in the queue, and is reset with it"
    assert server.nobody_came()
    assert proxy.wait() == 0


def test_a_stop_cuts_no_answer_that_is_on_its_way(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    """The server has said everything, and the client is slow to take it."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + bytes(60000)
    server.script, asked = counted(answering(answer))
    proxy = start(server)
    client, idle = proxy.connect(), proxy.connect()
    client.send(GET * 1000)
    until_it_stalls(asked)
    proxy.terminate()
    idle.read_to_end()
    received = client.read_to_end()
    assert len(answer) <= len(received) < 1000 * len(answer)
    assert len(received) % len(answer) == 0, "an answer was cut"
    assert proxy.wait() == 0


def test_a_second_stop_does_not_wait(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    idle, busy = proxy.connect(), proxy.connect()
    busy.send(GET)
    server.accept().read_message()
    proxy.terminate()
    idle.read_to_end()
    proxy.terminate()
    assert proxy.wait() == 0


def test_draining_has_a_limit(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server, limits={"drain_seconds": 0.5})
    proxy.connect().send(GET)
    server.accept().read_message()
    proxy.terminate()
    assert proxy.wait() == 0


def test_an_interrupt_from_the_terminal_stops_cleanly(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    proxy.process.send_signal(signal.SIGINT)
    assert proxy.wait() == 0
    assert "Traceback" not in proxy.said()


# The log


def test_the_log_is_opened_again_on_request(
    start: Callable[..., Proxy], server: ScriptedServer, tmp_path: Path
) -> None:
    server.script = answering(OK)
    proxy = start(server)
    client = proxy.connect()
    client.request(GET)
    assert proxy.log(1)
    moved = tmp_path / "access.log.1"
    proxy.log_path.rename(moved)
    proxy.process.send_signal(signal.SIGUSR1)
    eventually(proxy.log_path.exists, "a new log")
    client.request(GET)
    assert len(proxy.log(1)) == 1
    assert len(moved.read_text("utf-8").splitlines()) == 1


# What does not start


def not_started(proxy: Proxy) -> str:
    """What a proxy says that does not start; its exit status is that of something found wrong."""
    proxy.launch()
    assert proxy.wait() == 1
    said = proxy.said()
    assert "ready: " not in said
    assert "Traceback" not in said
    assert said.count("error:") == 1, said
    return said


def test_a_port_in_use_is_one_clear_message(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = proxy_of(server)
    with ScriptedServer(host=proxy.host, port=proxy.plain_port):
        said = not_started(proxy)
    assert f"{proxy.host} port {proxy.plain_port} is in use" in said
    assert "ss -ltnp" in said
    with ScriptedServer(host=proxy.host, port=proxy.tls_port):
        pass  # nothing is half-applied: the other port is free


def test_an_address_of_another_machine_is_one_clear_message(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = proxy_of(server)
    proxy.listeners = (Listener(name="strange", host="192.0.2.1", port=8080, tls=False),)
    proxy.rules = (Rule(name="site", listeners=("strange",), hosts=("*",), action=Forward(pool="pool")),)
    assert "192.0.2.1" in not_started(proxy)


def test_a_missing_key_is_one_clear_message(proxy_of: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = proxy_of(server)
    pair = proxy.key_pair("site.test").model_copy(update={"key": str(proxy.directory / "missing.key")})
    proxy.certificates = (Certificate(name="site", pairs=(pair,)),)
    said = not_started(proxy)
    assert "missing.key" in said
    assert "no such file" in said.lower()


def test_a_key_of_another_certificate_is_one_clear_message(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = proxy_of(server)
    pair = proxy.key_pair("site.test").model_copy(update={"key": proxy.key_pair("b.test", kind="b").key})
    proxy.certificates = (Certificate(name="site", pairs=(pair,)),)
    assert "does not belong" in not_started(proxy)


@pytest.mark.parametrize("content", ["", "nonsense"])
def test_a_trust_file_that_is_none_is_one_clear_message(
    proxy_of: Callable[..., Proxy], tls_server: ScriptedServer, content: str
) -> None:
    proxy = proxy_of(tls_server)
    root = proxy.directory / "root.pem"
    root.write_text(content)
    proxy.pool = {"trust": (str(root),)}
    assert "root.pem" in not_started(proxy)


def test_a_log_that_cannot_be_written_is_one_clear_message(
    proxy_of: Callable[..., Proxy], server: ScriptedServer
) -> None:
    proxy = proxy_of(server)
    proxy.log_path = proxy.directory / "missing" / "access.log"
    assert "access.log" in not_started(proxy)


def test_a_pool_that_does_not_answer_stops_no_start(proxy_of: Callable[..., Proxy]) -> None:
    proxy = proxy_of()
    member = Server(host=proxy.host, port=free_port(proxy.host))
    proxy.pools = (Pool(name="pool", servers=(member,), tls=False),)
    proxy.start()
    assert status_of(proxy.connect().request(GET)) == 503

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.web_server import WebServer
from bridgehead.lab.windows_authentication import ConnectionAuthentication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.conftest import Inside


def raw_answer(inside: Inside, request: bytes) -> bytes:
    """Everything that comes back until the server closes, after these bytes and a half-close."""
    site = inside.deployment.front_ends[0].plain
    assert site is not None
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


HOST = b"Host: webext.contoso.localhost:8080\r\n"


def test_a_connection_is_kept_for_the_next_request(inside: Inside) -> None:
    connection = inside.connect()
    assert [connection.request("GET", "/meet").status for _ in range(3)] == [200, 200, 200]


def test_pipelined_requests_are_answered_in_their_order(inside: Inside) -> None:
    answer = raw_answer(inside, b"GET /meet HTTP/1.1\r\n%bGET /dialin HTTP/1.1\r\n%b\r\n" % (HOST + b"\r\n", HOST))
    assert 0 < answer.index(b"Join the meeting") < answer.index(b"Dial-in conferencing")


def test_a_half_closed_client_still_gets_its_answer(inside: Inside) -> None:
    assert raw_answer(inside, b"GET /meet HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 200 OK")


def test_an_http_1_0_client_gets_a_close(inside: Inside) -> None:
    answer = raw_answer(inside, b"GET /CollabContent/x?size=5&chunked=1 HTTP/1.0\r\n" + HOST + b"\r\n")
    assert b"Connection: close" in answer
    assert b"chunked" not in answer
    assert len(answer.partition(b"\r\n\r\n")[2]) == 5


def test_head_has_the_length_and_no_body(inside: Inside) -> None:
    connection = inside.connect()
    answer = connection.request("HEAD", "/CollabContent/x?size=1000")
    assert (answer.status, answer.fields.get("Content-Length"), answer.body) == (200, "1000", b"")
    assert connection.request("GET", "/meet").status == 200


def test_the_client_is_asked_for_the_body_that_it_holds_back(inside: Inside) -> None:
    connection = inside.connect()
    head = f"POST /CollabContent/x HTTP/1.1\r\nHost: {connection.host}\r\n"
    connection.socket.sendall(f"{head}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n".encode())
    assert connection.socket.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.socket.sendall(b"hello")
    assert b'"bytes": 5' in connection.socket.recv(10000)


def test_a_refusal_closes_when_the_body_was_held_back(inside: Inside) -> None:
    connection = inside.connect()
    head = f"POST /GroupExpansion/service.svc HTTP/1.1\r\nHost: {connection.host}\r\n"
    connection.socket.sendall(f"{head}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n".encode())
    answer = connection.socket.recv(10000)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"Connection: close" in answer


def test_a_refusal_reads_the_body_and_keeps_the_connection(inside: Inside) -> None:
    connection = inside.connect()
    assert connection.request("POST", "/GroupExpansion/service.svc", body=b"x" * 300_000).status == 401
    assert connection.request("GET", "/meet").status == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"GET /meet HTTP/1.1\r\n\r\n", id="no Host"),
        pytest.param(b"GET /meet HTTP/1.1\r\n" + HOST + HOST + b"\r\n", id="two Hosts"),
        pytest.param(b"GET  /meet HTTP/1.1\r\n" + HOST + b"\r\n", id="two spaces"),
        pytest.param(b"GET http://webext/ HTTP/1.1\r\n" + HOST + b"\r\n", id="absolute target"),
        pytest.param(b"GET /meet HTTP/2.0\r\n" + HOST + b"\r\n", id="another version"),
        pytest.param(b"GET /meet HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", id="space before the colon"),
        pytest.param(b"GET /meet HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", id="folded field"),
        pytest.param(b"GET /meet HTTP/1.1\r\n" + HOST + b"A: b\nC: d\r\n\r\n", id="bare line feed"),
        pytest.param(
            b"POST /meet HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="length and chunks",
        ),
        pytest.param(b"POST /meet HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\nx", id="signed length"),
        pytest.param(
            b"POST /meet HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", id="two lengths"
        ),
        pytest.param(
            b"POST /meet HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="two codings"
        ),
        pytest.param(
            b"POST /CollabContent/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            id="chunk too long",
        ),
        pytest.param(b"POST /CollabContent/x HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nx", id="body cut short"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(inside: Inside, request_bytes: bytes) -> None:
    answer = raw_answer(inside, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in answer


def test_a_test_can_reset_a_connection_as_a_failing_server_does(inside: Inside) -> None:
    connection = inside.connect()
    assert connection.request("GET", "/meet").status == 200
    number = inside.site.record.events()[-1].connection
    assert number in inside.site.open_connections()
    inside.deployment.reset(inside.site, number)
    assert connection.at_end()


def test_the_record_tells_what_was_asked_and_never_a_credential(inside: Inside) -> None:
    inside.connect().request("GET", "/meet?secret=1", fields={"Authorization": "Bearer cwt=secret"})
    event = inside.site.record.events()[-1]
    assert (event.method, event.path, event.authorization, event.status) == ("GET", "/meet", "Bearer", 200)
    assert "secret" not in repr(event)


class Silent:
    """An application that is never asked."""

    def new_authentication(self) -> ConnectionAuthentication:
        return ConnectionAuthentication(self.store)

    def __init__(self, store: Path) -> None:
        self.store = store

    async def answer(self, request: Request) -> Response:
        raise AssertionError(request)


@contextmanager
def running(server: WebServer) -> Iterator[WebServer]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result()
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_silent_connection_is_closed_when_its_time_is_over(tmp_path: Path) -> None:
    with (
        running(WebServer("silent", Silent(tmp_path / "users"), idle_seconds=0.05)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection,
    ):
        assert connection.recv(1) == b""


def test_closing_the_server_closes_what_is_open(tmp_path: Path) -> None:
    with running(WebServer("silent", Silent(tmp_path / "users"))) as server:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        while not server.open_connections():
            pass
    with connection, pytest.raises(ConnectionResetError):
        connection.recv(1)

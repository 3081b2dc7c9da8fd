"""A client's connection: what it may send, in what order it is answered, and how it ends."""

from __future__ import annotations

import select
import threading
from typing import TYPE_CHECKING

import pytest

from tests.proxy.test_body import WIKI
from tests.proxy.wire import GET, OK, Peer, ScriptedServer, answering, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.sites import Site
    from tests.proxy.wire import Proxy

NEXT = b"GET /smuggled HTTP/1.1\r\nHost: site.test\r\n\r\n"


def numbered(peer: Peer) -> None:
    """Answers every request with its target."""
    while True:
        target = peer.read_message().split(b" ")[1]
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))


# Refusals, on the wire. None of these may reach the server, nor anything that follows them.

REFUSED = [
    (b"GET / HTTP/1.1\r\n\r\n", 400),  # RFC 9112 3.2
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nHost: site.test\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nHost: other.test\r\n\r\n", 400),
    (b"GET http://other.test/ HTTP/1.1\r\nHost: site.test\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: site.test/x\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 0, 0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: +0\r\n\r\n", 400),
    (b"POST / HTTP/1.0\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: identity\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\nHost: site.test\n\n", 400),  # RFC 9112 2.2
    (b"GET / HTTP/1.1\r\nHost: site.test\nX: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nX: y\r\n z\r\n\r\n", 400),  # RFC 9112 5.2
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nX: \x00\r\n\r\n", 400),  # RFC 9110 5.5
    (b"GET /\x00 HTTP/1.1\r\nHost: site.test\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nX\x01: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: host\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: site.test\r\n\r\n", 400),
    (b"GET /x#y HTTP/1.1\r\nHost: site.test\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\nHost: site.test\r\n\r\n", 505),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"CONNECT site.test:443 HTTP/1.1\r\nHost: site.test\r\n\r\n", 405),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nExpect: 200-maybe\r\n\r\n", 417),
    (b"GET /" + b"x" * 17000 + b" HTTP/1.1\r\nHost: site.test\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\nX: " + b"y" * 70000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: site.test\r\n" + b"X: y\r\n" * 300 + b"\r\n", 431),
]


@pytest.fixture(scope="module")
def strict(_plain_sites: object) -> object:
    """One site for all refusals: they must leave nothing behind in it."""
    one = _plain_sites.next()  # type: ignore[attr-defined] # its type is private to conftest.py
    with one.server:
        yield one


@pytest.mark.parametrize(("request_", "status"), REFUSED, ids=lambda value: None if isinstance(value, int) else "")
def test_an_ambiguous_request_is_answered_closed_and_never_forwarded(
    strict: Site, request_: bytes, status: int
) -> None:
    client = strict.connect()
    client.send(request_ + NEXT)
    answer = client.read_message()
    assert status_of(answer) == status
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.read_to_end() == b"", "what follows is not answered"
    assert strict.server.nobody_came()


@pytest.mark.parametrize(
    "chunks",
    [
        b"g\r\n", b"0x1\r\nx\r\n0\r\n\r\n", b"1\nx\r\n0\r\n\r\n", b"1;\r\nx\r\n0\r\n\r\n",
        b"1\r\nxy\r\n0\r\n\r\n", b"-1\r\n",
        b"1;a\nb\r\nx\r\n0\r\n\r\n", b"0\r\nContent-Length: 44\r\n\r\n", b"0\r\n\n", b"fffffffffffffffff\r\n",
    ],
)  # fmt: skip
def test_a_body_whose_chunks_are_malformed_is_never_presented_as_whole(site: Site, chunks: bytes) -> None:
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    server = site.server.accept()
    assert server.read_until(b"3\r\nabc\r\n")
    client.send(chunks + NEXT)
    assert status_of(client.read_message()) == 400
    assert client.read_to_end() == b""
    assert not server.ended(), "the server sees a reset, not an end"
    assert server.buffer == b""


def test_a_refused_request_disturbs_no_other_connection(site: Site) -> None:
    with_answer = site.connect()
    with_answer.send(GET)
    server = site.server.accept()
    server.read_message()
    assert status_of(site.connect().request(REFUSED[0][0])) == 400
    server.send(OK)
    assert with_answer.read_message() == OK


# Order


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    site.server.script = numbered
    client = site.connect()
    client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: site.test\r\n\r\n" % number for number in range(50)))
    for number in range(50):
        assert client.read_message().endswith(b"\r\n\r\n/%d" % number)


def test_pipelined_requests_with_bodies_are_answered_in_order(site: Site) -> None:
    site.server.script = numbered
    client = site.connect_tls()
    with_body = b"POST /a HTTP/1.1\r\nHost: site.test\r\nContent-Length: %d\r\n\r\n" % len(NEXT) + NEXT
    client.send(with_body + GET + with_body + b"\r\n" + GET)
    assert [client.read_message().rpartition(b"\r\n")[2] for _ in range(4)] == [b"/a", b"/", b"/a", b"/"]


def test_a_request_after_chunks_is_the_next_one(site: Site) -> None:
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n" + WIKI + NEXT)
    server = site.server.accept()
    assert server.read_until(b"chunks.\r\n0\r\n\r\n").endswith(WIKI)
    server.send(OK)
    assert client.read_message() == OK
    assert server.read_message().startswith(b"GET /smuggled ")
    server.send(OK)
    assert client.read_message() == OK


def test_the_next_request_waits_until_the_answer_is_whole(site: Site) -> None:
    client = site.connect()
    client.send(GET + NEXT)
    server = site.server.accept()
    server.read_message()
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
    assert client.read_until(b"ab")
    assert not select.select([server.sock], [], [], 0)[0]
    server.send(b"cd")
    assert client.read(2) == b"cd"
    assert server.read_message().startswith(b"GET /smuggled ")


def test_a_request_may_come_byte_by_byte(site: Site) -> None:
    client = site.connect()
    for byte in b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3\r\n\r\nabc":
        client.send(bytes([byte]))
    server = site.server.accept()
    assert server.read_message().endswith(b"abc")
    server.send(OK)
    assert client.read_message() == OK


def flood(site: Site, client: Peer) -> None:
    """Send requests until no more are taken. Reading nothing, a client gets as far as the kernel's buffers reach."""
    client.sock.setblocking(False)
    many, sent = (b"GET / HTTP/1.1\r\nHost: site.test\r\nX: " + b"y" * 8000 + b"\r\n\r\n") * 100, 0
    before = site.proxy.memory()
    while select.select([], [client.sock], [], 1)[1]:
        sent += client.sock.send(many)
        assert sent < 32 << 20, "the proxy takes whatever comes"
    assert site.proxy.memory() - before < 16 << 20


def test_a_client_that_pipelines_and_reads_nothing_is_stopped(site: Site) -> None:
    site.server.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + bytes(60000))
    flood(site, site.connect())


def test_a_client_whose_answer_is_stuck_is_not_listened_to(site: Site) -> None:
    """It asks one by one, the next after the last is done with, until an answer no longer fits into the kernel."""
    answered = threading.Semaphore(0)

    def script(peer: Peer) -> None:
        while True:
            peer.read_message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + bytes(60000))
            answered.release()

    site.server.script = script
    client = site.connect(receive_buffer=4096)
    client.send(GET)
    while answered.acquire(timeout=1):
        for _ in range(2):  # who is answered after the answer came in knows that it was passed on
            site.connect().request(b"nonsense\r\n\r\n")
        client.send(GET)
    flood(site, client)


# HTTP/1.0


def test_an_old_client_gets_its_answer_and_the_end(site: Site) -> None:
    client = site.connect()
    client.send(b"GET / HTTP/1.0\r\nHost: site.test\r\nConnection: keep-alive\r\n\r\n")
    server = site.server.accept()
    server.read_message()
    server.send(OK)
    answer = client.read_to_end()
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def test_an_old_client_gets_no_interim_answer(site: Site) -> None:
    """RFC 9110 15.2."""
    client = site.connect()
    client.send(b"GET / HTTP/1.0\r\nHost: site.test\r\n\r\n")
    server = site.server.accept()
    server.read_message()
    server.send(b"HTTP/1.1 102 Processing\r\n\r\n" + OK)
    assert client.read_head().startswith(b"HTTP/1.1 200 OK")


# How a connection ends


def test_a_client_that_asks_for_it_gets_its_answer_and_the_end(site: Site) -> None:
    client = site.connect_tls()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n")
    server = site.server.accept()
    server.read_message()
    server.send(OK)
    assert fields_of(client.read_message(), b"Connection") == [b"close"]
    assert client.ended(), "over TLS with a close_notify"


@pytest.mark.parametrize("secure", [False, True])
def test_a_client_that_has_finished_sending_still_gets_its_answer(site: Site, secure: bool) -> None:
    client = site.connect_tls() if secure else site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    client.finish_sending()
    server.send(OK)
    assert client.read_message().endswith(b"ok")
    assert client.ended()


def test_pipelined_requests_before_the_end_are_all_answered(site: Site) -> None:
    site.server.script = numbered
    client = site.connect()
    client.send(GET + NEXT + GET)
    client.finish_sending()
    answers = client.read_to_end()
    assert answers.count(b"HTTP/1.1 200 OK") == 3


def test_a_request_that_ends_half_way_is_not_presented_as_whole(site: Site) -> None:
    client = site.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 10\r\n\r\nabc")
    server = site.server.accept()
    server.read_until(b"\r\n\r\nabc")
    client.finish_sending()
    assert not server.ended()
    assert site.log()[0]["refused"] == "body-incomplete"


def test_an_answer_nobody_waits_for_any_more_is_stopped(site: Site) -> None:
    client = site.connect()
    client.send(GET)
    server = site.server.accept()
    server.read_message()
    client.reset()
    assert not server.ended()


@pytest.mark.parametrize("secure", [False, True])
def test_a_refused_upload_still_gets_its_page(
    start: Callable[..., Proxy], server: ScriptedServer, secure: bool
) -> None:
    """RFC 9112 9.6: closing at once would reset the connection and destroy the page on its way."""
    proxy = start(server, action={"body_bytes": 10})
    client = proxy.connect_tls() if secure else proxy.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3000000\r\n\r\n")
    for _ in range(300):
        client.send(bytes(10000))
    assert status_of(client.read_message()) == 413
    assert server.nobody_came()


def test_bytes_after_a_last_request_do_not_destroy_its_answer(site: Site) -> None:
    """RFC 9112 9.6."""
    body = bytes(200_000)
    client = site.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n")
    server = site.server.accept()
    server.read_message()
    client.send(GET * 10000)
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body)
    assert client.read_message().endswith(body)
    assert client.ended(), "a reset could have overtaken the answer"


def test_a_client_that_says_goodbye_right_after_nonsense_is_left_alone(site: Site) -> None:
    client = site.connect_tls()
    client.send(b"nonsense\r\n\r\n")
    client.finish_sending()
    assert status_of(client.read_message()) == 400
    assert client.ended()
    client.close()
    assert status_of(site.connect().request(b"nonsense\r\n\r\n")) == 400, "nothing went wrong meanwhile"


# Time


def test_a_head_that_does_not_come_in_time_is_answered_408(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, limits={"head_seconds": 0.3}).connect()
    client.send(b"GET / HTTP/1.1\r\nHost: si")
    assert status_of(client.read_message()) == 408
    assert client.ended()


def test_bytes_that_drip_do_not_prolong_the_time_for_a_head(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    client = start(server, limits={"head_seconds": 1}).connect()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\n")

    def drip() -> bool:
        client.send(b"X: y\r\n")
        return bool(select.select([client.sock], [], [], 0.05)[0])

    eventually(drip)
    assert status_of(client.read_message()) == 408


def test_an_idle_client_is_closed_without_a_word(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server, limits={"idle_seconds": 0.3})
    server.script = answering(OK)
    for connect in (proxy.connect, proxy.connect_tls):
        client = connect()
        assert client.request(GET) == OK
        assert client.read_to_end() == b""


def test_a_client_that_never_asks_is_closed_without_a_word(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    assert start(server, limits={"idle_seconds": 0.3}).connect().read_to_end() == b""


@pytest.mark.parametrize("secure", [False, True])
def test_a_handshake_that_does_not_come_in_time_ends(
    start: Callable[..., Proxy], server: ScriptedServer, secure: bool
) -> None:
    proxy = start(server, limits={"handshake_seconds": 0.3})
    server.script = answering(OK)
    silent = [proxy.connect(proxy.tls_port) for _ in range(5)]
    for client in silent:
        assert not client.ended()
    assert all(line["event"] == "handshake-failed" for line in proxy.log(5))
    # The numbers of those descriptors belong to others now.
    for _ in range(5):
        client = proxy.connect_tls() if secure else proxy.connect()
        assert client.request(GET) == OK


def test_a_body_that_stops_is_answered_408(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, limits={"body_silence_seconds": 0.3}).connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 10\r\n\r\nabc")
    upstream = server.accept()
    upstream.read_until(b"\r\n\r\nabc")
    assert status_of(client.read_message()) == 408
    assert not upstream.ended()


def test_a_half_closed_client_does_not_wait_for_ever(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    client = start(server, limits={"half_closed_seconds": 0.3}).connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    client.finish_sending()
    assert not client.ended()
    assert not upstream.ended()


def test_a_client_that_takes_nothing_does_not_hold_its_server_for_ever(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    client = start(server, limits={"body_silence_seconds": 0.5}).connect()
    client.send(GET)
    upstream = server.accept()
    upstream.read_message()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    with pytest.raises(ConnectionError):
        upstream.send(bytes(100_000_000))
    with pytest.raises((ConnectionResetError, EOFError)):
        client.read(100_000_000)


def test_many_requests_in_one_piece_are_all_answered_in_order(site: Site) -> None:
    site.server.script = answering(OK)
    client = site.connect()
    client.send(GET * 200)
    assert [client.read_message() for _ in range(200)] == [OK] * 200
    assert client.request(GET) == OK, "and the connection goes on"


UPLOAD = b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("asked", "answered"),
    [([GET], 0), ([UPLOAD], 0), ([UPLOAD[:-2], b"hi"], 0), ([GET + GET], 1), ([GET + UPLOAD], 1)],
    ids=["get", "upload at once", "upload in pieces", "pipelined", "pipelined upload"],
)
def test_a_client_that_has_gone_is_noticed_whatever_it_waits_for(
    start: Callable[..., Proxy], server: ScriptedServer, tls: bool, asked: list[bytes], answered: int
) -> None:
    proxy = start(server, limits={"half_closed_seconds": 0.3})
    client = proxy.connect_tls() if tls else proxy.connect()
    for piece in asked:
        client.send(piece)
    inside = server.accept()
    for _ in range(answered):
        inside.read_message()
        inside.send(OK)
        client.read_message()
    inside.read_message()
    client.close()
    assert not inside.ended(), "nobody waits for this answer any more: the site sees a reset"

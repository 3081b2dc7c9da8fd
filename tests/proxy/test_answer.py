"""The server's answer: where it ends, what of it is passed on, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proxy.test_body import WIKI
from tests.proxy.wire import GET, OK, Peer, fields_of, status_of

if TYPE_CHECKING:
    from tests.proxy.sites import Site

HEAD = b"HEAD / HTTP/1.1\r\nHost: site.test\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def asked(site: Site, request: bytes = GET, *, secure: bool = False) -> tuple[Peer, Peer]:
    """A client that has asked, and the server that is to answer."""
    client = site.connect_tls() if secure else site.connect()
    client.send(request)
    server = site.server.accept()
    server.read_message()
    return client, server


def goes_on(client: Peer, server: Peer) -> bool:
    """Whether both connections carry another exchange."""
    client.send(GET)
    server.read_message()
    server.send(OK)
    return client.read_message() == OK


# Where an answer ends


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (HEAD, b"HTTP/1.1 200 OK\r\n\r\n"),
        (GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (GET, b"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_an_answer_without_body_ends_with_its_head(site: Site, request_: bytes, answer: bytes) -> None:
    """RFC 9112 6.3."""
    client, server = asked(site, request_)
    server.send(answer)
    assert client.read_head() == answer
    assert goes_on(client, server)


ANNOUNCED = [
    (HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    (HEAD, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: x\r\n\r\n"),
]


@pytest.mark.parametrize(("request_", "answer"), ANNOUNCED)
def test_a_body_that_is_announced_and_not_to_come_reaches_nobody_else(
    site: Site, request_: bytes, answer: bytes
) -> None:
    """A faulty server sends it all the same, a moment later: the next request would get it for its answer."""
    client, server = asked(site, request_)
    server.send(answer)
    assert client.read_head() == answer
    client.send(GET)
    other = site.server.accept()
    other.read_message()
    other.send(OK)
    assert client.read_message() == OK


@pytest.mark.parametrize(("request_", "answer"), ANNOUNCED)
def test_a_login_survives_an_answer_without_its_body(site: Site, request_: bytes, answer: bytes) -> None:
    client, server = asked(site, request_.replace(b"\r\n\r\n", b"\r\nAuthorization: NTLM TlRM\r\n\r\n"))
    server.send(answer)
    assert client.read_head() == answer
    assert goes_on(client, server)


def test_a_chunked_answer_ends_with_its_trailers(site: Site) -> None:
    client, server = asked(site)
    body = WIKI[:-2] + b"X-Checksum: 1\r\n\r\n"
    server.send(CHUNKED + body)
    assert client.read(len(CHUNKED + body)) == CHUNKED + body
    assert goes_on(client, server)


def test_an_answer_in_pieces_is_passed_on_whole(site: Site) -> None:
    client, server = asked(site)
    for byte in CHUNKED + WIKI:
        server.send(bytes([byte]))
    assert client.read(len(CHUNKED + WIKI)) == CHUNKED + WIKI
    assert goes_on(client, server)


@pytest.mark.parametrize("fixture", ["site", "tls_site"])
@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_may_end_with_its_connection(request: pytest.FixtureRequest, fixture: str, secure: bool) -> None:
    site: Site = request.getfixturevalue(fixture)
    client, server = asked(site, secure=secure)
    server.send(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nabc")
    server.close_cleanly()
    assert client.read_to_end() == b"HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nabc"


def test_an_old_server_is_understood(site: Site) -> None:
    client, server = asked(site)
    server.send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc")
    server.close()
    assert client.read_message() == b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    client.send(GET)
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert client.read_message() == OK


def test_an_old_server_may_keep_its_connection(site: Site) -> None:
    client, server = asked(site)
    server.send(b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nabc")
    assert client.read_message() == b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    assert goes_on(client, server)


def test_a_server_that_closes_does_not_close_its_client(site: Site) -> None:
    client, server = asked(site)
    server.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
    assert client.read_message() == b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    assert server.ended()
    client.send(GET)
    assert site.server.accept().read_message()


# What is never presented as whole


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "part",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        CHUNKED + b"3\r\nabc\r\n",
        CHUNKED + b"3\r\nabc\r\n0\r\n",
        CHUNKED + b"5\r\nabc",
    ],
)
def test_an_answer_that_breaks_off_is_not_presented_as_whole(site: Site, part: bytes, secure: bool) -> None:
    client, server = asked(site, secure=secure)
    server.send(part)
    assert client.read(len(part)) == part
    server.close()
    assert not client.ended(), "the client gets a reset"
    assert site.log()[0]["fault"] == "upstream"


@pytest.mark.parametrize("secure", [False, True])
def test_without_close_notify_an_answer_that_ends_with_its_connection_is_truncated(
    tls_site: Site, secure: bool
) -> None:
    client, server = asked(tls_site, secure=secure)
    part = b"HTTP/1.1 200 OK\r\n\r\nabc"
    server.send(part)
    client.read_until(b"abc")
    server.close()  # a FIN alone, which anybody on the way can send
    assert not client.ended()


@pytest.mark.parametrize("secure", [False, True])
def test_after_a_reset_an_answer_that_ends_with_its_connection_is_truncated(site: Site, secure: bool) -> None:
    client, server = asked(site, secure=secure)
    server.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
    client.read_until(b"abc")
    server.reset()
    assert not client.ended()


@pytest.mark.parametrize(
    "chunk", [b"g\r\n", b"3\nabc\r\n", b"1\r\nxy\r\n", b"0\r\nContent-Length: 3\r\n\r\n", b"-1\r\n"]
)
def test_chunks_that_are_malformed_half_way_end_the_answer(site: Site, chunk: bytes) -> None:
    client, server = asked(site)
    server.send(CHUNKED + b"3\r\nabc\r\n")
    client.read_until(b"abc\r\n")
    server.send(chunk)
    assert not client.ended()
    server.ended()


# What is never passed on

MALFORMED = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: y\nZ: w\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/2 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 20 OK\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    b"\x15\x03\x01\x00\x02\x02\x28",
    b"hello\r\n\r\n",
    b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000,
    CHUNKED + b"g\r\n",
    CHUNKED + b"1\nx\r\n",
]


@pytest.mark.parametrize("answer", MALFORMED)
def test_a_malformed_answer_becomes_502_and_disturbs_nothing(site: Site, answer: bytes) -> None:
    client, server = asked(site)
    server.send(answer)
    page = client.read_message()
    assert status_of(page) == 502
    assert fields_of(page, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert client.read_to_end() == b""
    server.ended()
    # One bad answer bans no server.
    after = site.connect()
    after.send(GET)
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert after.read_message() == OK


def test_the_answer_to_a_login_at_a_forward_proxy_is_not_passed_on(site: Site) -> None:
    client, server = asked(site)
    server.send(b"HTTP/1.1 407 Log in\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")
    page = client.read_message()
    assert status_of(page) == 502
    assert b"Proxy-Authenticate" not in page


def test_bytes_after_an_answer_are_no_answer(site: Site) -> None:
    client, server = asked(site)
    server.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    assert client.read_message() == OK
    server.ended()
    client.send(GET)
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert client.read_message() == OK


def test_a_body_after_an_answer_that_has_none_is_no_answer(site: Site) -> None:
    client, server = asked(site, HEAD)
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    client.read_head()
    server.ended()
    client.send(GET)
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert client.read_message() == OK


def test_what_a_server_says_unasked_is_no_answer(site: Site) -> None:
    client, server = asked(site)
    server.send(OK)
    assert client.read_message() == OK
    server.send(b"HTTP/1.1 408 Too slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    server.ended()
    client.send(GET)
    again = site.server.accept()
    again.read_message()
    again.send(OK)
    assert client.read_message() == OK


def test_fields_of_one_hop_end_here(site: Site) -> None:
    client, server = asked(site)
    server.send(
        b"HTTP/1.1 200 OK\r\nA: 1\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 2\r\n"
        b"Upgrade: h2c\r\n"
        b"Proxy-Connection: x\r\nSet-Cookie: a=b\r\nset-cookie:c=d\r\nContent-Length: 2\r\n\r\nok"
    )
    assert client.read_message() == (
        b"HTTP/1.1 200 OK\r\nA: 1\r\nSet-Cookie: a=b\r\nset-cookie:c=d\r\nContent-Length: 2\r\n\r\nok"
    )

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.observing.http import redacted
from bridgehead.verify.observing.questions import Answer, Fetch
from tests.verify.strange import HASTE, Strange, look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.verify.observing.question import FailureKind


def seen(data: bytes, method: str = "GET") -> Answer:
    with Strange(once(data)) as server:
        return look_at()(Fetch(f"http://webext.contoso.com:{server.port}/a?b", method))


def once(data: bytes) -> Callable[[socket.socket], None]:
    """Answer one request and close."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return serve


def test_an_answer_is_kept_as_it_came() -> None:
    answer = seen(
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nwww-authenticate:NTLM\r\n"
        b"Content-Length: 2\r\n\r\nno"
    )
    assert (answer.status, answer.reason, answer.body) == (401, "Unauthorized", "no")
    assert answer.lines == ("WWW-Authenticate: Negotiate", "www-authenticate:NTLM", "Content-Length: 2")
    assert answer.all("WWW-Authenticate") == ["Negotiate", "NTLM"]
    assert answer.failure is None


def test_chunks_with_trailers_are_read() -> None:
    answer = seen(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n"
    )
    assert (answer.body, answer.body_bytes, answer.failure) == ("abcde", 5, None)


def test_a_body_without_length_ends_with_the_connection() -> None:
    answer = seen(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    assert (answer.body, answer.closes, answer.failure) == ("all of it", True, None)


def test_interim_answers_are_told_and_passed_over() -> None:
    answer = seen(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert (answer.status, answer.interim) == (204, (100,))


def test_an_answer_to_head_has_no_body() -> None:
    assert seen(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "HEAD").failure is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "closed"),
        (b"HTTP/1.1 200 OK\r\nX-Half", "closed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "closed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "garbage"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "garbage"),
        (b"HTTP/2 200\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "garbage"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "too-much"),
    ],
)
def test_what_is_no_answer_is_a_failure_of_its_kind(data: bytes, kind: FailureKind) -> None:
    answer = seen(data)
    assert answer.failure is not None
    assert answer.failure.kind == kind


def test_a_server_that_drips_is_not_waited_for_without_end() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        connection.settimeout(0.05)
        while True:
            connection.sendall(b"a")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    with Strange(drip) as server:
        answer = look_at()(Fetch(f"http://webext.contoso.com:{server.port}/"))
    assert answer.failure is not None
    assert answer.failure.kind == "timed-out"


def test_a_long_poll_is_waited_for_as_long_as_it_is_asked_for() -> None:
    def hold(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.settimeout(0.6)
        try:
            connection.recv(1)
        except TimeoutError:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Strange(hold) as server:
        url = f"http://webext.contoso.com:{server.port}/"
        usual, long = look_at()(Fetch(url)), look_at()(Fetch(url, wait_seconds=10))
    assert usual.failure is not None
    assert (long.status, long.failure) == (200, None)
    assert long.head_milliseconds >= 500


def test_a_body_that_never_ends_is_cut_off() -> None:
    def pour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"a" * 65536)

    with Strange(pour) as server:
        answer = look_at(patience=replace(HASTE, answer_seconds=30, body_bytes=1_000_000))(
            Fetch(f"http://webext.contoso.com:{server.port}/")
        )
    assert answer.failure is not None
    assert answer.failure.kind == "too-much"
    assert len(answer.body) == HASTE.kept_bytes


@pytest.mark.parametrize(
    "url", ["http://webext.contoso.com:99999/", "https://[::1/", "http:///", "ftp://a/", "https://a/b c"]
)
def test_a_url_that_is_none_is_a_failure(url: str) -> None:
    answer = look_at()(Fetch(url))
    assert answer.failure is not None
    assert answer.status == 0


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Set-Cookie: cwt_ucwa=abc; path=/", "Set-Cookie: cwt_ucwa=…"),
        ("WWW-Authenticate: NTLM TlRMTVNTUAAC", "WWW-Authenticate: NTLM …"),
        ("www-authenticate: Negotiate oYG2MIG", "www-authenticate: Negotiate …"),
        ("WWW-Authenticate: NTLM", "WWW-Authenticate: NTLM"),
        ('WWW-Authenticate: MsRtcOAuth href="https://a/"', 'WWW-Authenticate: MsRtcOAuth href="https://a/"'),
        ("X-MS-WebTicket: opaque=PHNhbWw", "X-MS-WebTicket: opaque=…"),
        ("Authentication-Info: abc", "Authentication-Info: abc=…"),
        ("Server: nginx", "Server: nginx"),
    ],
)
def test_secrets_are_cut_off(line: str, shown: str) -> None:
    assert redacted(line) == shown

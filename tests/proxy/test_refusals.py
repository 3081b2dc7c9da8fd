from __future__ import annotations

import h11
import pytest

from bridgehead.proxy.refusals import Refusal, page, redirection
from tests.proxy.wire import body_of, content_length, fields_of, status_of

EVERY = pytest.mark.parametrize("refusal", list(Refusal), ids=lambda refusal: refusal.code)


def read_by_h11(answer: bytes) -> h11.Response:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(answer)
    response = connection.next_event()
    assert isinstance(response, h11.Response)
    events = []
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        events.append(event)
    assert connection.trailing_data[0] == b""
    return response


@EVERY
def test_every_refusal_is_a_small_page_with_its_id(refusal: Refusal) -> None:
    answer = page(refusal, "w0-1a-2b", close=False)
    assert status_of(answer) == refusal.status == read_by_h11(answer).status_code
    assert content_length(answer) == len(body_of(answer)) < 1024
    assert fields_of(answer, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert fields_of(answer, b"Cache-Control") == [b"no-store"]
    assert b"w0-1a-2b" in body_of(answer)


@EVERY
def test_no_page_invites_a_login(refusal: Refusal) -> None:
    assert fields_of(page(refusal, "1", close=True), b"WWW-Authenticate") == []


@EVERY
def test_what_passes_says_when_to_come_back(refusal: Refusal) -> None:
    said = fields_of(page(refusal, "1", close=False), b"Retry-After")
    assert bool(said) == (refusal.status in (503, 504))


@EVERY
def test_transient_faults_of_the_inside_are_not_502(refusal: Refusal) -> None:
    """502 makes a Lync client forget what discovery told it: only what must never be passed on answers so."""
    if refusal.status == 502:
        assert refusal in (Refusal.MALFORMED_RESPONSE, Refusal.POOL_UNTRUSTED, Refusal.PROXY_CHALLENGE)


@EVERY
def test_a_request_that_was_not_understood_closes(refusal: Refusal) -> None:
    if refusal.blame == "client":
        assert refusal.closes


def test_the_answer_to_head_has_no_body() -> None:
    whole, head = (
        page(Refusal.UNKNOWN_HOST, "1", close=False),
        page(Refusal.UNKNOWN_HOST, "1", close=False, head_only=True),
    )
    assert whole.startswith(head)
    assert head.endswith(b"\r\n\r\n")


def test_an_answer_that_closes_says_so() -> None:
    assert fields_of(page(Refusal.START_LINE, "1", close=True), b"Connection") == [b"close"]
    assert fields_of(page(Refusal.UNKNOWN_HOST, "1", close=False), b"Connection") == []


def test_a_method_that_is_not_allowed_learns_which_are() -> None:
    """RFC 9110 15.5.6."""
    assert fields_of(page(Refusal.METHOD, "1", close=True), b"Allow")


def test_a_redirection_keeps_the_method_where_it_must() -> None:
    """RFC 9110 15.4.2, 15.4.9."""
    get = redirection("https://a.test/", permanent_method=False, close=False)
    post = redirection("https://a.test/", permanent_method=True, close=True)
    assert status_of(get) == read_by_h11(get).status_code == 301
    assert status_of(post) == read_by_h11(post).status_code == 308
    assert fields_of(get, b"Location") == [b"https://a.test/"]
    assert fields_of(post, b"Connection") == [b"close"]

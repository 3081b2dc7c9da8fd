"""Malformed and ambiguous requests, byte by byte against a running proxy: what arrives at the server behind it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.head import RequestHead, RequestHeadCutter
from bridgehead.proxy.refusals import Refusal
from tests.conformance.cases import BrokenOff, Forwarded, Refused, RequestCase
from tests.conformance.catalogue import REQUESTS
from tests.conformance.conftest import AFTER
from tests.proxy.wire import Peer, fields_of, status_of

if TYPE_CHECKING:
    from tests.conformance.conftest import Watched

REFUSED = [case for case in REQUESTS if isinstance(case.outcome, Refused)]
BROKEN_OFF = [case for case in REQUESTS if isinstance(case.outcome, BrokenOff)]
FORWARDED = [case for case in REQUESTS if isinstance(case.outcome, Forwarded)]


def named(case: RequestCase) -> str:
    return case.name


def is_refused(client: Peer, status: int) -> bool:
    """Whether the client gets this page, and then the end of its connection: nothing behind it is answered."""
    page = client.read_message()
    assert status_of(page) == status, page
    assert fields_of(page, b"Connection") == [b"close"]
    return client.read_to_end() == b""


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_a_malformed_request_is_refused_and_not_a_byte_of_it_is_forwarded(watched: Watched, case: RequestCase) -> None:
    client = watched.connect()
    client.send(case.data)
    assert isinstance(case.outcome, Refused)
    assert is_refused(client, case.outcome.status)
    assert watched.nothing_but_the_usual()


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_behind_a_good_request_it_is_refused_as_well(watched: Watched, case: RequestCase) -> None:
    client = watched.connect()
    client.send(AFTER + case.data)
    assert client.read_head().startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.read(2) == b"ok"
    assert isinstance(case.outcome, Refused)
    assert is_refused(client, case.outcome.status)
    assert [connection.received for connection in watched.witness.news()] == [watched.usual]


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_it_is_refused_however_its_bytes_come(case: RequestCase) -> None:
    cutter = RequestHeadCutter(head_bytes=65536, most_fields=200, target_bytes=16384)
    step = max(1, len(case.data) // 500)
    for length in range(1, len(case.data) + step, step):
        found = cutter.cut(case.data[:length])
        if isinstance(found, Refusal):
            return
        assert found is None, f"{found[0].method!r} {found[0].target!r} was taken"
    raise AssertionError("it waits for more")


@pytest.mark.parametrize("case", BROKEN_OFF, ids=named)
def test_a_malformed_body_is_never_whole_for_a_server(watched: Watched, case: RequestCase) -> None:
    client = watched.connect()
    client.send(case.data)
    assert isinstance(case.outcome, BrokenOff)
    assert is_refused(client, case.outcome.status)
    watched.settle()
    others = [connection for connection in watched.witness.news() if connection.received != watched.usual]
    assert all(connection.end == "reset" for connection in others)
    assert [request.target for request in watched.arrived()] == [b"/after"]


@pytest.mark.parametrize("case", FORWARDED, ids=named)
def test_what_the_rfc_allows_arrives_in_one_reading(watched: Watched, case: RequestCase) -> None:
    client = watched.connect()
    client.send(case.data)
    outcome = case.outcome
    assert isinstance(outcome, Forwarded)
    assert client.read_head().startswith(b"HTTP/1.1 200 OK\r\n")
    if outcome.method != b"HEAD":
        assert client.read(2) == b"ok"
    if outcome.then == "open":
        client.send(AFTER)
        assert client.read_head().startswith(b"HTTP/1.1 200 OK\r\n")
    else:
        rest = client.read_to_end()
        assert not rest or status_of(rest) == 400
    arrived = watched.arrived()
    assert [request.target for request in arrived[1:]] == ([b"/after"] if outcome.then == "open" else [])
    request = arrived[0]
    assert (request.method, request.target, request.body) == (outcome.method, outcome.target, outcome.body)
    assert [value.lower().startswith(b"site.test") for value in request.values(b"host")] == [True]
    assert not outcome.absent or request.values(outcome.absent) == []
    assert not any(connection.malformed for connection in watched.witness.news())
    watched.witness.forget()
    watched.ask()
    assert [request.target for request in watched.arrived()] == [b"/after"]


def test_each_entry_of_the_catalogue_has_a_name_of_its_own_and_a_clause() -> None:
    names = [case.name for case in REQUESTS]
    assert len(set(names)) == len(names), {name for name in names if names.count(name) > 1}
    assert all(case.clause.startswith("RFC ") for case in REQUESTS)
    assert all(case.outcome.why for case in REQUESTS if isinstance(case.outcome, Forwarded))


def test_what_is_refused_in_the_catalogue_is_not_refused_for_want_of_its_rest() -> None:
    """The frame that the entries share is good: what is refused is refused for its fault."""
    found = RequestHeadCutter(head_bytes=65536, most_fields=200, target_bytes=16384).cut(AFTER)
    assert isinstance(found, tuple)
    assert isinstance(found[0], RequestHead)

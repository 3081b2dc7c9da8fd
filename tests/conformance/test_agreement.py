"""What is forwarded is read alike by parsers of four families: no request can hide in what the proxy sends."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.agreement import NEXT, Disagreement, Sent, examine, judge, run, sent_for
from tests.conformance.catalogue import REQUESTS
from tests.conformance.messages import make_request
from tests.conformance.readers import READERS, Read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.cases import RequestCase
    from tests.conformance.conftest import Watched

MANY = 4000
OVER_SOCKETS = 1000


def named(case: RequestCase) -> str:
    return case.name


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_each_reader_reads_a_plain_request_and_where_the_next_begins(reader: Callable[[bytes], list[Read]]) -> None:
    head = b"POST /a?b HTTP/1.1\r\nHost: site.test\r\n"
    sized = head + b"Content-Length: 3\r\n\r\nabc"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX: y\r\n\r\n"
    expected = [Read(b"POST", b"/a?b", (b"site.test",), b"abc"), Read(b"GET", b"/next", (b"next.test",), b"")]
    assert reader(sized + NEXT) == expected
    assert reader(chunked + NEXT) == expected
    for whole in (sized, chunked):
        assert reader(whole[:-1]) == []


@pytest.mark.parametrize("case", REQUESTS, ids=named)
def test_what_is_forwarded_of_the_catalogue_is_read_alike(case: RequestCase) -> None:
    judge(case.data)


@settings(max_examples=1000)
@given(st.randoms(use_true_random=False))
def test_what_is_forwarded_of_any_request_is_read_alike(random: Random) -> None:
    judge(make_request(random))


def test_what_is_forwarded_of_many_requests_is_read_alike() -> None:
    """By their numbers, so that a million can be judged with the same program, and each judged again alone."""
    outcomes = run(MANY, make_request)
    forwarded = sum(number for outcome, number in outcomes.items() if outcome.startswith("forwarded"))
    assert forwarded > MANY / 6, outcomes
    assert outcomes["forwarded, and read by 4"] > MANY / 8, outcomes
    assert outcomes["refused"] > MANY / 6, outcomes


def test_a_disagreement_is_found() -> None:
    """The judge is awake: it is shown what the proxy would never send."""
    good = sent_for(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")
    assert isinstance(good, Sent)
    assert examine(good) == "forwarded, and read by 4"
    for fault, other in (
        (b"Content-Length: 5", b"Content-Length: 4"),
        (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        (b"Host: site.test", b"Host: evil.test"),
        (b"POST / ", b"POST /evil "),
        (b"POST / ", b"GET / "),
    ):
        with pytest.raises(Disagreement):
            examine(replace(good, data=good.data.replace(fault, other)))
    with pytest.raises(Disagreement):
        examine(replace(good, whole=False))


def test_each_request_that_anybody_reads_at_the_server_went_through_the_proxy(watched: Watched) -> None:
    """The proxy adds one field to each request. A request without it was never judged."""
    made = 0
    for number in range(OVER_SOCKETS):
        client = watched.connect()
        client.send(make_request(Random(number)))
        client.finish_sending()
        client.ended()
        client.close()
        watched.settle()
        for connection in watched.witness.news():
            judged = len(re.findall(rb"\r\nX-Bridgehead-Instance: [0-9a-f]+\r\n", connection.received))
            for name, reader in READERS.items():
                assert len(reader(connection.received)) <= judged, (name, number, connection.received)
            made += judged
    assert made > OVER_SOCKETS * 1.2, "the other client's, and a fifth more"

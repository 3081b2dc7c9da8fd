"""Malformed and truncated answers through a running proxy: what does the client get, and what does the next one?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.conformance import answer_bodies
from tests.conformance.cases import AnswerCase, BadGateway, BrokenOff, PassedOn
from tests.conformance.catalogue import ANSWERS
from tests.conformance.conftest import AFTER
from tests.proxy.wire import OK, PATIENCE, Peer, Proxy, ScriptedServer, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BAD = [case for case in ANSWERS if isinstance(case.outcome, BadGateway)]
BROKEN_OFF = [case for case in ANSWERS if isinstance(case.outcome, BrokenOff)]
PASSED_ON = [case for case in ANSWERS if isinstance(case.outcome, PassedOn)]


class Playing:
    """A proxy in front of a server that gives a bad answer to `/case` and a good one to everything else."""

    def __init__(self) -> None:
        self.parts: tuple[bytes, ...] = ()
        self.ends = False
        self.client_has_the_first = threading.Event()
        self.server = ScriptedServer(script=self._serve)
        self.proxy: Proxy

    def play(self, *parts: bytes, ends: bool) -> None:
        """What the next `/case` gets; the second part only once the client has the first."""
        self.parts, self.ends = parts, ends
        self.client_has_the_first.clear()

    def _serve(self, peer: Peer) -> None:
        while head := peer.read_head():
            if b" /case " not in head:
                peer.send(OK)
                continue
            for number, part in enumerate(self.parts):
                if number:
                    assert self.client_has_the_first.wait(PATIENCE)
                peer.send(part)
            if self.ends:
                return

    def ask(self) -> None:
        """Another client's request, whose answer must be its own, from the same and only server."""
        client = self.proxy.connect()
        client.send(AFTER)
        assert client.read(len(OK)) == OK
        client.close()


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    lab = Playing()
    with lab.server:
        lab.proxy = Proxy(tmp_path_factory.mktemp("playing"), trustme.CA(), (lab.server,))
        try:
            lab.proxy.start()
            lab.ask()
            yield lab
        finally:
            lab.proxy.stop()


def named(case: AnswerCase) -> str:
    return case.name


def is_our_page(client: Peer, statuses: tuple[int, ...]) -> bool:
    """Whether the client gets the proxy's own page and then the end."""
    head_ = client.read_head()
    assert status_of(head_) in statuses
    assert fields_of(head_, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert fields_of(head_, b"Connection") == [b"close"]
    rest = client.read_to_end()
    return len(rest) == int(fields_of(head_, b"Content-Length")[0])


@pytest.mark.parametrize("case", BAD, ids=named)
def test_a_malformed_answer_is_not_passed_on_and_bans_no_server(playing: Playing, case: AnswerCase) -> None:
    playing.play(case.data, ends=case.then == "ends")
    client = playing.proxy.connect()
    client.send(case.request + AFTER)
    # Where the server ended without a whole head, there was no answer that could be malformed.
    assert is_our_page(client, (502, 503) if case.then == "ends" else (502,))
    for _ in range(3):
        playing.ask()


@pytest.mark.parametrize("case", BROKEN_OFF, ids=named)
def test_a_body_that_breaks_off_is_not_whole_for_the_client(playing: Playing, case: AnswerCase) -> None:
    playing.play(case.data, ends=case.then == "ends")
    client = playing.proxy.connect()
    client.send(case.request + AFTER)
    received = b""
    try:
        while more := client.receive():
            received += more
    except ConnectionResetError:
        assert case.data.startswith(received), "a part of it, and then the reset"
    else:
        assert status_of(received) == 502
    assert b"\r\n\r\nok" not in received
    playing.ask()


@pytest.mark.parametrize("case", BROKEN_OFF, ids=named)
def test_a_body_that_breaks_off_later_ends_in_a_reset(playing: Playing, case: AnswerCase) -> None:
    end = case.data.index(b"\r\n\r\n") + 4
    playing.play(case.data[:end], case.data[end:], ends=case.then == "ends")
    client = playing.proxy.connect()
    client.send(case.request)
    assert client.read(end) == case.data[:end]
    playing.client_has_the_first.set()
    assert not client.ended()
    playing.ask()


@pytest.mark.parametrize("case", PASSED_ON, ids=named)
def test_what_the_rfc_allows_is_passed_on_and_what_follows_is_the_next_answer(
    playing: Playing, case: AnswerCase
) -> None:
    playing.play(case.data, ends=case.then == "ends")
    client = playing.proxy.connect()
    client.send(case.request)
    outcome = case.outcome
    assert isinstance(outcome, PassedOn)
    assert client.read(len(outcome.received)) == outcome.received
    if fields_of(outcome.received, b"Connection") == [b"close"]:
        assert client.read_to_end() == b""
    else:
        client.send(AFTER)
        assert client.read(len(OK)) == OK
    playing.ask()


@pytest.mark.parametrize("case", answer_bodies.SURPLUS, ids=named)
def test_a_connection_on_which_more_came_than_the_answer_is_not_used_again(playing: Playing, case: AnswerCase) -> None:
    playing.ask()
    connections = playing.server.accepted
    playing.ask()
    assert playing.server.accepted == connections, "otherwise it is"
    playing.play(case.data, ends=False)
    client = playing.proxy.connect()
    client.send(case.request)
    assert isinstance(case.outcome, PassedOn)
    assert client.read(len(case.outcome.received)) == case.outcome.received
    playing.ask()
    assert playing.server.accepted == connections + 1


def test_each_answer_has_a_name_of_its_own_and_a_clause() -> None:
    names = [case.name for case in ANSWERS]
    assert len(set(names)) == len(names), {name for name in names if names.count(name) > 1}
    assert all(case.clause.startswith("RFC ") for case in ANSWERS)
    assert all(case.outcome.why for case in PASSED_ON if isinstance(case.outcome, PassedOn))

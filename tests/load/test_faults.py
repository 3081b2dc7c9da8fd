"""Servers that fail in every way a server can: no leg is sent twice, no half is presented as whole, and it passes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.http_client import AnswerBroken
from tests.load.published import connect, first_leg
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture
from tests.proxy.wire import OK, Peer, Proxy, ScriptedServer, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

    from bridgehead.lab.http_client import HttpConnection

CHALLENGE = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM Y2hhbGxlbmdl\r\nContent-Length: 0\r\n\r\n"
SILENCE_SECONDS = 0.5
STORM = 50


def reset_before_the_head(peer: Peer) -> None:
    peer.reset()


def reset_within_the_head(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-")
    peer.reset()


def reset_after_the_head(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    peer.reset()


def reset_within_the_body(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    peer.reset()


def half_close_before_the_head(peer: Peer) -> None:
    peer.finish_sending()


def half_close_within_the_head(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-")
    peer.finish_sending()


def truncate_a_length(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    peer.finish_sending()


def truncate_chunks(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    peer.finish_sending()


def truncate_a_chunk(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf")
    peer.finish_sending()


def say_nothing(_: Peer) -> None:
    """Until the other end goes."""


def fall_silent_within_the_body(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


FAULTS = [
    reset_before_the_head,
    reset_within_the_head,
    reset_after_the_head,
    reset_within_the_body,
    half_close_before_the_head,
    half_close_within_the_head,
    truncate_a_length,
    truncate_chunks,
    truncate_a_chunk,
    say_nothing,
    fall_silent_within_the_body,
]


class Faulty:
    """What two servers do with requests, and how many of each kind they got."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.recover()

    def recover(self) -> None:
        """No fault, and nothing seen."""
        self.fault: Callable[[Peer], None] | None = None
        self.only_last_legs = False
        self.answer = OK
        self.seen: Counter[str] = Counter()

    def script(self, peer: Peer) -> None:
        while True:
            credential = b"".join(fields_of(peer.read_message(), b"Authorization"))
            kind = {b"": "request", b"NTLM Zmlyc3QgYWxpY2U=": "first leg"}.get(credential, "last leg")
            with self._lock:
                self.seen[kind] += 1
            if self.fault is not None and (kind == "last leg" or not self.only_last_legs):
                self.fault(peer)
                if peer.sock.fileno() >= 0:
                    peer.ended()
                return
            peer.send(CHALLENGE if kind == "first leg" else self.answer)


@pytest.fixture(scope="module")
def faulty() -> Faulty:
    return Faulty()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA, faulty: Faulty) -> Iterator[Proxy]:  # noqa: F811 - the fixture
    directory = tmp_path_factory.mktemp("faults")
    with ScriptedServer(script=faulty.script) as one, ScriptedServer(script=faulty.script) as other:
        proxy = Proxy(directory, authority, (one, other), pool={"response_seconds": SILENCE_SECONDS})
        try:
            proxy.start()
            yield proxy
        finally:
            proxy.stop()


@pytest.fixture
def proxy(running: Proxy, faulty: Faulty) -> Proxy:
    """With two servers that are well."""
    faulty.recover()
    return running


def outcome(client: HttpConnection) -> str:
    """The status of a whole answer, or that there was none."""
    try:
        return str(client.request("GET", "/").status)
    except (AnswerBroken, ConnectionResetError):
        return "not whole"


def ask(proxy: Proxy) -> str:
    with connect(proxy, None) as client:
        return outcome(client)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_never_presented_as_an_answer_and_ends_when_it_ends(
    proxy: Proxy, faulty: Faulty, fault: Callable[[Peer], None]
) -> None:
    assert [ask(proxy) for _ in range(4)] == ["200"] * 4  # some connections are kept, and will be used
    faulty.fault = fault
    assert {ask(proxy) for _ in range(4)} <= {"502", "503", "504", "not whole"}
    faulty.fault = None
    assert [ask(proxy) for _ in range(4)] == ["200"] * 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_first_leg_that_met_a_fault_is_not_sent_elsewhere(
    proxy: Proxy, faulty: Faulty, fault: Callable[[Peer], None]
) -> None:
    assert ask(proxy) == "200"
    faulty.fault = fault
    with connect(proxy, None) as client:
        assert last_word(lambda: first_leg(client, "alice")) in {"502", "503", "504", "nothing"}
        assert client.at_end()
    assert faulty.seen["first leg"] == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_last_leg_that_met_a_fault_is_not_sent_elsewhere(
    proxy: Proxy, faulty: Faulty, fault: Callable[[Peer], None]
) -> None:
    faulty.fault, faulty.only_last_legs = fault, True
    with connect(proxy, None) as client:
        assert first_leg(client, "alice") == 401
        fields = {"Authorization": "NTLM bGFzdCBhbGljZQ=="}
        assert last_word(lambda: client.request("GET", "/", fields=fields).status) in {"502", "503", "504", "nothing"}
        assert client.at_end()
        assert ask(proxy) == "200"
    assert faulty.seen == {"first leg": 1, "last leg": 1, "request": 1}


def last_word(exchange: Callable[[], int]) -> str:
    try:
        return str(exchange())
    except (AnswerBroken, ConnectionResetError):
        return "nothing"


def test_a_storm_of_500_is_passed_on_and_bans_nobody(proxy: Proxy, faulty: Faulty) -> None:
    faulty.answer = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
    with connect(proxy, None) as client:
        assert {outcome(client) for _ in range(STORM)} == {"500"}
        assert faulty.seen["request"] == STORM
        faulty.answer = OK
        assert {outcome(client) for _ in range(STORM)} == {"200"}

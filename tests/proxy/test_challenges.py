"""Answers to http-01 challenges: exact, for a time, on plain listeners, by every worker, and nothing else opened."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.proxy.challenges import DIRECTORY, MOST, Challenges, read_challenges
from bridgehead.proxy.control import ask
from bridgehead.proxy.routing import RoutingTable
from tests.proxy.wire import OK, Proxy, ScriptedServer, answering, body_of, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
ANSWER = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
"""Those of RFC 8555, 8.3."""


def challenge(host: str = "site.test", token: str = TOKEN, answer: str = ANSWER) -> dict[str, str]:
    return {"host": host, "token": token, "answer": answer}


def tell(proxy: Proxy, *answers: dict[str, str], seconds: float = 600) -> dict[str, Any]:
    return ask(proxy.control, "challenges", answers=answers, seconds=seconds)


def request(target: str = DIRECTORY + TOKEN, host: str = "site.test", method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


@pytest.fixture
def proxy(start: Callable[..., Proxy], server: ScriptedServer) -> Proxy:
    """Two workers, and a site that is published with everything on its listeners, the plain one too."""
    server.script = answering(OK)
    return start(server, workers=2)


def everywhere(proxy: Proxy, target: str = DIRECTORY + TOKEN) -> set[bytes]:
    """The answers of so many new connections that both workers had some."""
    return {proxy.connect().request(request(target)) for _ in range(24)}


def test_every_worker_answers_and_stops_when_told(proxy: Proxy) -> None:
    assert everywhere(proxy) == {OK}
    told = tell(proxy, challenge())
    assert told == {"ok": True, "listeners": ["plain"]}
    (answer,) = everywhere(proxy)
    assert status_of(answer) == 200
    assert body_of(answer) == ANSWER.encode()
    assert tell(proxy)["ok"]
    assert everywhere(proxy) == {OK}


def test_a_connection_that_was_open_sees_it_too_and_is_kept(proxy: Proxy) -> None:
    client = proxy.connect()
    assert client.request(request("/")) == OK
    tell(proxy, challenge())
    assert body_of(client.request(request())) == ANSWER.encode()
    assert client.request(request("/")) == OK


@pytest.mark.parametrize(
    "target",
    [
        "/",
        DIRECTORY,
        DIRECTORY + "another",
        DIRECTORY + TOKEN + "/",
        DIRECTORY + TOKEN + "?x",
        DIRECTORY + TOKEN.lower(),
        DIRECTORY.upper() + TOKEN,
        "/x/.." + DIRECTORY + TOKEN,
        "/%2ewell-known/acme-challenge/" + TOKEN,
    ],
)
def test_nothing_but_the_exact_target_is_taken_from_the_site(proxy: Proxy, target: str) -> None:
    tell(proxy, challenge())
    assert proxy.connect().request(request(target)) == OK


def test_only_for_its_host_and_only_without_tls(proxy: Proxy) -> None:
    tell(proxy, challenge())
    assert proxy.connect().request(request(host="other.test")) == OK
    assert proxy.connect_tls().request(request()) == OK


def test_head_has_no_content_and_other_methods_are_refused(proxy: Proxy) -> None:
    tell(proxy, challenge())
    client = proxy.connect()
    client.send(request(method="HEAD"))
    head = client.read_head()
    assert (status_of(head), fields_of(head, b"Content-Length")) == (200, [str(len(ANSWER)).encode()])
    refused = client.request(request(method="POST"))
    assert (status_of(refused), body_of(refused)) == (405, b"")


def test_a_replacement_has_them_and_a_reload_keeps_them(proxy: Proxy) -> None:
    tell(proxy, challenge())
    for worker in proxy.workers_running():
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: proxy.said().count("SIGKILL") == 2, "two replacements")
    assert {body_of(answer) for answer in everywhere(proxy)} == {ANSWER.encode()}
    assert ask(proxy.control, "reload")["ok"]
    assert {body_of(answer) for answer in everywhere(proxy)} == {ANSWER.encode()}


def test_they_are_forgotten_when_their_time_is_over(proxy: Proxy) -> None:
    tell(proxy, challenge(), seconds=0.2)
    eventually(lambda: everywhere(proxy) == {OK}, "the end of their time")


def test_the_log_says_what_it_was(proxy: Proxy) -> None:
    tell(proxy, challenge())
    proxy.connect().request(request())
    (line,) = proxy.log()
    assert (line["rule"], line["status"]) == ("acme-challenge", 200)


def test_nothing_stands_before_the_routing_while_none_are_open() -> None:
    published = RoutingTable(())
    assert Challenges().before(published) is published


def test_a_worker_understands_what_the_supervisor_understood() -> None:
    read = read_challenges({"answers": [challenge("Site.Test.")], "seconds": 60}, now=100.0)
    again = Challenges.from_message(read.as_message())
    assert (again.until, set(again.rules)) == (160.0, {("site.test", (DIRECTORY + TOKEN).encode())})


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"answers": "x"},
        {"answers": [{}]},
        {"answers": [challenge(token="../../etc/passwd")]},
        {"answers": [challenge(token="a/b")]},
        {"answers": [challenge(answer="no dot")]},
        {"answers": [challenge(answer="a.b\r\nSet-Cookie: x")]},
        {"answers": [challenge(host="not a host")]},
        {"answers": [challenge(token=f"{number:064}") for number in range(MOST + 1)]},
        {"answers": [challenge()], "seconds": 3601},
        {"answers": [challenge()], "seconds": -1},
        {"answers": [challenge()], "seconds": "nan"},
    ],
)
def test_what_is_no_challenge_is_refused(question: dict[str, Any]) -> None:
    with pytest.raises(ProblemsFound):
        read_challenges(question, now=0.0)


def test_as_many_as_are_allowed_fit_through_the_socket(proxy: Proxy) -> None:
    tokens = [f"{number:0128}" for number in range(MOST)]
    told = tell(proxy, *(challenge(token=token, answer=f"{token}.{token}") for token in tokens))
    assert told["ok"]
    assert body_of(proxy.connect().request(request(DIRECTORY + tokens[-1]))) == f"{tokens[-1]}.{tokens[-1]}".encode()

"""Logins at the proxy itself are counted with those that pass through it, and refused like them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Forward, Rule
from tests.proxy.preauthentication.logging_in import PASSWORD, Client, accounts_in, login
from tests.proxy.shield.ntlm_site import NtlmSite, at_once, log_in
from tests.proxy.wire import OK, Peer, Proxy, ScriptedServer, answering, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRONG = "Nobodys-password-1"


@pytest.fixture
def proxy(start: Callable[..., Proxy], server: ScriptedServer, tmp_path: Path) -> Proxy:
    server.script = answering(OK)
    return start(server, action=login(), accounts=(accounts_in(tmp_path),), workers=2)


def logged_in(peer: Peer, user: str, password: str) -> bytes:
    """The answer to the last leg of a login at the proxy."""
    return Client(peer, user, password).logged_in()


def test_a_burst_of_wrong_passwords_is_cut_off_at_the_limit(proxy: Proxy, server: ScriptedServer) -> None:
    answers = at_once(
        20, lambda number: logged_in(proxy.connect(source=f"127.0.0.{1 + number}"), "CONTOSO\\alice", WRONG)
    )
    assert sorted(map(status_of, answers)) == [401] * 2 + [429] * 18
    (refused, *_) = [answer for answer in answers if status_of(answer) == 429]
    assert int(fields_of(refused, b"Retry-After")[0]) > 0
    assert fields_of(refused, b"WWW-Authenticate") == []
    assert server.accepted == 0, "nothing went inside"
    counters = ask(proxy.control, "status")["counters"]
    assert counters["login:wrong-password"] == counters["shield:failed"] == 2


def test_many_logins_of_one_user_at_once_all_succeed(proxy: Proxy) -> None:
    assert at_once(10, lambda _: logged_in(proxy.connect(), "CONTOSO\\alice", PASSWORD)[-2:]) == [b"ok"] * 10


def test_what_is_no_guess_counts_for_nothing(proxy: Proxy) -> None:
    """A second user on one connection has a good password."""
    client = proxy.connect()
    assert status_of(logged_in(client, "CONTOSO\\alice", PASSWORD)) == 200
    assert status_of(logged_in(client, "CONTOSO\\bob", PASSWORD)) == 403
    told = ask(proxy.control, "shield")["shield"]
    assert (told["accounts"], told["sources"]) == ([], [])


def test_no_password_is_anywhere_that_somebody_could_read(proxy: Proxy) -> None:
    for _ in range(3):
        logged_in(proxy.connect(), "CONTOSO\\alice", WRONG)
    told = json.dumps(ask(proxy.control, "shield")) + json.dumps(ask(proxy.control, "status"))
    assert "alice" in told
    assert WRONG not in told + proxy.said() + proxy.log_path.read_text()


def test_both_ways_in_share_one_count(proxy_of: Callable[..., Proxy], server: ScriptedServer, tmp_path: Path) -> None:
    site = NtlmSite()
    server.script = site.script
    proxy = proxy_of(server, accounts=(accounts_in(tmp_path),))
    proxy.rules = tuple(
        Rule(name=path, listeners=("plain",), hosts=("*",), path=path, action=Forward(pool="pool", **action))
        for path, action in (("/*", {}), ("/own/*", login()))
    )
    proxy.start()
    assert status_of(log_in(proxy.connect(), "alice", WRONG)) == 401
    own = Client(proxy.connect(), "CONTOSO\\alice", WRONG)
    assert status_of(own.logged_in(b"GET /own/ HTTP/1.1\r\nHost: site.test\r\n\r\n")) == 401
    assert status_of(log_in(proxy.connect(), "alice", WRONG)) == 429
    assert site.failed["alice"] == 1

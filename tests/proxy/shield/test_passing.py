"""Logins to a site behind the proxy, over sockets and two workers: what comes through, and what does not."""

from __future__ import annotations

import base64
import os
import signal
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Forward, Pool, Rule, Server
from tests.proxy.shield.ntlm_site import (
    ASKS,
    RIGHT,
    TYPE_1,
    TYPE_2,
    NtlmSite,
    asking,
    at_once,
    basic,
    log_in,
    type_3,
)
from tests.proxy.shield.two_workers import two_workers
from tests.proxy.wire import OK, Peer, Proxy, ScriptedServer, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

WRONG = "wrong"
_NUMBERS = count()


@pytest.fixture
def ntlm_site(server: ScriptedServer) -> NtlmSite:
    site = NtlmSite()
    server.script = site.script
    return site


@pytest.fixture
def own_proxy(start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite) -> Proxy:
    """One that a test may reload, and whose workers it may kill."""
    return start(server, workers=2)


class Shared(NamedTuple):
    """A proxy of two workers for many tests: each has a user of its own, and nothing is counted when it begins."""

    proxy: Proxy
    site: NtlmSite
    user: str


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[tuple[Proxy, NtlmSite]]:
    site = NtlmSite()
    with two_workers(tmp_path_factory.mktemp("shared"), authority, site.script) as proxy:
        yield proxy, site


@pytest.fixture
def shared(_running: tuple[Proxy, NtlmSite]) -> Shared:
    proxy, site = _running
    ask(proxy.control, "shield-clear")
    site.together = 0
    return Shared(proxy, site, f"user{next(_NUMBERS)}x")


def statuses(answers: list[bytes]) -> list[int]:
    return sorted(map(status_of, answers))


def shield_of(proxy: Proxy) -> dict[str, Any]:
    told: dict[str, Any] = ask(proxy.control, "shield")["shield"]
    return told


# The limit


def test_a_burst_over_two_workers_lets_no_more_failures_through_than_the_limit(shared: Shared) -> None:
    """From one address and from many, by any spelling of the name."""
    proxy, ntlm_site, user = shared
    spellings = [user, user.upper(), f"ú{user[1:]}", f"{user}@contoso.com"]
    answers = at_once(
        40, lambda number: log_in(proxy.connect(source=f"127.0.0.{1 + number % 20}"), spellings[number % 4], WRONG)
    )
    assert sum(ntlm_site.failed[each] for each in {spelling.lower() for spelling in spellings}) == 2
    assert statuses(answers) == [401] * 2 + [429] * 38


def test_ten_parallel_logins_of_one_user_all_succeed(shared: Shared) -> None:
    proxy, ntlm_site, user = shared
    answers = at_once(10, lambda _: log_in(proxy.connect(), user, RIGHT))
    assert answers == [OK] * 10
    assert ntlm_site.together <= 2, "and never were there more of them than may fail"


def test_an_outsider_cannot_keep_a_known_user_out_of_his_own_place(shared: Shared) -> None:
    proxy, ntlm_site, user = shared
    assert log_in(proxy.connect(source="127.0.0.2"), user, RIGHT) == OK
    at_once(20, lambda number: log_in(proxy.connect(source=f"127.0.1.{1 + number}"), user, WRONG))
    assert log_in(proxy.connect(source="127.0.1.99"), user, RIGHT).startswith(b"HTTP/1.1 429"), "elsewhere, he is"
    for _ in range(5):
        assert log_in(proxy.connect(source="127.0.0.2"), user, RIGHT) == OK
    assert ntlm_site.failed[user] == 2


def test_a_refusal_says_when_to_come_back_and_nothing_else(shared: Shared) -> None:
    proxy, _, user = shared
    for _ in range(2):
        log_in(proxy.connect(), user, WRONG)
    client = proxy.connect()
    answer = log_in(client, user, WRONG)
    assert status_of(answer) == 429
    assert int(fields_of(answer, b"Retry-After")[0]) > 0
    assert fields_of(answer, b"Content-Type") == [b"text/html; charset=utf-8"]
    assert fields_of(answer, b"WWW-Authenticate") == []
    assert user.encode() not in answer
    assert client.ended()


def test_pauses_grow(start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite) -> None:
    def pauses_from(first: float) -> None:
        proxy.shield = {"lockout_threshold": 100, "pause_seconds": first, "longest_pause_seconds": 100 * first}
        reload(proxy)

    proxy = start(server)
    told = []
    for failures in range(1, 5):
        pauses_from(0.0001)
        eventually(lambda: status_of(log_in(proxy.connect(), "alice", WRONG)) == 401)
        pauses_from(1000.0)
        told += [(pause["failures"], round(pause["until_in"], -3)) for pause in shield_of(proxy)["pauses"]]
        assert failures == 1 or status_of(log_in(proxy.connect(), "alice", RIGHT)) == 429
    assert told == [(2, 1000), (3, 2000), (4, 4000)]


def test_a_wrong_password_and_then_the_right_one_leaves_nothing_behind(shared: Shared) -> None:
    proxy, _, user = shared
    for _ in range(6):
        assert status_of(log_in(proxy.connect(), user, WRONG)) == 401
        assert log_in(proxy.connect(), user, RIGHT) == OK
    assert shield_of(proxy)["accounts"] == []


# What is not taken for a success


def test_an_open_page_forgives_nothing_and_makes_nobody_known(shared: Shared) -> None:
    proxy, ntlm_site, user = shared
    for number in range(10):
        client = proxy.connect(source=f"127.0.0.{1 + number}")
        client.request(asking("/", b"NTLM " + TYPE_1))
        assert status_of(client.request(asking("/open", b"NTLM " + type_3(user, WRONG)))) in (200, 429)
        log_in(proxy.connect(source=f"127.0.0.{1 + number}"), user, WRONG)
        assert status_of(proxy.connect(source="127.0.0.1").request(asking("/open", basic(user, WRONG)))) in (
            200,
            429,
        )
    assert ntlm_site.failed[user] == 2


def test_one_password_that_was_good_for_an_open_page_is_no_free_guess_elsewhere(shared: Shared) -> None:
    proxy, ntlm_site, user = shared
    for number in range(10):
        client = proxy.connect(source=f"127.0.0.{1 + number}")
        if status_of(client.request(asking("/open", basic(user, f"{WRONG}{number}")))) == 200:
            client.request(asking("/", basic(user, f"{WRONG}{number}")))
    assert ntlm_site.failed[user] == 2


# Basic


def test_basic_is_counted_by_the_same_name(shared: Shared) -> None:
    proxy, ntlm_site, user = shared
    assert status_of(proxy.connect().request(asking("/", basic(f"CONTOSO\\{user.upper()}", WRONG)))) == 401
    assert status_of(log_in(proxy.connect(), user, WRONG)) == 401
    assert status_of(proxy.connect().request(asking("/", basic(f"{user}@contoso.com", WRONG)))) == 429
    assert sum(count for name, count in ntlm_site.failed.items() if user in name) == 2


def test_the_same_wrong_password_again_on_one_connection_is_another_failure(shared: Shared) -> None:
    proxy, _, user = shared
    client = proxy.connect()
    answers = [client.request(asking("/", basic(user, WRONG))) for _ in range(3)]
    assert statuses(answers) == [401, 401, 429]


def test_a_password_that_was_accepted_is_asked_about_once_on_a_connection(
    own_proxy: Proxy, ntlm_site: NtlmSite
) -> None:
    proxy = own_proxy
    client = proxy.connect()
    assert status_of(client.request(asking("/"))) == 401
    for _ in range(5):
        assert client.request(asking("/", basic("alice", RIGHT))) == OK
    assert client.request(asking("/other", basic("alice", RIGHT))) == OK
    counters = ask(proxy.control, "status")["counters"]
    assert counters["shield:succeeded"] == 1


# Several sites


@pytest.fixture
def partners(tmp_path: Path, start: Callable[..., Proxy], server: ScriptedServer) -> Iterator[Proxy]:
    """A proxy before `site.test`, and before `other.test` with users of its own."""
    with ScriptedServer(NtlmSite().script) as other:
        pools = (pool_of(server, "pool"), pool_of(other, "other"))
        rules = tuple(
            Rule(name=host, listeners=("plain", "tls"), hosts=(host,), action=Forward(pool=pool))
            for host, pool in (("site.test", "pool"), ("other.test", "other"))
        )
        yield start(server, pools=pools, rules=rules)


def pool_of(server: ScriptedServer, name: str) -> Pool:
    return Pool(name=name, servers=(Server(host=server.host, port=server.port),), tls=False)


def at_other(request: bytes) -> bytes:
    return request.replace(b"site.test", b"other.test")


def test_a_good_login_of_a_namesake_elsewhere_forgives_nothing(partners: Proxy, ntlm_site: NtlmSite) -> None:
    for _ in range(5):
        log_in(partners.connect(), "alice", WRONG)
        own = partners.connect()
        own.request(at_other(asking("/")))
        assert own.request(at_other(asking("/", basic("alice", RIGHT)))) == OK
    assert ntlm_site.failed["alice"] == 2


def test_a_password_that_one_site_has_accepted_is_a_guess_at_the_next(partners: Proxy, ntlm_site: NtlmSite) -> None:
    """Who keeps the one lets it accept whatever he means to try at the other."""
    for number in range(5):
        client = partners.connect(source=f"127.0.0.{1 + number}")
        client.request(asking("/"))
        client.request(at_other(asking("/")))
        client.request(at_other(asking("/", basic("alice", RIGHT))))
        client.request(asking("/", basic("alice", RIGHT)))
    told = ask(partners.control, "status")["counters"]
    assert told["shield:succeeded"] == 10, "each was asked about at both"


# Digest


DIGEST_ASKS = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=x, nonce=y%b\r\nContent-Length: 0\r\n\r\n"


def digest(user: str, password: str, number: int = 1) -> bytes:
    """The password stands for the response."""
    return f'Digest username="{user}", realm="x", nc={number:08x}, response="{password}"'.encode()


def digest_site(peer: Peer) -> None:
    while True:
        credential = b"".join(fields_of(peer.read_message(), b"Authorization"))
        if f'"{RIGHT}"'.encode() in credential:
            peer.send(OK)
        else:
            is_old = b"old" in credential or credential.startswith(b"Basic")
            peer.send(DIGEST_ASKS % (b", stale=TRUE" if is_old else b""))


def test_digest_is_counted_and_refused(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = digest_site
    proxy = start(server)
    answers = [proxy.connect().request(asking("/", digest("CONTOSO\\\\alice", WRONG))) for _ in range(4)]
    assert [status_of(answer) for answer in answers] == [401, 401, 429, 429]


def test_a_page_behind_digest_is_asked_about_once_on_a_connection(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = digest_site
    proxy = start(server)
    client = proxy.connect()
    client.request(asking("/"))
    assert [client.request(asking("/", digest("alice", RIGHT, number))) for number in range(5)] == [OK] * 5
    assert ask(proxy.control, "status")["counters"]["shield:succeeded"] == 1


def test_a_digest_that_is_only_too_old_is_no_failure(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = digest_site
    proxy = start(server)
    for _ in range(5):
        assert status_of(proxy.connect().request(asking("/", digest("alice", "old")))) == 401
    assert shield_of(proxy)["accounts"] == []
    assert status_of(proxy.connect().request(asking("/", basic("alice", "old")))) == 401
    assert [one["failures"] for one in shield_of(proxy)["accounts"]] == [1], "of another scheme, it is one"


# Character sets


def test_a_name_that_contradicts_the_challenge_is_everybodys(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    """The server has agreed to bytes of another character set, and reads `AlIcE` where the flags say Unicode."""
    challenge = bytearray(base64.b64decode(TYPE_2))
    challenge[20] = 2

    def script(peer: Peer) -> None:
        while True:
            token = b"".join(fields_of(peer.read_message(), b"Authorization")).partition(b" ")[2]
            first = base64.b64decode(token)[8] == 1
            peer.send(ASKS % (b" " + base64.b64encode(bytes(challenge)) if first else b""))

    server.script = script
    proxy = start(server)
    statuses = []
    for number, user in enumerate(("汁捉", "汉捉", "䅬捉", "䅬捩")):
        client = proxy.connect(source=f"127.0.0.{1 + number}")
        statuses.append(status_of(log_in(client, user, WRONG)))
    assert statuses == [401, 401, 429, 429]


# Waiting


def test_who_waits_for_others_is_served_in_his_turn_with_his_body(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite
) -> None:
    proxy = start(server)
    ntlm_site.hold.clear()
    waiting = []
    for number in range(4):
        client = proxy.connect()
        client.request(asking("/", b"NTLM " + TYPE_1))
        credential = b"Authorization: NTLM " + type_3("alice", RIGHT)
        head = b"POST / HTTP/1.1\r\nHost: site.test\r\n" + credential + b"\r\nContent-Length: 5\r\n\r\n"
        client.send(head + (b"whole" if number < 2 else b"who"))
        waiting.append(client)
    for _ in range(2):
        assert ntlm_site.waiting.acquire(timeout=15)
    eventually(lambda: ask(proxy.control, "status")["counters"].get("shield:waited") == 2, "two that wait")
    waiting[2].send(b"le")
    waiting[3].send(b"le" + asking("/open"))
    ntlm_site.hold.set()
    assert [client.read_message() for client in waiting] == [OK] * 4
    assert waiting[3].read_message() == OK, "and what was asked behind it"


def test_who_leaves_while_he_waits_is_forgotten(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite
) -> None:
    proxy = start(server)
    ntlm_site.hold.clear()
    waiting = []
    for _ in range(3):
        client = proxy.connect()
        client.request(asking("/", b"NTLM " + TYPE_1))
        client.send(asking("/", b"NTLM " + type_3("alice", RIGHT)))
        waiting.append(client)
    eventually(lambda: ask(proxy.control, "status")["counters"].get("shield:waited") == 1, "one that waits")
    waiting[2].reset()
    eventually(lambda: proxy.lines() and proxy.lines()[-1]["status"] == 0, "the line about who left")
    ntlm_site.hold.set()
    assert [client.read_message() for client in waiting[:2]] == [OK] * 2
    assert ntlm_site.succeeded["alice"] == 2
    assert shield_of(proxy)["accounts"] == []


def test_who_leaves_before_he_is_judged_has_made_his_guess(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite
) -> None:
    proxy = start(server)
    ntlm_site.hold.clear()
    for _ in range(2):
        client = proxy.connect()
        client.request(asking("/", b"NTLM " + TYPE_1))
        client.send(asking("/", b"NTLM " + type_3("alice", WRONG)))
        assert ntlm_site.waiting.acquire(timeout=15)
        client.reset()
    eventually(lambda: [one["failures"] for one in shield_of(proxy)["accounts"]] == [2], "two failures")
    ntlm_site.hold.set()
    assert status_of(log_in(proxy.connect(), "alice", RIGHT)) == 429


def test_a_reload_in_the_meantime_changes_nothing_for_who_waits(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite
) -> None:
    proxy = start(server)
    ntlm_site.hold.clear()
    waiting = []
    for _ in range(3):
        client = proxy.connect()
        client.request(asking("/", b"NTLM " + TYPE_1))
        client.send(asking("/", b"NTLM " + type_3("alice", RIGHT)))
        waiting.append(client)
    eventually(lambda: ask(proxy.control, "status")["counters"].get("shield:waited") == 1, "one that waits")
    proxy.pool = {"response_seconds": 1000.0}
    reload(proxy)
    ntlm_site.hold.set()
    assert [client.read_message() for client in waiting] == [OK] * 3


@pytest.mark.stress
def test_what_a_server_holds_keeps_a_known_users_other_connections_waiting_for_a_moment_only(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite
) -> None:
    """Phones hold two requests open for minutes; a third one gets its answer all the same."""
    proxy = start(server)
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    ntlm_site.hold.clear()
    held = []
    for _ in range(3):
        client = proxy.connect()
        client.request(asking("/", b"NTLM " + TYPE_1))
        client.send(asking("/", b"NTLM " + type_3("alice", RIGHT)))
        held.append(client)
    assert ntlm_site.waiting.acquire(timeout=15)
    for _ in range(3):
        assert ntlm_site.waiting.acquire(timeout=15), "all three are with the server"
    ntlm_site.hold.set()
    assert [client.read_message() for client in held] == [OK] * 3
    assert shield_of(proxy)["accounts"] == []


# State


def reload(proxy: Proxy) -> None:
    (proxy.directory / "spec.json").write_text(proxy.spec().model_dump_json(), "utf-8")
    assert ask(proxy.control, "reload")["ok"]


def test_state_outlives_workers_and_reloads(own_proxy: Proxy, ntlm_site: NtlmSite) -> None:
    proxy = own_proxy
    assert log_in(proxy.connect(source="127.0.0.2"), "alice", RIGHT) == OK
    for _ in range(2):
        log_in(proxy.connect(source="127.0.0.3"), "alice", WRONG)
    before = proxy.workers_running()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(proxy.workers_running()) == 2 and not {*before} & {*proxy.workers_running()})
    reload(proxy)
    assert status_of(log_in(proxy.connect(source="127.0.0.4"), "alice", WRONG)) == 429
    assert log_in(proxy.connect(source="127.0.0.2"), "alice", RIGHT) == OK
    assert ntlm_site.failed["alice"] == 2


def test_attempts_of_a_killed_worker_are_not_tried_again_at_once(own_proxy: Proxy, ntlm_site: NtlmSite) -> None:
    """They were on their way, and may have failed. Who comes meanwhile waits, and is refused in the end."""
    proxy = own_proxy
    ntlm_site.hold.clear()
    for number in range(2):
        client = proxy.connect(source=f"127.0.0.{2 + number}")
        client.request(asking("/", b"NTLM " + TYPE_1))
        client.send(asking("/", b"NTLM " + type_3("alice", WRONG)))
        assert ntlm_site.waiting.acquire(timeout=15)
    before = proxy.workers_running()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(proxy.workers_running()) == 2 and not {*before} & {*proxy.workers_running()})
    late = proxy.connect(source="127.0.0.4")
    late.request(asking("/", b"NTLM " + TYPE_1))
    late.send(asking("/", b"NTLM " + type_3("alice", RIGHT)))
    eventually(lambda: ask(proxy.control, "status")["counters"].get("shield:waited") == 1, "one that waits")
    assert not ntlm_site.waiting.acquire(blocking=False)
    ntlm_site.hold.set()


def test_new_numbers_count_from_the_next_reload_on(own_proxy: Proxy, ntlm_site: NtlmSite) -> None:
    proxy = own_proxy
    for _ in range(2):
        log_in(proxy.connect(), "alice", WRONG)
    assert status_of(log_in(proxy.connect(), "alice", RIGHT)) == 429
    proxy.shield = {"lockout_threshold": 20, "pause_seconds": 0.001, "longest_pause_seconds": 0.001}
    reload(proxy)
    assert log_in(proxy.connect(), "alice", RIGHT) == OK


def test_an_administrator_lets_them_in_again(own_proxy: Proxy, ntlm_site: NtlmSite) -> None:
    proxy = own_proxy
    for name in ("alice", "bob"):
        for _ in range(2):
            log_in(proxy.connect(), name, WRONG)
    assert ask(proxy.control, "shield-clear", whose="CONTOSO\\Alice")["cleared"] == 2
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    assert status_of(log_in(proxy.connect(), "bob", RIGHT)) == 429
    ask(proxy.control, "shield-clear", whose="127.0.0.1")
    ask(proxy.control, "shield-clear")
    assert log_in(proxy.connect(), "bob", RIGHT) == OK
    assert ask(proxy.control, "shield-clear")["cleared"] == 0


# Lists, and what is excluded


def test_lists(start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite) -> None:
    proxy = start(
        server,
        shield={
            "allowed_sources": ["127.0.1.0/24"],
            "blocked_sources": ["127.0.2.0/24"],
            "excluded_accounts": ["Monitoring"],
            "blocked_accounts": ["Administrator"],
        },
    )
    for _ in range(5):
        assert status_of(log_in(proxy.connect(source="127.0.1.7"), "alice", WRONG)) == 401
        assert status_of(log_in(proxy.connect(), "monitoring", WRONG)) == 401
    blocked = log_in(proxy.connect(source="127.0.2.7"), "bob", RIGHT)
    assert status_of(blocked) == 403
    assert fields_of(blocked, b"Retry-After") == []
    assert status_of(log_in(proxy.connect(source="127.0.1.7"), "CONTOSO\\administrator", RIGHT)) == 403
    assert status_of(proxy.connect(source="127.0.2.7").request(asking("/open"))) == 200, "who does not log in is served"
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    assert ntlm_site.succeeded == {"alice": 1}


@pytest.mark.parametrize("options", [{"action": {"shield": False}}, {"shield": {"enabled": False}}])
def test_what_is_excluded_is_passed_as_it_is(
    start: Callable[..., Proxy], server: ScriptedServer, ntlm_site: NtlmSite, options: dict[str, Any]
) -> None:
    proxy = start(server, **options)
    for _ in range(8):
        assert status_of(log_in(proxy.connect(), "alice", WRONG)) == 401
    assert ntlm_site.failed["alice"] == 8


def test_anonymous_logins_are_nobodys_failure(shared: Shared) -> None:
    proxy, _, _ = shared
    for _ in range(5):
        assert status_of(log_in(proxy.connect(), "", WRONG)) == 401
    assert shield_of(proxy)["accounts"] == []


# Spraying


def test_spraying_is_an_alarm_and_known_users_go_on_behind_the_same_address(
    own_proxy: Proxy, ntlm_site: NtlmSite
) -> None:
    proxy = own_proxy
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    answers = at_once(30, lambda number: log_in(proxy.connect(), f"user{number}", WRONG))
    assert statuses(answers) == [401] * 10 + [429] * 20
    assert log_in(proxy.connect(), "alice", RIGHT) == OK
    told = eventually(lambda: (status := ask(proxy.control, "status"))["alarms"] and status, "an alarm")
    assert "sprayed from 127.0.0.1" in told["alarms"][0]
    assert told["shield"]["sources"][0] == {
        "source": "127.0.0.1",
        "failures": 10,
        "accounts": 10,
        "spraying": True,
        "closed_to": "strangers",
    }
    assert told["counters"]["shield:spraying"] == 1
    eventually(
        lambda: [line["client"] for line in proxy.lines() if line.get("what") == "spraying"] == ["127.0.0.1"],
        "the line about it",
    )

"""Password spraying against a real domain: no account is locked, whoever has a password keeps working.

`LOAD=full` makes it ten thousand attempts against a thousand accounts; the default is a sample of that.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import pytest
import trustme

from bridgehead.proxy.control import ask
from bridgehead.spec import Accounts
from tests.interop.samba_domain import DOMAIN, PASSWORD, REALM, THRESHOLD, USERS, DomainUser, SambaDomain
from tests.proxy.preauthentication.logging_in import Client, login
from tests.proxy.wire import OK, Proxy, ScriptedServer, answering, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

FULL = os.environ.get("LOAD") == "full"
ACCOUNTS = 1000 if FULL else 100
ATTEMPTS = 10_000 if FULL else 300
SCATTERED = 2000 if FULL else 120
"""Attempts at a few accounts, each from an address of its own."""
LEGITIMATE = 10
SPRAYERS = ("127.1.0.1", "127.1.0.2", "127.1.0.3", "127.1.0.4", "127.1.0.5")
WORKERS = 2
GROWTH = WORKERS * (20 << 20)
"""Bytes by which the workers may grow: most of it is the ledger, whose pages are seen in each as they are touched."""


@pytest.fixture(scope="module")
def crowd() -> Iterator[SambaDomain]:
    users = [*USERS, *(DomainUser(f"user{number:04}") for number in range(ACCOUNTS))]
    with SambaDomain((), users) as domain:
        yield domain


@pytest.fixture
def proxy(tmp_path: Path, crowd: SambaDomain) -> Iterator[Proxy]:
    """It asks for a login itself, and winbind for its judgement; the domain's numbers are the defaults."""
    accounts = Accounts(
        name="people",
        source="winbind",
        domain=DOMAIN,
        dns_domain=REALM.lower(),
        computer="GATEWAY",
        helpers=4,
        ntlm_auth=crowd.ntlm_auth,
        wbinfo=crowd.wbinfo,
    )
    with ScriptedServer(answering(OK)) as server:
        running = Proxy(tmp_path, trustme.CA(), (server,), action=login(), accounts=(accounts,), workers=WORKERS)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def attempt(proxy: Proxy, source: str, user: str, password: str) -> int:
    """The status that answers a whole login."""
    peer = proxy.connect(source=source)
    try:
        return status_of(Client(peer, f"{DOMAIN}\\{user}", password).logged_in())
    finally:
        peer.close()


class Regulars:
    """People who work all the time, each from his own place.

    One of them sits where a sprayer does, who tries every account but his: nobody can tell two apart who try the same
    account at the same address.
    """

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._over = threading.Event()
        self.answered: Counter[int] = Counter()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._log_in()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.is_set():
            self._log_in()

    def _log_in(self) -> None:
        for number in range(LEGITIMATE):
            source = SPRAYERS[0] if number == 0 else f"127.2.0.{number}"
            self.answered[attempt(self._proxy, source, f"user{number + 1:04}", PASSWORD)] += 1


def spray(proxy: Proxy) -> Counter[int]:
    """Every account in its turn, with another password each time, from a few addresses at once."""

    def one(number: int) -> int:
        source = SPRAYERS[number % len(SPRAYERS)]
        return attempt(proxy, source, f"user{number % ACCOUNTS:04}", f"Winter-{number // ACCOUNTS}")

    with ThreadPoolExecutor(2 * len(SPRAYERS)) as sprayers:
        return Counter(sprayers.map(one, range(ATTEMPTS)))


def scatter(proxy: Proxy) -> Counter[int]:
    """A few accounts, of people who work at this moment among them, from an address of its own each time."""

    def one(number: int) -> int:
        source = f"127.{10 + number % 7}.{number // 250 % 250}.{1 + number % 250}"
        return attempt(proxy, source, f"user{number % 20:04}", f"Winter-{number}")

    with ThreadPoolExecutor(2 * len(SPRAYERS)) as sprayers:
        return Counter(sprayers.map(one, range(SCATTERED)))


def test_spraying_locks_nobody_and_keeps_nobody_from_working(proxy: Proxy, crowd: SambaDomain) -> None:
    with Regulars(proxy) as regulars:
        before = proxy.memory()
        sprayed, scattered = spray(proxy), scatter(proxy)
        after = proxy.memory()
    counts = crowd.bad_password_counts()
    print(
        f"{ATTEMPTS} attempts at {ACCOUNTS} accounts from {len(SPRAYERS)} addresses: {dict(sprayed)};"
        f" {SCATTERED} at 20 accounts from as many addresses: {dict(scattered)};"
        f" legitimate logins: {dict(regulars.answered)};"
        f" badPwdCount: {dict(Counter(counts.values()))}, the threshold is {THRESHOLD};"
        f" workers: {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after"
    )
    assert max(counts.values()) < THRESHOLD
    assert max(counts.values()) >= 2, "what came through was counted by the domain"
    assert not any(map(crowd.is_locked, ("user0000", "user0001", "user0019")))
    assert set(regulars.answered) == {200}
    assert sprayed[200] == scattered[200] == 0
    assert sprayed[401] <= 10 * len(SPRAYERS)
    assert scattered[401] <= 2 * 20
    assert sprayed[401] + sprayed[429] == ATTEMPTS
    assert scattered[401] + scattered[429] == SCATTERED
    assert after - before < GROWTH
    told = ask(proxy.control, "status")
    assert len(told["alarms"]) == len(SPRAYERS)
    assert all(pid in proxy.workers_running() for pid in (worker["process"] for worker in told["workers"]))

"""A change every second under load, each of which a new connection proves: nothing fails, and no login is lost."""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Forward, Refuse, Rule
from tests.load.programs import Program
from tests.load.published import HOST, connect, first_leg, last_leg, log_in, pool_of, published, running_site, who
from tests.load.published import write_spec as write
from tests.load.sizes import BOUND_CONNECTIONS, CHANGES, ORDINARY_REQUESTS
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

    from bridgehead.lab.http_client import HttpConnection
    from bridgehead.spec import ProxySpec
    from tests.load.published import Site
    from tests.proxy.wire import Proxy

PATIENCE_SECONDS = 300.0
POLLS = 10


class Busy(threading.Thread):
    """Somebody who is logged in and goes on asking: the site counts each request on one and the same connection."""

    def __init__(self, client: HttpConnection, user: str, over: threading.Event) -> None:
        super().__init__(name=user)
        self.failure: BaseException | None = None
        self.answers = 0
        self._client = client
        self._over = over

    def run(self) -> None:
        try:
            before = who(self._client)
            while not self._over.wait(0.05):
                now = who(self._client)
                assert now == {**before, "requests": before["requests"] + 1}, (before, now)
                before = now
                self.answers += 1
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.failure = error


class Newcomers(threading.Thread):
    """Each comes on a new connection, asks once and goes."""

    def __init__(self, proxy: Proxy, over: threading.Event) -> None:
        super().__init__()
        self.failures: list[str] = []
        self.answers = 0
        self._proxy = proxy
        self._over = over

    def run(self) -> None:
        while not self._over.wait(0.05):
            try:
                with connect(self._proxy, self._proxy.client_context()) as client:
                    assert client.request("GET", "/small").status == 200
                self.answers += 1
            except Exception as error:  # noqa: BLE001 - told to the test, which fails by it
                self.failures.append(f"{type(error).__name__}: {error}")


class Operator:
    """Makes one change after the other, and sees for itself that a new connection is served accordingly."""

    def __init__(self, proxy: Proxy, sites: list[Site]) -> None:
        self.proxy = proxy
        self.refused = 0
        self._sites = sites
        self._spec = proxy.spec()
        self._certificate = leaf_of(proxy)
        self._kinds: list[Callable[[int], None]] = [
            self.close_a_directory,
            self.break_the_file,
            self.renew_the_certificate,
            self.write_nonsense_for_a_key,
            self.move_the_pool,
            self.mix_up_the_pair,
            self.limit_a_body,
            self.remove_the_key,
        ]

    def change(self, number: int) -> None:
        self._kinds[number % len(self._kinds)](number)

    # What is accepted

    def close_a_directory(self, number: int) -> None:
        self._reload(self._with(number, Refuse(reason="closed")))
        assert self._status("GET", number) == 403

    def limit_a_body(self, number: int) -> None:
        self._reload(self._with(number, Forward(pool="pool", body_bytes=10)))
        assert self._status("POST", number, b"eleven bytes") == 413

    def renew_the_certificate(self, _: int) -> None:
        before = self._certificate
        self.proxy.key_pair(HOST)
        self._reload(self._spec)
        self._certificate = leaf_of(self.proxy)
        assert self._certificate != before

    def move_the_pool(self, number: int) -> None:
        """To the other of the two sites: requests without a login go there from now on."""
        site = self._sites[1] if number // len(self._kinds) % 2 == 0 else self._sites[0]
        self._spec = self._spec.model_copy(update={"pools": (pool_of(self.proxy, site),)})
        self._reload(self._spec)
        with connect(self.proxy, self.proxy.client_context()) as client:
            assert json.loads(client.request("GET", "/figures").body)["port"] == site.port

    def _with(self, number: int, action: Forward | Refuse) -> ProxySpec:
        directory = f"/changed-{number}/*"
        rule = Rule(name=directory, listeners=("plain", "tls"), hosts=(HOST,), path=directory, action=action)
        self._spec = self._spec.model_copy(update={"rules": (*self._spec.rules, rule)})
        return self._spec

    def _reload(self, spec: ProxySpec) -> None:
        write(self.proxy, spec)
        told = ask(self.proxy.control, "reload")
        assert told["ok"], told

    def _status(self, method: str, number: int, body: bytes | None = None) -> int:
        with connect(self.proxy, self.proxy.client_context()) as client:
            return client.request(method, f"/changed-{number}/", body=body).status

    # What is refused

    def break_the_file(self, _: int) -> None:
        (self.proxy.directory / "spec.json").write_text("{", "utf-8")
        self._is_refused()

    def write_nonsense_for_a_key(self, _: int) -> None:
        self._with_key(lambda key: key.write_text("no key", "utf-8"))

    def mix_up_the_pair(self, _: int) -> None:
        self._with_key(lambda key: key.write_bytes((self.proxy.directory / "other.key").read_bytes()))

    def remove_the_key(self, _: int) -> None:
        self._with_key(lambda key: key.unlink())

    def _with_key(self, harm: Callable[[Path], object]) -> None:
        key = self.proxy.directory / "site.key"
        good = key.read_bytes()
        harm(key)
        try:
            self._is_refused()
        finally:
            key.write_bytes(good)

    def _is_refused(self) -> None:
        told = ask(self.proxy.control, "reload")
        assert not told["ok"], told
        self.refused += 1
        assert leaf_of(self.proxy) == self._certificate


def leaf_of(proxy: Proxy) -> bytes:
    """The certificate that a new connection is served."""
    with connect(proxy, proxy.client_context()) as client:
        assert isinstance(client.socket, ssl.SSLSocket)
        leaf = client.socket.getpeercert(binary_form=True)
    assert leaf
    return leaf


def change_every_second(operator: Operator) -> float:
    """All changes, one a second where they are quick enough; the seconds they took."""
    clock, began = threading.Event(), monotonic()
    for number in range(CHANGES):
        clock.wait(max(0.0, began + number - monotonic()))
        operator.change(number)
    return monotonic() - began


class LoggedIn:
    """Users in three states: idle after their login, between its legs, and busy."""

    def __init__(self, proxy: Proxy, stack: ExitStack, over: threading.Event) -> None:
        context = proxy.client_context()
        clients = {f"user{number}": stack.enter_context(connect(proxy, context)) for number in range(BOUND_CONNECTIONS)}
        names = list(clients)
        third = len(names) // 3
        self._clients = clients
        self._between = names[third : 2 * third]
        self._idle = {user: log_in(clients[user], user) for user in names[:third]}
        for user in self._between:
            assert first_leg(clients[user], user) == 401
        for user in names[2 * third :]:
            log_in(clients[user], user)
        self.busy = [Busy(clients[user], user, over) for user in names[2 * third :]]

    def are_all_there(self) -> None:
        """Each goes on where it was, on the connection it had."""
        assert [user.failure for user in self.busy] == [None] * len(self.busy)
        assert all(user.answers for user in self.busy)
        for user, before in self._idle.items():
            assert who(self._clients[user]) == {**before, "requests": before["requests"] + 1}
        for user in self._between:
            assert last_leg(self._clients[user], user)["user"] == user


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def sites(tmp_path: Path, authority: trustme.CA, stack: ExitStack) -> list[Site]:  # noqa: F811 - the fixture
    """Two, of which the first is published."""
    return [stack.enter_context(running_site(tmp_path, authority)) for _ in range(2)]


@pytest.fixture
def proxy(tmp_path: Path, authority: trustme.CA, stack: ExitStack, sites: list[Site]) -> Proxy:  # noqa: F811 - the fixture
    running = stack.enter_context(published(tmp_path, authority, sites[0], workers=2))
    running.key_pair("other.test", kind="other")
    return running


def test_changes_every_second_fail_nobody_and_lose_no_login(proxy: Proxy, sites: list[Site], stack: ExitStack) -> None:
    over = threading.Event()
    polls = [stack.enter_context(connect(proxy, proxy.client_context())) for _ in range(POLLS)]
    logged_in, newcomers = LoggedIn(proxy, stack, over), Newcomers(proxy, over)
    for client in polls:
        client.send("GET", "/poll/1800")
    stack.callback(over.set)
    for thread in (newcomers, *logged_in.busy):
        thread.start()
    root = proxy.directory / "authority.pem"
    with Program("visitors", proxy.host, proxy.tls_port, root, ORDINARY_REQUESTS / CHANGES, CHANGES) as visitors:
        operator = Operator(proxy, sites)
        took = change_every_second(operator)
        told = visitors.hear(PATIENCE_SECONDS)
    over.set()
    for thread in (newcomers, *logged_in.busy):
        thread.join()
    print(f"{CHANGES} changes in {took:.1f} s, {operator.refused} of them refused; visitors: {told}")
    print(f"{newcomers.answers} on new connections; {sum(user.answers for user in logged_in.busy)} to busy users")
    assert newcomers.failures == []
    assert newcomers.answers
    assert set(told["outcomes"]) == {"200"}, told
    logged_in.are_all_there()
    for site in sites:
        site.release()
    assert [client.receive().status for client in polls] == [200] * POLLS
    assert sum(site.figures()["stray_legs"] for site in sites) == 0

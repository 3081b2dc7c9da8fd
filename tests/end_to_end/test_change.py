"""A running proxy is changed: all or nothing, and nothing is cut."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Listener, ProxySpec, Refuse, Rule
from tests.proxy.conftest import authority, server, start  # noqa: F401 - the wire kit's fixtures
from tests.proxy.wire import OK, Peer, ScriptedServer, answering, free_port, status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.proxy.wire import Proxy

    Start = Callable[..., Proxy]

GET = b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n"
LOGIN = b"GET / HTTP/1.1\r\nHost: site.test\r\nAuthorization: NTLM TlRM\r\n\r\n"


def ask(proxy: Proxy, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridgehead", command, "--control", str(proxy.control)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write(proxy: Proxy, spec: ProxySpec) -> None:
    (proxy.directory / "spec.json").write_text(spec.model_dump_json(), "utf-8")


def with_rule(spec: ProxySpec, number: int) -> ProxySpec:
    """The same with one more rule, which a new request can see."""
    rule = Rule(
        name=f"closed-{number}",
        listeners=("plain", "tls"),
        hosts=("site.test",),
        path=f"/closed-{number}/*",
        action=Refuse(reason="closed"),
    )
    return spec.model_copy(update={"rules": (*spec.rules, rule)})


def closed(client: Peer, number: int) -> bool:
    return status_of(client.request(b"GET /closed-%d/ HTTP/1.1\r\nHost: site.test\r\n\r\n" % number)) == 403


class Requests(threading.Thread):
    """Ordinary requests, one after another, on connections of five requests each, until told to stop."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__()
        self.proxy = proxy
        self.statuses: list[int] = []
        self.failures: list[BaseException] = []
        self.enough = threading.Event()

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                client = self.proxy.connect()
                self.statuses += [status_of(client.request(GET)) for _ in range(5)]
                client.close()
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.failures.append(error)


@pytest.mark.stress
def test_reloads_cut_nothing(start: Start) -> None:  # noqa: F811 - the fixture
    held: list[Peer] = []

    def script(peer: Peer) -> None:
        # A connection that was logged in counts its requests; a poll is answered when the test says so.
        count = 0
        peer.sock.settimeout(300)  # the kit's patience is for one answer; these connections rest through all changes
        while True:
            head = peer.read_message()
            count += 1
            if b"/poll" in head:
                held.append(peer)
                released.wait(300)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%d" % (len(str(count)), count))

    released = threading.Event()
    with ScriptedServer(script=script) as site:
        proxy = start(site, workers=2)
        spec = proxy.spec()
        idle = [proxy.connect() for _ in range(40)]
        polling = [proxy.connect() for _ in range(40)]
        for client in (*idle, *polling):
            assert client.request(LOGIN).endswith(b"1")
        for client in polling:
            client.send(b"GET /poll HTTP/1.1\r\nHost: site.test\r\n\r\n")
        background = Requests(proxy)
        background.start()
        for number in range(10):
            if number % 3 == 2:
                (proxy.directory / "spec.json").write_text("{", "utf-8")
                refused = ask(proxy, "reload")
                assert refused.returncode == 1, refused
            write(proxy, with_rule(spec, number))
            done = ask(proxy, "reload")
            assert done.returncode == 0, done
            newcomer = proxy.connect()
            assert closed(newcomer, number)
            newcomer.close()
            # A login from before, idle meanwhile, goes on where it was: its server counts on.
            assert idle[number].request(GET).endswith(b"2")
        background.enough.set()
        background.join()
        released.set()
        assert not background.failures, background.failures
        assert set(background.statuses) == {200}
        assert all(client.read_message().endswith(b"2") for client in polling)
        assert all(client.request(GET).endswith(b"2") for client in idle[10:])


def test_a_leg_that_waits_for_the_next_one_survives_a_change(start: Start, server: ScriptedServer) -> None:  # noqa: F811 - fixtures
    proxy = start(server)
    client = proxy.connect()
    client.send(LOGIN)
    end = server.accept()
    end.read_message()
    end.send(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\nContent-Length: 0\r\n\r\n")
    client.read_message()
    write(proxy, with_rule(proxy.spec(), 1))
    assert ask(proxy, "reload").returncode == 0
    client.send(LOGIN)
    end.read_message()
    end.send(OK)
    assert status_of(client.read_message()) == 200
    assert server.accepted == 1


def test_a_hangup_signal_reloads(start: Start) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        write(proxy, with_rule(proxy.spec(), 7))
        proxy.process.send_signal(signal.SIGHUP)
        proxy.wait_for("change 1")
        assert closed(proxy.connect(), 7)


def test_an_address_can_be_added_and_given_up(start: Start) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        spec = proxy.spec()
        port = free_port(proxy.host)
        added = Listener(name="more", host=proxy.host, port=port, tls=False)
        rules = tuple(rule.model_copy(update={"listeners": ("plain", "tls", "more")}) for rule in spec.rules)
        write(proxy, spec.model_copy(update={"listeners": (*spec.listeners, added), "rules": rules}))
        assert "1 addresses added" in ask(proxy, "reload").stdout
        proxy.plain_port, before = port, proxy.plain_port
        assert status_of(proxy.connect().request(GET)) == 200
        write(proxy, spec)
        assert "1 given up" in ask(proxy, "reload").stdout
        with pytest.raises(ConnectionRefusedError):
            proxy.connect()
        proxy.plain_port = before
        assert status_of(proxy.connect().request(GET)) == 200


def test_a_new_certificate_serves_new_connections_and_old_ones_stay(start: Start) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        old = proxy.connect_tls()
        first = leaf_of(old)
        proxy.key_pair("site.test")  # in the place of the first one
        assert ask(proxy, "reload").returncode == 0
        assert leaf_of(proxy.connect_tls()) != first
        assert status_of(old.request(GET)) == 200


def leaf_of(client: Peer) -> bytes:
    assert isinstance(client.sock, ssl.SSLSocket)
    leaf = client.sock.getpeercert(binary_form=True)
    assert leaf
    return leaf


def break_the_key(directory: Path) -> None:
    (directory / "site.key").write_text("no key", "utf-8")


def mix_up_the_pair(directory: Path) -> None:
    (directory / "site.key").write_bytes((directory / "other.key").read_bytes())


def remove_the_chain(directory: Path) -> None:
    (directory / "site.pem").unlink()


@pytest.mark.parametrize("harm", [break_the_key, mix_up_the_pair, remove_the_chain])
def test_a_bad_pair_never_replaces_a_good_one(start: Start, harm: Callable[[Path], None]) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        proxy.key_pair("other.test", kind="other")
        before = leaf_of(proxy.connect_tls())
        harm(proxy.directory)
        refused = ask(proxy, "reload")
        assert refused.returncode == 1
        assert "site." in refused.stderr
        assert leaf_of(proxy.connect_tls()) == before


def test_a_port_in_use_leaves_the_old_serving(start: Start, server: ScriptedServer) -> None:  # noqa: F811 - fixtures
    proxy = start(server)
    spec = proxy.spec()
    taken = Listener(name="taken", host=server.host, port=server.port, tls=False)
    write(proxy, spec.model_copy(update={"listeners": (*spec.listeners, taken)}))
    refused = ask(proxy, "reload")
    assert refused.returncode == 1
    assert "is in use" in refused.stderr
    client = proxy.connect()
    client.send(GET)
    server.accept().read_message()


def test_the_proxy_outlives_whatever_a_reload_meets(start: Start) -> None:  # noqa: F811 - the fixture
    with ScriptedServer(script=answering(OK)) as site:
        proxy = start(site)
        write(proxy, proxy.spec().model_copy(update={"access_log": "no\0path"}))
        assert ask(proxy, "reload").returncode == 1
        assert status_of(proxy.connect().request(GET)) == 200
        write(proxy, proxy.spec())
        assert ask(proxy, "reload").returncode == 0


def test_status_counts_and_drain_ends(start: Start, server: ScriptedServer) -> None:  # noqa: F811 - fixtures
    proxy = start(server)
    client = proxy.connect()
    client.send(LOGIN)
    end = server.accept()
    end.read_message()
    told = ask(proxy, "status")
    assert told.returncode == 0
    assert "bound" in told.stdout
    assert ask(proxy, "drain").returncode == 0
    end.send(OK)
    answer = client.read_to_end()
    assert answer.endswith(b"ok")
    assert proxy.process.wait(timeout=15) == 0


def test_nobody_to_ask_is_said_plainly(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "bridgehead", "reload", "--control", str(tmp_path / "none.sock")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2
    assert "no proxy answers" in told.stderr

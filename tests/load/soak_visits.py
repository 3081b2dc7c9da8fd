"""What clients, and an operator, do all day: each of these is done again and again by a thread of its own."""

from __future__ import annotations

import json
import random
import signal
import socket
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgehead.lab.http_client import AnswerBroken, HttpConnection
from bridgehead.spec import Refuse, Rule
from tests.load.load_site import PIECE
from tests.load.published import HOST, command, connect, first_leg, log_in, who, write_spec

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tests.proxy.wire import Proxy

_FAILURES_KEPT = 20

MALFORMED = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1, 2\r\n\r\n",
    b"GET / HTTP/1.1\nHost: site.test\n\n",
    b"GET / HTTP/1.1\r\nHost: site.test\r\nA: b\r\n c\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"POST /upload HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
)


@dataclass
class Place:
    """Where everybody goes, until it is over."""

    proxy: Proxy
    context: ssl.SSLContext
    over: threading.Event = field(default_factory=threading.Event)

    def secure(self) -> HttpConnection:
        """A new connection over TLS."""
        return connect(self.proxy, self.context)

    def plain(self) -> HttpConnection:
        """A new connection without."""
        return connect(self.proxy, None)

    def pause(self, seconds: float) -> None:
        """Wait, unless it is over."""
        self.over.wait(seconds)


class Regular(threading.Thread):
    """Does the same again and again, and notes what goes wrong."""

    def __init__(self, place: Place, visit: Callable[[Place, random.Random], None], number: int) -> None:
        self.kind = visit.__name__
        super().__init__(name=f"{self.kind} {number}")
        self.visits = 0
        self.failures: list[str] = []
        self._place = place
        self._visit = visit
        self._random = random.Random(self.name)

    def run(self) -> None:
        """Until it is over."""
        while not self._place.over.is_set():
            try:
                self._visit(self._place, self._random)
                self.visits += 1
            except Exception as error:  # noqa: BLE001 - told at the end, which fails by it
                if not self._place.over.is_set() and len(self.failures) < _FAILURES_KEPT:
                    self.failures.append(f"visit {self.visits}: {type(error).__name__}: {error}")
                self._place.pause(1.0)


def _expect(client: HttpConnection, target: str, length: int) -> None:
    answer = client.request("GET", target)
    assert (answer.status, len(answer.body)) == (200, length), (target, answer.status, len(answer.body))


def _everything(sock: socket.socket) -> bytes:
    whole = b""
    while more := sock.recv(65536):
        whole += more
    return whole


def keep_a_connection(place: Place, chance: random.Random) -> None:
    """A hundred small requests on one connection."""
    with place.secure() if chance.random() < 0.8 else place.plain() as client:
        for _ in range(100):
            if place.over.is_set():
                return
            _expect(client, "/small", 1024)
            place.pause(chance.uniform(0.1, 0.5))


def come_and_go(place: Place, chance: random.Random) -> None:
    """A new connection for one request, ended in one of the ways that connections end."""
    with place.secure() as client:
        _expect(client, "/small", 1024)
        if chance.random() < 0.3:
            client.abort()
        elif chance.random() < 0.3:
            socket.socket.shutdown(client.socket, socket.SHUT_WR)
            assert client.at_end()
    place.pause(chance.uniform(0.2, 0.8))


def upload(place: Place, chance: random.Random) -> None:
    """Bodies by their length and by chunks, whole and uneven."""
    content = PIECE * chance.randint(1, 12)
    with place.secure() as client:
        for body in (content, iter([content[:1], content[1:100_001], content[100_001:] or b"x"])):
            told = json.loads(client.request("POST", "/upload", body=body).body)
            assert told["length"] >= len(content), told
        assert json.loads(client.request("POST", "/upload", body=content).body)["crc"] == zlib.crc32(content)
    place.pause(chance.uniform(2, 4))


def download(place: Place, chance: random.Random) -> None:
    """A MiB by its length and by chunks; sometimes read slowly."""
    slow = chance.random() < 0.3

    def take(_: bytes) -> None:
        if slow:
            place.pause(0.02)

    with place.secure() as client:
        for target in ("/bytes/1048576", "/chunks/700001"):
            assert client.request("GET", target, sink=take).status == 200
    place.pause(chance.uniform(2, 5))


def stay_logged_in(place: Place, chance: random.Random) -> None:
    """A login, what is done with it, and one of its ends."""
    user = f"user{chance.randrange(1000)}"
    with place.secure() as client:
        if chance.random() < 0.15:
            assert first_leg(client, user) == 401
            client.abort()
            return
        log_in(client, user)
        for _ in range(chance.randint(5, 60)):
            if place.over.is_set():
                return
            assert who(client)["user"] == user
            place.pause(chance.uniform(0.5, 2))
        if chance.random() < 0.3:
            client.send("GET", "/poll/30")
            client.abort()


def poll(place: Place, chance: random.Random) -> None:
    """Long polls, some given up before the answer."""
    with place.secure() as client:
        for _ in range(3):
            if place.over.is_set():
                return
            client.send("GET", f"/poll/{chance.randint(1, 40)}")
            if chance.random() < 0.25:
                place.pause(chance.uniform(0, 2))
                client.abort()
                return
            assert client.receive().status == 200


def talk_through_a_tunnel(place: Place, chance: random.Random) -> None:
    """An upgrade, and messages in both directions."""
    with place.secure() as client:
        client.send("GET", "/echo", fields={"Connection": "Upgrade", "Upgrade": "websocket"})
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        for _ in range(chance.randint(1, 30)):
            message = chance.randbytes(chance.randint(1, 20_000))
            client.socket.sendall(message)
            echo = b""
            while len(echo) < len(message):
                more = client.socket.recv(65536)
                assert more, "the tunnel has ended"
                echo += more
            assert echo == message
            place.pause(chance.uniform(0.2, 1))
        if chance.random() < 0.5:
            client.abort()


def reset(place: Place, chance: random.Random) -> None:
    """Gone in the middle of a head, of a body, of an answer."""
    with place.secure() if chance.random() < 0.5 else place.plain() as client:
        match chance.randrange(4):
            case 0:
                client.socket.sendall(b"GET / HTTP/1.1\r\nHo")
            case 1:
                client.socket.sendall(b"POST /upload HTTP/1.1\r\nHost: site.test\r\nContent-Length: 90000\r\n\r\nhalf")
            case 2:
                client.send("GET", "/bytes/5000000")
                client.socket.recv(1000)
            case _:
                client.send("GET", "/poll/5")
        client.abort()
    place.pause(chance.uniform(0.2, 1))


def be_malformed(place: Place, chance: random.Random) -> None:
    """A request that is refused, and a connection that is closed."""
    with place.secure() if chance.random() < 0.5 else place.plain() as client:
        client.socket.sendall(chance.choice(MALFORMED))
        answer = _everything(client.socket)
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 505 ")), answer
    place.pause(chance.uniform(0.2, 1))


def fail_a_handshake(place: Place, chance: random.Random) -> None:
    """Bytes that are no TLS, half a ClientHello, or nothing."""
    with socket.create_connection((place.proxy.host, place.proxy.tls_port), timeout=30) as raw:
        raw.sendall(chance.choice([b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\x80", b""]))
        if chance.random() < 0.1:
            with suppress(ConnectionResetError):
                _everything(raw)  # the proxy ends it in time
    place.pause(chance.uniform(0.5, 1.5))


def meet_a_bad_server(place: Place, chance: random.Random) -> None:
    """Half an answer, which must not look whole; half a head, which must become a page."""
    with place.secure() as client:
        if chance.random() < 0.5:
            try:
                client.request("GET", "/broken")
            except (AnswerBroken, OSError):
                pass
            else:
                raise AssertionError("half an answer was presented as whole")
        else:
            answer = client.request("GET", "/reset")
            assert answer.status in (502, 503), answer
    place.pause(chance.uniform(1, 2))


VISITS: dict[Callable[[Place, random.Random], None], int] = {
    keep_a_connection: 10,
    come_and_go: 3,
    upload: 2,
    download: 2,
    stay_logged_in: 12,
    poll: 20,
    talk_through_a_tunnel: 3,
    reset: 2,
    be_malformed: 2,
    fail_a_handshake: 2,
    meet_a_bad_server: 2,
}


class Operator:
    """Changes the proxy every minute: a rule, a certificate, a pool, and sometimes something that cannot be."""

    def __init__(self, place: Place) -> None:
        self._spec = place.proxy.spec()
        self._changes = 0

    def change(self, place: Place, _: random.Random) -> None:
        """One change; what a new request proves of it; a new log."""
        self._changes += 1
        number, proxy = self._changes, place.proxy
        rule = Rule(
            name=f"closed-{number}",
            listeners=("plain", "tls"),
            hosts=(HOST,),
            path=f"/closed-{number}/*",
            action=Refuse(reason="closed"),
        )
        pool = self._spec.pools[0]
        pool = pool.model_copy(update={"idle_seconds": pool.idle_seconds + number % 2})
        if number % 3 == 0:
            proxy.key_pair("site.test", "other.test")
        if number % 5 == 0:
            (proxy.directory / "spec.json").write_text("{", "utf-8")
            assert command(proxy, "reload").returncode == 1
        write_spec(proxy, self._spec.model_copy(update={"rules": (*self._spec.rules, rule), "pools": (pool,)}))
        done = command(proxy, "reload")
        assert done.returncode == 0, done
        with place.secure() as client:
            assert client.request("GET", f"/closed-{number}/").status == 403
        assert command(proxy, "status").returncode == 0
        proxy.log_path.unlink()
        proxy.process.send_signal(signal.SIGUSR1)
        place.pause(60)

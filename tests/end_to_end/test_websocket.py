"""WebSocket through the tunnel: each conversation with a real server is, octet for octet, the one without a proxy."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Message, Ping, Request
from wsproto.extensions import PerMessageDeflate

from bridgehead.spec import Forward, Pool, Rule, Server
from tests.end_to_end.websocket_cases import BINARY, CLOSE, SMALL, TEXT, Case, sizes
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture
from tests.proxy.wire import PATIENCE, Peer, Proxy, ScriptedServer, fields_of, server_tls, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import trustme

HOST = "127.0.0.1"
BLOCKED = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def echo(client: Peer) -> None:
    """A server by the library `wsproto`, that gives back each message before it looks at what comes after it."""
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = WSConnection(ConnectionType.SERVER)
    parts: list[str | bytes] = []
    while data := client.receive():
        connection.receive_data(data)
        for event in connection.events():
            client.send(answer_to(connection, event, parts))
            if isinstance(event, CloseConnection):
                client.finish_sending()
                client.read_to_end()  # what comes behind a farewell is not answered, and must not cause a reset
                return


def answer_to(connection: WSConnection, event: Event, parts: list[str | bytes]) -> bytes:
    match event:
        case Request():
            return connection.send(AcceptConnection(extensions=[PerMessageDeflate()]))
        case Message():
            parts.append(event.data)
            if not event.message_finished:
                return b""
            whole = type(event.data)().join(parts)
            parts.clear()
            return connection.send(Message(data=whole))
        case Ping():
            return connection.send(event.response())
        case CloseConnection():
            # An answer to a farewell, or our own to something malformed.
            return connection.send(event.response())
        case _:
            return b""


class Outcome(NamedTuple):
    """What a client saw of a conversation."""

    status: int
    fields: tuple[bytes, ...]
    received: bytes

    def frames(self) -> list[tuple[int, bytes]]:
        """Opcode and payload of each of the server's frames."""
        found, rest = [], self.received
        while rest:
            size, start = rest[1], 2
            if size > 125:
                start = 4 if size == 126 else 10
                size = int.from_bytes(rest[2:start], "big")
            found.append((rest[0] & 0xF, rest[start : start + size]))
            rest = rest[start + size :]
        return found

    def is_of(self, case: Case) -> bool:
        """Whether the server did what the RFC says."""
        frames = self.frames()
        messages = sum(opcode in (TEXT, BINARY) for opcode, _ in frames)
        ended, code = frames[-1] if frames else (-1, b"")
        farewell = (ended, int.from_bytes(code[:2], "big"))
        return (self.status, messages, farewell) == (101, case.messages, (CLOSE, case.close))


def request(path: str, offer: str = "") -> bytes:
    extensions = f"Sec-WebSocket-Extensions: {offer}\r\n" if offer else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extensions}\r\n"
    ).encode()


def say_and_listen(client: Peer, writes: Iterable[bytes]) -> bytes:
    """Send all, write by write, and take what comes until the server ends, in one thread: OpenSSL wants that."""
    received = [client.buffer]
    waiting = [memoryview(data) for data in reversed(tuple(writes))]
    client.sock.setblocking(False)
    while True:
        moved = False
        with suppress(*BLOCKED):
            if waiting:
                piece = waiting.pop()
                sent = 0
                try:
                    sent = client.sock.send(piece[:65536])
                    moved = True
                finally:
                    if sent < len(piece):
                        waiting.append(piece[sent:])
        with suppress(*BLOCKED):
            try:
                data = client.receive()
            except ConnectionError:
                data = b""  # it had said everything, and has not read everything
            if not data:
                return b"".join(received)
            received.append(data)
            moved = True
        if not moved:
            ready = select.select([client.sock], [client.sock] if waiting else [], [], PATIENCE)
            assert any(ready), "nothing moves any more"


class Site:
    """The echo server itself, and behind both bridges."""

    def __init__(self, server: ScriptedServer, proxy: Proxy) -> None:
        self._server = server
        self._proxy = proxy
        self._context = proxy.client_context()

    def through(self, case: Case, bridge: str) -> Outcome:
        return outcome_of(self._proxy.connect_tls("site.test", self._context), case, bridge)

    def direct(self, case: Case) -> Outcome:
        return outcome_of(Peer(socket.create_connection((HOST, self._server.port), PATIENCE)), case, "/")


def outcome_of(client: Peer, case: Case, path: str) -> Outcome:
    with client.sock:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.send(request(path, case.offer))
        head = client.read_head()
        names = (b"Upgrade", b"Sec-WebSocket-Accept", b"Sec-WebSocket-Extensions")
        fields = tuple(value for name in names for value in fields_of(head, name))
        return Outcome(status_of(head), fields, say_and_listen(client, case.writes))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Site]:  # noqa: F811 - the fixture above
    with ScriptedServer(echo) as server, ScriptedServer(echo, tls=server_tls(authority)) as secure:
        proxy = Proxy(tmp_path_factory.mktemp("websocket"), authority, ())
        trust = (str(proxy.directory / "authority.pem"),)
        proxy.pools = (
            Pool(name="plain", servers=(Server(host=HOST, port=server.port),), tls=False),
            Pool(
                name="tls",
                servers=(Server(host=HOST, port=secure.port, verify_name="inside.test"),),
                tls=True,
                trust=trust,
            ),
        )
        proxy.rules = tuple(
            Rule(name=name, listeners=("tls",), hosts=("*",), path=f"/{name}", action=Forward(pool=name))
            for name in ("plain", "tls")
        )
        proxy.start()
        yield Site(server, proxy)
        proxy.stop()


def compare(site: Site, cases: Iterable[Case], bridge: str) -> None:
    unexpected, different = [], []
    for case in cases:
        directly = site.direct(case)
        if not directly.is_of(case):
            unexpected.append((case.name, directly.status, [(opcode, data[:20]) for opcode, data in directly.frames()]))
        if site.through(case, bridge) != directly:
            different.append(case.name)
    assert different == []
    assert unexpected == []


@pytest.mark.parametrize("bridge", ["/plain", "/tls"])
@pytest.mark.parametrize("family", SMALL)
def test_every_conversation_is_the_one_without_a_proxy(site: Site, family: str, bridge: str) -> None:
    compare(site, SMALL[family](), bridge)


@pytest.mark.stress
@pytest.mark.parametrize("bridge", ["/plain", "/tls"])
def test_large_messages_are_those_without_a_proxy(site: Site, bridge: str) -> None:
    compare(site, sizes(1 << 24), bridge)


def test_there_are_as_many_cases_as_in_the_suite_that_the_families_are_from() -> None:
    cases = [(family, case.name) for family, make in SMALL.items() for case in make()]
    assert len(cases) > 249
    assert len(set(cases)) == len(cases)

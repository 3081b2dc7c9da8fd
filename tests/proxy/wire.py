"""The wire test kit: a real proxy process, servers that follow a script, and clients that speak bytes."""

from __future__ import annotations

import json
import os
import queue
import secrets
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bridgehead.spec import (
    Accounts,
    Action,
    Certificate,
    Forward,
    KeyPair,
    Limits,
    Listener,
    Pool,
    ProxySpec,
    Rule,
    Server,
    Shield,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import trustme

PATIENCE = 15.0
"""Longest wait for anything; reaching it is a failure."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n"

_Found = TypeVar("_Found")


def eventually(look: Callable[[], _Found], what: str = "") -> _Found:
    """What `look` finds, as soon as it finds anything."""
    waiter = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        found = look()
        if found:
            return found
        waiter.wait(0.02)
    raise AssertionError(f"it never came: {what or look}")


def own_address() -> str:
    """A loopback address that no other test uses, so that no two of them can meet on a port."""
    return f"127.{2 + secrets.randbelow(250)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        return port


class Peer:
    """One end of a connection, in bytes."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        self.sock = sock
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def receive(self) -> bytes:
        """Some bytes; none at the clean end."""
        try:
            return self.sock.recv(65536)
        except ssl.SSLZeroReturnError:  # a close_notify after our own
            return b""

    def read_until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            more = self.receive()
            if not more:
                raise EOFError(f"ended after {self.buffer!r}")
            self.buffer += more
        cut = self.buffer.index(end) + len(end)
        taken, self.buffer = self.buffer[:cut], self.buffer[cut:]
        return taken

    def read(self, count: int) -> bytes:
        parts, have = [self.buffer], len(self.buffer)
        while have < count:
            more = self.receive()
            if not more:
                raise EOFError(f"ended after {have} of {count} bytes")
            parts.append(more)
            have += len(more)
        everything = b"".join(parts)
        self.buffer = everything[count:]
        return everything[:count]

    def read_head(self) -> bytes:
        return self.read_until(b"\r\n\r\n")

    def read_message(self) -> bytes:
        """A head and a body of Content-Length."""
        head = self.read_head()
        return head + self.read(content_length(head))

    def read_to_end(self) -> bytes:
        while more := self.receive():
            self.buffer += more
        taken, self.buffer = self.buffer, b""
        return taken

    def request(self, data: bytes) -> bytes:
        self.send(data)
        return self.read_message()

    def ended(self) -> bool:
        """Wait for the end: True for a clean one, False for a reset or, over TLS, for one without close_notify."""
        try:
            while self.receive():
                pass
        except (ConnectionResetError, ssl.SSLError):
            return False
        return True

    def finish_sending(self) -> None:
        """Half-close: over TLS with a close_notify."""
        if isinstance(self.sock, ssl.SSLSocket):
            send_close_notify(self.sock)
        else:
            self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self) -> None:
        self.sock.close()

    def close_cleanly(self) -> None:
        """Over TLS with a close_notify first."""
        if isinstance(self.sock, ssl.SSLSocket):
            self.finish_sending()
        self.sock.close()


def send_close_notify(sock: ssl.SSLSocket) -> None:
    """Say over TLS that nothing more comes, and nothing else.

    `unwrap` also waits for the other side's close_notify, and breaks the connection if bytes come instead. So OpenSSL
    talks to a pair of sockets for a moment, where nothing comes.
    """
    near, far = socket.socketpair()
    descriptor, timeout = sock.fileno(), sock.gettimeout()
    sock.setblocking(False)
    near.setblocking(False)
    kept = os.dup(descriptor)
    os.dup2(near.fileno(), descriptor)
    try:
        sock.unwrap()
    except ssl.SSLWantReadError:
        pass
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
        near.close()
    with far:
        alert = far.recv(1000)
    sock.settimeout(timeout)
    assert os.write(descriptor, alert) == len(alert)


def converse(one: Peer, other: Peer, from_one: bytes, from_other: bytes) -> tuple[bytes, bytes]:
    """Send both ways at once, finish each side after its bytes, and read to both ends: what `other` and `one` got.

    In one thread: OpenSSL's objects must not be used by two.
    """
    unsent = {one: memoryview(from_one), other: memoryview(from_other)}
    received: dict[Peer, list[bytes]] = {one: [one.buffer], other: [other.buffer]}
    reading, writing = {one, other}, {one, other}
    for peer in (one, other):
        peer.sock.setblocking(False)
    while reading or writing:
        moved = False
        for peer in writing.copy():
            with suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                unsent[peer] = unsent[peer][peer.sock.send(unsent[peer][:65536]) :]
                moved = True
            if not unsent[peer]:
                peer.finish_sending()
                writing.discard(peer)
        for peer in reading.copy():
            with suppress(BlockingIOError, ssl.SSLWantReadError):
                received[peer].append(peer.receive())
                moved = True
            if len(received[peer]) > 1 and not received[peer][-1]:
                reading.discard(peer)
        if not moved:
            ready = select.select([peer.sock for peer in reading], [peer.sock for peer in writing], [], PATIENCE)
            assert any(ready), "nothing moves any more"
    return b"".join(received[other]), b"".join(received[one])


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def fields_of(head: bytes, name: bytes) -> list[bytes]:
    """The values of a field, in order."""
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [value.strip() for found, _, value in lines if found.lower() == name.lower()]


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


def body_of(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[2]


@dataclass
class ScriptedServer:
    """A server whose connections are handed to the test, one by one; or answered by a script."""

    script: Callable[[Peer], None] | None = None
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    connections: queue.Queue[Peer] = field(default_factory=queue.Queue)
    accepted: int = 0

    def __post_init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=512)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on, and close those that exist."""
        # Closing alone would leave the port open for as long as the thread waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._listener.close()
        self.close_connections()

    def close_connections(self) -> None:
        """Close every connection, cleanly; whoever reads from one gets its end."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                sock.close()
        self._sockets.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._sockets.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self.tls is not None:
                sock.settimeout(PATIENCE)
                sock = self.tls.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)
                self._sockets.append(sock)
            peer = Peer(sock)
            if self.script is None:
                self.connections.put(peer)
                return
            with sock:
                self.script(peer)
        except (OSError, EOFError):
            sock.close()

    def accept(self) -> Peer:
        """The next connection."""
        return self.connections.get(timeout=PATIENCE)

    def reached_within(self, seconds: float) -> bool:
        """Whether somebody connects in that time, or already has."""
        try:
            self.connections.put(self.connections.get(timeout=seconds))
        except queue.Empty:
            return False
        return True

    def nobody_came(self) -> bool:
        return self.connections.empty()


def answering(answer: bytes) -> Callable[[Peer], None]:
    """A script that gives the same answer to every request."""

    def script(peer: Peer) -> None:
        while True:
            peer.read_message()
            peer.send(answer)

    return script


def counted(script: Callable[[Peer], None]) -> tuple[Callable[[Peer], None], threading.Semaphore]:
    """A script, and a semaphore that is released for each request it reads."""
    asked = threading.Semaphore(0)

    class Counting(Peer):
        def read_message(self) -> bytes:
            message = super().read_message()
            asked.release()
            return message

    return lambda peer: script(Counting(peer.sock)), asked


def until_it_stalls(asked: threading.Semaphore) -> None:
    """Wait until a server is asked no more, because its answers no longer fit into the kernel."""
    while asked.acquire(timeout=1):
        pass


def server_tls(authority: trustme.CA, *names: str, **options: object) -> ssl.SSLContext:
    """The context of a server inside, whose certificate carries these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert(*(names or ("inside.test",)), **options)  # type: ignore[arg-type] # trustme's keywords
    issued.configure_cert(context)
    return context


@dataclass
class Proxy:
    """`bridgehead serve` on a ProxySpec of the test's making."""

    directory: Path
    authority: trustme.CA
    servers: tuple[ScriptedServer, ...]
    rules: tuple[Rule, ...] | None = None
    action: dict[str, Any] = field(default_factory=dict)
    pool: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    shield: dict[str, Any] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()
    listeners: tuple[Listener, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    host: str = ""
    """Empty: a loopback address of its own."""
    workers: int = 1
    accounts: tuple[Accounts, ...] = ()

    def __post_init__(self) -> None:
        self.host = self.host or own_address()
        self.plain_port = free_port(self.host)
        self.tls_port = free_port(self.host)
        self.authority.cert_pem.write_to_path(str(self.directory / "authority.pem"))
        self.log_path = self.directory / "access.log"
        self.control = self.directory / "control.sock"
        self._peers: list[Peer] = []
        self._said = b""

    # What it runs

    def key_pair(self, *names: str, kind: str = "site", **options: object) -> KeyPair:
        issued = self.authority.issue_cert(*names, **options)  # type: ignore[arg-type] # trustme's keywords
        chain, key = self.directory / f"{kind}.pem", self.directory / f"{kind}.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        return KeyPair(chain=str(chain), key=str(key))

    def pool_of(self, *servers: ScriptedServer, name: str = "pool", **options: object) -> Pool:
        """A pool of these servers, verified as `inside.test` where they speak TLS."""
        members = tuple(Server(host=server.host, port=server.port, verify_name="inside.test") for server in servers)
        tls = any(server.tls is not None for server in servers)
        trust = (str(self.directory / "authority.pem"),)
        return Pool.model_validate({"name": name, "servers": members, "tls": tls, "trust": trust, **options})

    def spec(self) -> ProxySpec:
        certificates = self.certificates or (
            Certificate(name="site", pairs=(self.key_pair("site.test", "other.test", "*.wild.test"),)),
        )
        default = Listener(name="plain", host=self.host, port=self.plain_port, tls=False)
        secure = Listener(
            name="tls", host=self.host, port=self.tls_port, tls=True, certificates=(certificates[0].name,)
        )
        pools = self.pools or ((self.pool_of(*self.servers, **self.pool),) if self.servers else ())
        action: Action = Forward(**{"pool": "pool", **self.action})
        rules = self.rules or (Rule(name="site", listeners=("plain", "tls"), hosts=("site.test", "*"), action=action),)
        return ProxySpec(
            listeners=self.listeners or (default, secure),
            certificates=certificates,
            pools=pools,
            rules=rules,
            accounts=self.accounts,
            limits=Limits(**self.limits),
            shield=Shield(**self.shield),
            workers=self.workers,
            access_log=str(self.log_path),
        )

    # The process

    def start(self) -> None:
        self.launch()
        self.wait_for("ready: ")

    def launch(self) -> None:
        """Start the process, whatever comes of it."""
        path = self.directory / "spec.json"
        path.write_text(self.spec().model_dump_json(), "utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridgehead", "serve", str(path), "--control", str(self.control)],
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        while more := os.read(self.process.stderr.fileno(), 65536):
            self._said += more

    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self._said.decode()

    def wait_for(self, text: str) -> None:
        """Wait until it has written this to standard error."""

        def look() -> bool:
            assert self.process.poll() is None or text in self.said(), f"the proxy ended: {self.said()}"
            return text in self.said()

        eventually(look, f"{text!r} in {self.said()!r}")

    def wait(self) -> int:
        """Wait until it ends; its exit status."""
        status = self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        return status

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def workers_running(self) -> list[int]:
        """The process ids of its workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

    def memory(self) -> int:
        """Resident bytes of its workers together."""
        total = 0
        for pid in self.workers_running():
            for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self, *, sound: bool = True) -> None:
        """End it. Whatever a test did to it, it must not have come to a traceback."""
        for peer in self._peers:
            peer.close()
        if not hasattr(self, "process"):
            return
        # The first signal drains, the second ends at once; two that come together count as one.
        while self.process.poll() is None:
            self.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)
        self._listener.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()
        assert not sound or "Traceback" not in self.said(), self.said()[:4000]

    # Clients

    def _keep(self, peer: Peer) -> Peer:
        self._peers.append(peer)
        return peer

    def connect(self, port: int = 0, *, receive_buffer: int = 0, source: str = "") -> Peer:
        """A plain connection, from an address; with so many bytes of room for answers, as far as the kernel allows."""
        sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        try:
            if source:
                sock.bind((source, 0))
            sock.connect((self.host, port or self.plain_port))
        except OSError:
            sock.close()
            raise
        return self._keep(Peer(sock))

    def client_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def connect_tls(self, name: str | None = "site.test", context: ssl.SSLContext | None = None, port: int = 0) -> Peer:
        raw = socket.create_connection((self.host, port or self.tls_port), timeout=PATIENCE)
        context = context or self.client_context()
        if name is None:
            context.check_hostname = False
        return self._keep(Peer(context.wrap_socket(raw, server_hostname=name, suppress_ragged_eofs=False)))

    # The log

    def lines(self) -> list[dict[str, Any]]:
        """The access log as it is."""
        text = self.log_path.read_text("utf-8") if self.log_path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def log(self, count: int = 1) -> list[dict[str, Any]]:
        """The access log, once it has as many lines."""

        def look() -> list[dict[str, Any]]:
            lines = self.lines()
            return lines if len(lines) >= count else []

        return eventually(look, f"{count} lines in the log")

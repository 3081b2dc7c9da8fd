"""Clients that try to cost more than they pay, in a process of their own. One of them for each run.

Each does its worst, says what it has paid, and holds what it has open until it is told to go.
"""

from __future__ import annotations

import os
import resource
import socket
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.load.programs import say, wait_to_be_told

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_SECONDS = 60.0
_PIPELINED = 200
_END = b"\r\n\r\n"


@dataclass
class Attack:
    """Where to, what was paid, and what is still open."""

    host: str
    plain_port: int
    tls_port: int
    context: ssl.SSLContext
    bytes_sent: int = 0
    requests: int = 0
    open: list[socket.socket] = field(default_factory=list)
    children_cpu: float = 0.0

    def plain(self) -> socket.socket:
        """A new connection without TLS."""
        sock = socket.create_connection((self.host, self.plain_port), timeout=_PATIENCE_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open.append(sock)
        return sock

    def raw(self) -> socket.socket:
        """A new connection to the port of TLS, which says nothing yet."""
        sock = socket.create_connection((self.host, self.tls_port), timeout=_PATIENCE_SECONDS)
        self.open.append(sock)
        return sock

    def send(self, sock: socket.socket, data: bytes, *, requests: int = 1) -> None:
        """Send, and count what it cost."""
        sock.sendall(data)
        self.bytes_sent += len(data)
        self.requests += requests


def _heads_until(sock: socket.socket, count: int) -> None:
    """Read until so many answers' heads have come; their bodies have no empty line."""
    seen, tail = 0, b""
    while seen < count:
        data = sock.recv(1 << 20)
        if not data:
            return
        found = (tail + data).count(_END)
        seen += found
        tail = (tail + data)[-3:] if not (tail + data).endswith(_END) else b""


def _get(path: str, extra: bytes = b"") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: site.test\r\n".encode() + extra + b"\r\n"


def ordinary(attack: Attack) -> None:
    """Ordinary requests on one connection: what all others are compared with."""
    sock = attack.plain()
    for _ in range(2000):
        attack.send(sock, _get("/small"))
        _heads_until(sock, 1)


def _in_turn(attack: Attack, heads: list[bytes]) -> None:
    sock = attack.plain()
    for head in heads:
        attack.send(sock, head)
        _heads_until(sock, 1)


def _fields(count: int, length: int, number: int) -> bytes:
    return b"".join(b"Field-%d: %b%d\r\n" % (n, b"v" * length, number) for n in range(count))


def long_heads(attack: Attack) -> None:
    """Heads of nearly 64 KiB with 190 fields, no two alike."""
    _in_turn(attack, [_get("/closed/", _fields(190, 315, number)) for number in range(300)])


def nominating_heads(attack: Attack) -> None:
    """The same, each field nominated by Connection."""
    names = b", ".join(b"Field-%d" % n for n in range(190))
    nominated = b"Connection: " + names + b"\r\n"
    _in_turn(attack, [_get("/closed/", nominated + _fields(190, 300, number)) for number in range(300)])


def repeated_connection_fields(attack: Attack) -> None:
    """Ninety-five Connection fields, each with names that are there."""
    lines = b"".join(
        b"Connection: Field-%d, %b\r\n" % (n, b", ".join(b"x%d" % m for m in range(60))) for n in range(95)
    )
    _in_turn(attack, [_get("/closed/", lines + _fields(95, 100, number)) for number in range(300)])


def pipelined(attack: Attack) -> None:
    """Tiny requests, 200 in each segment, answered with a page of the proxy's own."""
    sock = attack.plain()
    for _ in range(10):
        attack.send(sock, _get("/closed/") * _PIPELINED, requests=_PIPELINED)
        _heads_until(sock, _PIPELINED)


def pipelined_unread(attack: Attack) -> None:
    """The same on many connections, with no answer ever read."""
    for _ in range(100):
        sock = attack.plain()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        attack.send(sock, _get("/closed/") * _PIPELINED, requests=_PIPELINED)


def tiny_chunks(attack: Attack) -> None:
    """Bodies in chunks of one byte, 64 KiB to a segment."""
    sock = attack.plain()
    chunks = b"1\r\nx\r\n" * 11_000
    for _ in range(20):
        head = b"POST /upload HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n"
        attack.send(sock, head + chunks * 4 + b"0\r\n\r\n")
        _heads_until(sock, 1)


def tiny_segments(attack: Attack) -> None:
    """The same, each chunk in a segment of its own."""
    sock = attack.plain()
    attack.send(sock, b"POST /upload HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(20_000):
        attack.send(sock, b"1\r\nx\r\n", requests=0)
    attack.send(sock, b"0\r\n\r\n", requests=0)
    _heads_until(sock, 1)


def head_in_tiny_segments(attack: Attack) -> None:
    """A head of 60 KiB, each byte in a segment of its own."""
    sock = attack.plain()
    head = _get("/closed/", _fields(190, 300, 0))
    for number in range(len(head)):
        try:
            attack.send(sock, head[number : number + 1], requests=0)
        except OSError:
            break
    attack.requests = 1
    _heads_until(sock, 1)


def half_handshakes(attack: Attack) -> None:
    """Connections that say half a ClientHello."""
    for _ in range(1500):
        attack.send(attack.raw(), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100)


def replayed_hellos(attack: Attack) -> None:
    """One whole ClientHello, made once, on many connections: the proxy signs, the sender does not."""
    outgoing = ssl.MemoryBIO()
    handshake = attack.context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="site.test")
    with suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    hello = outgoing.read()
    for _ in range(300):
        attack.send(attack.raw(), hello)


def silent_connections(attack: Attack) -> None:
    """Connections that say nothing."""
    for _ in range(1500):
        attack.raw()
        attack.requests += 1


def whole_handshakes(attack: Attack) -> None:
    """Handshakes, and gone."""
    for _ in range(300):
        sock = attack.context.wrap_socket(attack.raw(), server_hostname="site.test")
        attack.requests += 1
        attack.bytes_sent += 400
        attack.open.pop().close()
        sock.close()


def idle_after_a_handshake(attack: Attack) -> None:
    """Connections over TLS that never ask."""
    for _ in range(500):
        attack.open.append(attack.context.wrap_socket(attack.raw(), server_hostname="site.test"))
        attack.requests += 1
        attack.bytes_sent += 400


def unread_answers(attack: Attack) -> None:
    """A large answer on each of many connections, and none of it read."""
    for _ in range(300):
        sock = attack.plain()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        attack.send(sock, _get("/bytes/50000000"))


def unread_answers_over_tls(attack: Attack) -> None:
    """The same over TLS."""
    for _ in range(300):
        raw = attack.raw()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock = attack.context.wrap_socket(raw, server_hostname="site.test")
        attack.open.append(sock)
        attack.send(sock, _get("/bytes/50000000"))


def _through_openssl(attack: Attack, letter: str, count: int, version: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["openssl", "s_client", "-quiet", "-connect", f"{attack.host}:{attack.tls_port}", version]
    command.remove("-quiet")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdin is not None
        try:
            for _ in range(count):
                child.stdin.write(f"{letter}\n".encode())
                child.stdin.flush()
                time.sleep(0.0005)  # s_client obeys a letter that comes alone in a read
                attack.requests += 1
        except BrokenPipeError:
            pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    attack.children_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    attack.bytes_sent += attack.requests * 30


def key_updates(attack: Attack) -> None:
    """TLS 1.3 KeyUpdate, each with the request for one in return."""
    _through_openssl(attack, "K", 3000, "-tls1_3")


def renegotiations(attack: Attack) -> None:
    """TLS 1.2 renegotiation."""
    _through_openssl(attack, "R", 300, "-tls1_2")


ATTACKS: dict[str, Callable[[Attack], None]] = {
    attack.__name__: attack
    for attack in (
        ordinary,
        long_heads,
        nominating_heads,
        repeated_connection_fields,
        pipelined,
        pipelined_unread,
        tiny_chunks,
        tiny_segments,
        head_in_tiny_segments,
        half_handshakes,
        replayed_hellos,
        silent_connections,
        whole_handshakes,
        idle_after_a_handshake,
        unread_answers,
        unread_answers_over_tls,
        key_updates,
        renegotiations,
    )
}


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - one line of a file that is none
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def begin() -> None:
    """HOST PLAIN_PORT TLS_PORT ROOT KIND."""
    host, plain_port, tls_port, root, kind = sys.argv[1:]
    attack = Attack(host, int(plain_port), int(tls_port), ssl.create_default_context(cafile=root))
    memory, cpu = _resident(), time.process_time()
    failure = ""
    try:
        ATTACKS[kind](attack)
    except OSError as error:
        failure = str(error)
    paid = time.process_time() - cpu + attack.children_cpu
    say(
        bytes=attack.bytes_sent,
        requests=attack.requests,
        connections=len(attack.open),
        cpu=paid,
        memory=max(0, _resident() - memory),
        failure=failure,
    )
    wait_to_be_told()


if __name__ == "__main__":
    begin()

"""A DNS server on loopback, over UDP and TCP, that answers for the laboratory as DNS outside would."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import dns.exception
import dns.message
import dns.rcode
import dns.rrset

if TYPE_CHECKING:
    from types import TracebackType

Records = Mapping[str, Sequence[tuple[str, str]]]
"""For each name its (kind, value) pairs: `{"lyncdiscover.contoso.localhost": [("CNAME", "elsewhere.example.")]}`."""
_SECONDS = 60
_ATTEMPTS = 10


class DnsServer:
    """Answers from `records`, which may be exchanged at any time; what is not among them does not exist."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._datagrams, self._streams = _servers(self.answer)
        self.address = f"127.0.0.1:{self._datagrams.server_address[1]}"

    def __enter__(self) -> Self:
        for server in (self._datagrams, self._streams):
            threading.Thread(target=server.serve_forever, args=(0.05,), name="lab DNS", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._datagrams, self._streams):
            server.shutdown()
            server.server_close()

    def answer(self, query: bytes) -> bytes:
        """A message for a message; nothing for what is none."""
        try:
            asked = dns.message.from_wire(query)
        except dns.exception.DNSException:
            return b""
        answer = dns.message.make_response(asked)
        name, kind = str(asked.question[0].name).rstrip(".").lower(), asked.question[0].rdtype.name
        if name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        while name in self.records:
            found = [(own, value) for own, value in self.records[name] if own in {kind, "CNAME"}]
            if found:
                own = found[0][0]
                answer.answer.append(dns.rrset.from_text(f"{name}.", _SECONDS, "IN", own, *(v for _, v in found)))
            name = found[0][1].rstrip(".") if found and found[0][0] == "CNAME" else ""
        return answer.to_wire()


def _servers(answer: object) -> tuple[_Datagrams, _Streams]:
    """Both on one port: one that is free for datagrams may be taken for streams. Raises OSError."""
    for attempt in range(_ATTEMPTS):
        datagrams = _Datagrams(("127.0.0.1", 0), answer)
        try:
            return datagrams, _Streams(("127.0.0.1", datagrams.server_address[1]), answer)
        except OSError:
            datagrams.server_close()
            if attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


class _Datagrams(socketserver.UDPServer):
    def __init__(self, address: tuple[str, int], answer: object) -> None:
        self.answer = answer
        super().__init__(address, _Datagram)


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], answer: object) -> None:
        self.answer = answer
        super().__init__(address, _Stream)


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        query, through = self.request
        through.sendto(self.server.answer(query), self.client_address)  # type: ignore[attr-defined]  # our own server


class _Stream(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Messages with two bytes of length before each (RFC 1035 section 4.2.2)."""
        connected: socket.socket = self.request
        with contextlib.suppress(OSError), connected.makefile("rb") as incoming:
            while length := incoming.read(2):
                answer = self.server.answer(incoming.read(int.from_bytes(length)))  # type: ignore[attr-defined]  # ours
                connected.sendall(len(answer).to_bytes(2) + answer)

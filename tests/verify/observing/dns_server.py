"""A DNS server on loopback, which answers what a test tells it to."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

import dns.message
import dns.rcode
import dns.rrset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DnsServer:
    """Answers from `records`: for each name (kind, value) pairs. A name that is not there does not exist.

    With `raw` every answer is these bytes; questions of the kind `mute` get none.
    """

    def __init__(
        self, records: Mapping[str, Sequence[tuple[str, str]]], raw: bytes | None = None, mute: str | None = None
    ) -> None:
        self._records = records
        self._raw = raw
        self._mute = mute
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A datagram of nothing wakes the thread, which then ends.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, asker = self._socket.recvfrom(4096)
            if not query:
                return
            if self._mute is not None and dns.message.from_wire(query).question[0].rdtype.name == self._mute:
                continue
            self._socket.sendto(self._answer(query) if self._raw is None else self._raw, asker)

    def _answer(self, query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        answer = dns.message.make_response(asked)
        name, kind = str(asked.question[0].name).rstrip("."), asked.question[0].rdtype.name
        if name not in self._records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        for own, value in self._records.get(name, ()):
            if own in {kind, "CNAME"}:
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", own, value))
        return answer.to_wire()

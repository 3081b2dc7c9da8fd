"""The body of a request that is answered here: read and dropped, so that the connection, and its login, can go on.

In constant memory, and up to a limit. What is longer is not read: its connection closes behind the answer.
"""

from __future__ import annotations

import re
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.preauthentication.waiting import Waiting
from bridgehead.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.exchange import Exchange

OF_A_STRANGER = 1 << 20
"""Bytes that are read from somebody who shows no credential."""
OF_A_LEG = 1 << 25
"""Bytes that are read with a leg of a login: some clients send the whole body with each of them."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EXPECT = re.compile(rb"\n(?i:expect)[ \t]*:")


def answer_after_body(exchange: Exchange, answer: Callable[[], None], *, leg: bool) -> None:
    """Answer once the body is out of the way; at once, and with the connection's end, where it is not read.

    A client that waits for `100 Continue` gets it with a leg: without it nobody knows whether its body comes
    (RFC 9110 10.1.1), and the next leg must come on this connection. A stranger's connection may as well end.
    """
    fields = exchange.head.fields
    limit = OF_A_LEG if leg else OF_A_STRANGER
    expects = _EXPECT.search(fields.block) is not None
    if exchange.request_whole or exchange.closes or fields.length > limit or (expects and not leg):
        answer()
        return
    if expects and not exchange.head.old:
        exchange.client.send(CONTINUE)
    _Reading(exchange, answer, limit).begin()


class _Reading(Waiting):
    """Follows the body to its end."""

    def __init__(self, exchange: Exchange, answer: Callable[[], None], limit: int) -> None:
        super().__init__(exchange)
        self._answer = answer
        self._limit = limit

    def begin(self) -> None:
        self.exchange.drop_body()
        self.wait(self._silence_ends())
        client = self.exchange.client
        client.resume_reading()
        if held := client.take_held():
            self.from_client(held)

    def _silence_ends(self) -> float:
        return monotonic() + self.exchange.client.worker.limits.body_silence_seconds

    def from_client(self, data: bytes) -> None:
        exchange = self.exchange
        exchange.from_client(data)
        if exchange.ended:
            self.over = True  # its chunks were malformed
        elif exchange.request_whole or exchange.bytes_up > self._limit:
            self.go_on(self._answer)
        else:
            exchange.client.deadline = self._silence_ends()

    def client_ended(self) -> None:
        """In the middle of the body: nobody could take the answer for anything."""
        self.over = True
        self.exchange.client_ended()

    def client_overdue(self, now: float) -> None:  # noqa: ARG002 - silence is silence
        """The rest of the body does not come."""
        self.go_on(lambda: self.exchange.fail_request(Refusal.BODY_TIMEOUT))

"""A request that is held at the proxy while something is found out: a conversation without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.refusals import Refusal


class Waiting:
    """Takes an exchange's place until `go_on`. What the client sends meanwhile is held, a little of it at most."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.over = False
        """Whether the exchange goes on without it, or ended: whatever it waited for comes too late."""
        self._client_has_ended = False
        self._deadline = 0.0

    def wait(self, until: float) -> None:
        """Hold the request until then (monotonic seconds) at most."""
        client = self.exchange.client
        self._deadline = client.deadline
        client.conversation = self
        client.deadline = until

    def go_on(self, then: Callable[[], None]) -> None:
        """Let the exchange go on with `then`, and with what its client has sent meanwhile."""
        if self.over or self.exchange.client.closed:
            return
        self.over = True
        exchange, client = self.exchange, self.exchange.client
        client.conversation = exchange
        client.deadline = self._deadline
        then()
        if client.conversation is exchange and (held := client.take_held()):
            exchange.from_client(held)
        if self._client_has_ended and client.conversation is not None:
            client.conversation.client_ended()

    def from_client(self, data: bytes) -> None:
        """Body bytes, or the beginning of the next request."""
        self.exchange.client.hold(data)

    def client_ended(self) -> None:
        """The client has finished sending, which the exchange learns in its time."""
        self._client_has_ended = True

    def client_drained(self) -> None:
        """Nothing waits for that."""

    def client_lost(self, reason: str) -> None:
        """Nobody is there for the answer."""
        self.over = True
        self.exchange.client_lost(reason)

    def client_overdue(self, now: float) -> None:
        """It took too long."""
        raise NotImplementedError

    def upstream_ready(self) -> None:
        """There is no server."""

    def upstream_failed(self, refusal: Refusal, detail: str) -> None:
        """There is no server."""

    def from_upstream(self, data: bytes) -> None:
        """There is no server."""

    def upstream_ended(self) -> None:
        """There is no server."""

    def upstream_lost(self, reason: str) -> None:
        """There is no server."""

    def upstream_drained(self) -> None:
        """There is no server."""

    def upstream_overdue(self, now: float) -> None:
        """There is no server."""

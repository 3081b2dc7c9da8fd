"""A request's body on its way to the server: followed to its end, at most one chunk of it held."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.body import ByLength, Chunked, Framing, MalformedBody
from bridgehead.proxy.fields import CHUNKED
from bridgehead.proxy.refusals import Refusal

if TYPE_CHECKING:
    from bridgehead.proxy.exchange import Exchange

_NEVER = float("inf")


class Upload:
    """The body of one request. Tells its exchange when it is whole, or why it cannot go on."""

    def __init__(self, exchange: Exchange, length: int) -> None:
        self._exchange = exchange
        self._framing: Framing = Chunked(self._names_a_user) if length == CHUNKED else ByLength(length)

    @property
    def whole(self) -> bool:
        """Whether its last byte has come."""
        return self._framing.done

    def feed(self, data: bytes) -> None:
        """Bytes from the client: of this body, and perhaps of the next request."""
        exchange = self._exchange
        try:
            taken = self._framing.feed(data)
        except MalformedBody:
            exchange.fail_request(Refusal.MALFORMED_BODY)
            return
        if taken < len(data):
            exchange.client.hold(data[taken:])
            data = data[:taken]
        exchange.bytes_up += taken
        assert exchange.rule is not None
        if exchange.rule.body_bytes is not None and exchange.bytes_up > exchange.rule.body_bytes:
            exchange.fail_request(Refusal.BODY_TOO_LARGE)
            return
        self._send(data)

    def _names_a_user(self, name: bytes) -> bool:
        """Whether a site would believe a field of this name. Some servers add those of a trailer to the head's."""
        rule = self._exchange.rule
        assert rule is not None
        return any(field.is_spelt(name) for field in rule.identity_fields)

    def _send(self, data: bytes) -> None:
        exchange = self._exchange
        client, upstream = exchange.client, exchange.upstream
        if upstream is None or not upstream.ready:
            exchange.held += data
            client.pause_reading()
            client.deadline = _NEVER
            return
        drained = upstream.send(data)
        if not drained:
            client.pause_reading()
        # A server that takes nothing has its time, too; one that takes everything may take it as long as it comes.
        upstream.deadline = _NEVER if drained else monotonic() + upstream.pool.spec.response_seconds
        if self.whole:
            client.deadline = _NEVER
            exchange.request_is_whole()
        else:
            self.allow_silence()

    def dropped(self) -> Dropped:
        """The rest of it, which nobody wants."""
        return Dropped(self._exchange, self._framing)

    def resume(self) -> None:
        """The server takes bytes: so does the proxy."""
        upstream = self._exchange.upstream
        if not self.whole:
            if upstream is not None:
                upstream.deadline = _NEVER
            self.allow_silence()
        # Also where its last byte has come: the client's end is noticed by reading alone.
        self._exchange.client.resume_reading()

    def allow_silence(self) -> None:
        """Set how long the client may pause: long for those who have logged in (RPC over HTTP), short for strangers."""
        limits = self._exchange.client.worker.limits
        client = self._exchange.client
        known = self._exchange.was_bound or client.logins
        client.deadline = monotonic() + (limits.bound_idle_seconds if known else limits.body_silence_seconds)


class Dropped(Upload):
    """A body that nobody wants: followed to its end, because the next request begins there."""

    def __init__(self, exchange: Exchange, framing: Framing) -> None:
        self._exchange = exchange
        self._framing = framing

    def _send(self, data: bytes) -> None:
        """It goes nowhere."""

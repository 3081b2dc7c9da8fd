"""Bytes both ways between two connections, until both sides have ended: upgraded protocols and undecrypted relays."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.head import ResponseHead
    from bridgehead.proxy.upstream import UpstreamConnection

_NEVER = float("inf")


class Tunnel:
    """A conversation that understands nothing. One side's end is passed on; the other side may go on sending."""

    __slots__ = (
        "_client_open",
        "_finished",
        "_idle_seconds",
        "_on_end",
        "_upstream_open",
        "_waiting",
        "client",
        "received",
        "sent",
        "upstream",
    )

    def __init__(self, client: ClientConnection, on_end: Callable[[Tunnel], None], idle_seconds: float) -> None:
        self.client = client
        self.received = 0
        """Bytes from the client."""
        self.sent = 0
        """Bytes to the client."""
        self.upstream: UpstreamConnection
        self._on_end = on_end
        self._idle_seconds = idle_seconds
        self._client_open = True
        self._upstream_open = True
        self._finished = False
        self._waiting = b""

    def begin(self, upstream: UpstreamConnection, *, to_client: bytes = b"", to_upstream: bytes = b"") -> None:
        """Take both connections over. An upstream connection that is still opening gets its bytes when it is ready."""
        self.upstream = upstream
        self.client.conversation = self
        self.upstream.conversation = self
        self._waiting = to_upstream
        self.received += len(to_upstream)
        if to_client:
            self.sent += len(to_client)
            self.client.send(to_client)
        if self.upstream.ready:
            self.upstream_ready()

    def upstream_ready(self) -> None:
        """Both are open: let the bytes flow."""
        if self._waiting:
            self.upstream.send(self._waiting)
            self._waiting = b""
        self.upstream.resume_reading()
        self.client.resume_reading()
        self._still_alive()

    def _still_alive(self) -> None:
        self.client.deadline = monotonic() + self._idle_seconds
        self.upstream.deadline = _NEVER

    def from_client(self, data: bytes) -> None:
        """Pass on."""
        self._still_alive()
        self.received += len(data)
        if not self.upstream.ready:
            self._waiting += data
            self.client.pause_reading()
        elif not self.upstream.send(data):
            self.client.pause_reading()

    def from_upstream(self, data: bytes) -> None:
        """Pass on."""
        self._still_alive()
        self.sent += len(data)
        if not self.client.send(data):
            self.upstream.pause_reading()

    def client_drained(self) -> None:
        """Go on, or finish what was held up by the last bytes."""
        if self._upstream_open:
            self.upstream.resume_reading()
        else:
            self.client.finish_sending()
            self._end_if_over()

    def upstream_drained(self) -> None:
        """Go on, or finish what was held up by the last bytes."""
        if self._client_open:
            self.client.resume_reading()
        else:
            self.upstream.finish_sending()
            self._end_if_over()

    def client_ended(self) -> None:
        """Tell the server; it may still be sending."""
        self._client_open = False
        if not self.upstream.blocked:
            self.upstream.finish_sending()
        self._end_if_over()

    def upstream_ended(self) -> None:
        """Tell the client; it may still be sending."""
        self._upstream_open = False
        if not self.client.blocked:
            self.client.finish_sending()
        self._end_if_over()

    def _end_if_over(self) -> None:
        if not (self._client_open or self._upstream_open or self.client.blocked or self.upstream.blocked):
            self._end(reset=False)

    def client_lost(self, reason: str) -> None:  # noqa: ARG002 - a tunnel's loss needs no explanation to its other side
        """Reset the other side: what it got may not be everything."""
        self._end(reset=True)

    def upstream_lost(self, reason: str) -> None:  # noqa: ARG002 - as above
        """Reset the other side."""
        self._end(reset=True)

    def upstream_failed(self, refusal: Refusal, detail: str) -> None:  # noqa: ARG002 - there is no one to show a page to
        """The server of a relay cannot be reached: close, as it would have refused the connection itself."""
        self._end(reset=True)

    def client_overdue(self, now: float) -> None:  # noqa: ARG002 - silence is silence
        """Nothing moved in either direction for too long."""
        self._end(reset=True)

    def upstream_overdue(self, now: float) -> None:
        """The client's deadline is the tunnel's."""

    def _end(self, *, reset: bool) -> None:
        if self._finished:
            return
        self._finished = True
        self._on_end(self)
        if self.upstream.bound_to is not None:
            notes.binding_ended(self.client, self.upstream, "proxy", "the other protocol that it carried has ended")
        binding.unbind(self.upstream)
        self.upstream.discard(reset=reset)
        self.client.conversation = None
        if reset:
            self.client.abandon()
        else:
            self.client.shut()


def switch_protocols(exchange: Exchange, head: ResponseHead, rest: bytes) -> None:
    """Pass a 101 on and let a tunnel take the exchange's connections over, with what already came of the protocol."""
    client, upstream = exchange.client, exchange.upstream
    assert upstream is not None
    protocol = head.fields.upgrade
    wanted = b"" if exchange.head.old else exchange.head.fields.upgrade
    if not protocol or protocol.lower() != wanted.lower():
        exchange.give_up(Refusal.MALFORMED_RESPONSE, "the site switched to a protocol that was not asked for")
        return
    exchange.hand_over()
    block = head.fields.block[:-2] + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
    tunnel = Tunnel(client, exchange.tunnel_ended, client.worker.limits.bound_idle_seconds)
    tunnel.begin(upstream, to_client=head.start_line + block + rest, to_upstream=client.take_held())

"""How a client's connection ends: its answer first, and with it all that was logged in on it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.connection import Connection

if TYPE_CHECKING:
    import asyncio
    import socket

    from bridgehead.proxy.conversation import Conversation
    from bridgehead.proxy.preauthentication.logins import Logins
    from bridgehead.proxy.tracing.notes import Side
    from bridgehead.proxy.upstream import UpstreamConnection
    from bridgehead.proxy.worker import Worker

LINGER_SECONDS = 2.0
"""Of reading from a connection that must close: a reset would destroy its answer (RFC 9112 9.6)."""


class EndingClient(Connection):
    """What a client's connection owns, and lets go of when it ends. `ClientConnection` is what serves it."""

    __slots__ = ("_buffer", "_closing", "_discards", "_half_closed", "bindings", "conversation", "logins", "worker")

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, worker: Worker) -> None:
        super().__init__(loop, sock)
        self.worker = worker
        self.conversation: Conversation | None = None
        self.bindings: dict[str, UpstreamConnection] | None = None
        self.logins: Logins | None = None  # to the proxy itself
        self._buffer = b""
        """What has come and belongs to nobody yet."""
        self._closing = self._discards = self._half_closed = False

    def on_end(self, by: Side, why: str) -> None:
        """It is about to end."""
        raise NotImplementedError

    def close_when_sent(self) -> None:
        """Close as soon as the client has taken its last answer."""
        self._close_gently(unread=False)

    def _close_gently(self, *, unread: bool) -> None:
        """Close once the answer is out. Where bytes may still come in, they are read and thrown away for a moment."""
        if self.closed or self._closing:
            return
        self._closing = True
        # A close while bytes are unread would reset the connection, and with it the answer (RFC 9112 9.6).
        self._discards = unread or bool(self._buffer) or self.has_unread_bytes()
        self._buffer = b""
        self.deadline = monotonic() + self.worker.limits.body_silence_seconds
        if self.blocked:
            self.pause_reading()
        else:
            self._close_after_answer()

    def _close_after_answer(self) -> None:
        if not self._discards or self._half_closed:
            self.shut()
            return
        self.deadline = monotonic() + LINGER_SECONDS
        self.finish_sending()
        self.resume_reading()

    def shut(self, by: Side = "proxy", why: str = "") -> None:
        """Close cleanly, and with it everything bound to this connection. Why, is for the trace of logins."""
        self._release(by, why)
        self.close()

    def abandon(self, by: Side = "proxy", why: str = "") -> None:
        """Close with a reset: what was sent is not everything."""
        self._release(by, why)
        self.abort()

    def _release(self, by: Side, why: str) -> None:
        if self.closed:
            return
        self.on_end(by, why)
        self.logins = None
        bindings, self.bindings = self.bindings, None
        self._buffer = b""
        self.conversation = None
        for upstream in list(bindings.values()) if bindings else ():
            upstream.bound_to = None
            self.worker.binding_count -= 1
            # Also in the middle of an exchange: nothing that was logged in may outlive its client.
            upstream.discard(reset=upstream.conversation is not None)

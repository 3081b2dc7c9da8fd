"""A client's connection: from accept over its requests, one after another, to its end."""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.client_end import EndingClient
from bridgehead.proxy.connection import PLAIN_READ
from bridgehead.proxy.exchange import Exchange
from bridgehead.proxy.head import RequestHeadCutter
from bridgehead.proxy.refusals import Refusal, page
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    import asyncio

    from bridgehead.proxy.listeners import RunningListener
    from bridgehead.proxy.request_fields import RequestFields
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.tracing.notes import Side
    from bridgehead.proxy.upstream import UpstreamConnection
    from bridgehead.proxy.worker import Worker

_NEVER = float("inf")

SERVED_IN_A_TURN = 32  # before other clients have theirs: one read may hold 1,600 tiny requests


class ClientConnection(EndingClient):
    """One client. At most one conversation at a time; owns its bound upstream connections, one for each pool."""

    __slots__ = (
        "_cutter",
        "_serving",
        "address",
        "declared",
        "ends_soon",
        "handshaking",
        "has_asked",
        "instance_field",
        "listener",
        "logged",
        "number",
        "own_fields",
        "port",
        "remembered",
        "server_name",
        "vouched_for",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        peer: tuple[str, int],
        listener: RunningListener,
        worker: Worker,
    ) -> None:
        super().__init__(loop, sock, worker)
        self.listener = listener
        self.address, self.port = peer
        self.number = worker.next_number()
        self.logged = ""  # what the log's lines about it begin with
        self.server_name: str | None = None
        """The SNI it asked for."""
        self.handshaking = False
        """Whether TLS has begun and is not complete. The listener may have changed since: it is not asked."""
        self.has_asked = False
        # The credential that was accepted last, and by whom.
        self.vouched_for: tuple[str, bytes] | None = None
        self.instance_field = worker.instance_field
        self.own_fields = (
            f"X-Forwarded-For: {self.address}\r\nX-Forwarded-Proto: {'https' if listener.spec.tls else 'http'}\r\n"
        ).encode() + self.instance_field
        """What the proxy adds to each request, with the empty line that ends the head."""
        # The last request's fields and rule, and the field block that went to the server.
        self.remembered: tuple[RequestFields, PublishingRule, bytes] | None = None
        limits = worker.limits
        self._cutter = RequestHeadCutter(
            limits.head_bytes, limits.header_fields, limits.target_bytes, worker.judged_fields
        )
        self.ends_soon = False
        """Whether the connection ends after the exchange in hand: because a login on it, its worker or address does."""
        self._serving = False
        self.declared = b""  # for whom its requests say that they come

    def __repr__(self) -> str:
        bound = f" bound to {len(self.bindings)}" if self.bindings else ""
        return f"<ClientConnection {self.address}:{self.port} on {self.listener.spec.name}{bound}>"

    # Beginning

    def begin(self) -> None:
        """Start to read requests; over TLS after the handshake."""
        self.deadline = monotonic() + self.worker.limits.idle_seconds
        self.resume_reading()

    def on_secured(self) -> None:
        """The handshake is complete."""
        self.handshaking = False
        self.server_name = getattr(self.sock, "requested_name", None)
        self.begin()

    # Requests

    def on_readable(self) -> None:
        """Bytes for the conversation in hand, or the next request."""
        if self._first is not None:
            self._first()
            return
        try:
            data = self.receive()
        except OSError as error:
            self.on_lost(error)
            return
        if data is None:
            return
        if self._discards:
            if not data:
                self.shut()
            return
        conversation = self.conversation
        if not data:
            self._ended()
        elif conversation is not None:
            conversation.from_client(data)
        else:
            self._buffer = self._buffer + data if self._buffer else data
            self._serve()

    def _serve(self) -> None:
        """Begin requests from the buffer as long as each is answered at once."""
        if self._serving:
            return
        self._serving = True
        try:
            self._serve_buffer()
        except Exception:  # noqa: BLE001 - one request's failure is that request's alone
            self.worker.log_failure()
            self.abandon()
        finally:
            self._serving = False

    def _serve_buffer(self) -> None:
        for _ in range(SERVED_IN_A_TURN):
            if not self._buffer or self.conversation is not None or self.closed or self._closing or self._unsent:
                return
            cut = self._cutter.cut(self._buffer)
            if cut is None:
                self._await_rest_of_head()
                return
            if isinstance(cut, Refusal):
                self._refuse_head(cut)
                return
            head, end = cut
            rest = self._buffer[end:]
            self._buffer = b""
            self.deadline = monotonic() + self.worker.limits.half_closed_seconds if self._half_closed else _NEVER
            self.has_asked = True
            exchange = Exchange(self, head)
            self.conversation = exchange
            exchange.begin()
            if not rest or self.closed:
                return
            if self.conversation is not None:
                self.conversation.from_client(rest)
            else:
                self._buffer = rest
        if self._buffer and not self.closed:
            self.pause_reading()
            self._loop.call_soon(self._serve)

    def _await_rest_of_head(self) -> None:
        """From the first byte of a head its time runs, however slowly the others come."""
        if self._buffer in (b"\r\n", b"\r\n\r\n"):
            self._buffer = b""  # RFC 9112 2.2: an empty line after a body, which some clients send, begins no request
            self.resume_reading()
            return
        now = monotonic()
        if self.deadline > now + self.worker.limits.head_seconds or self.deadline == _NEVER:
            self.deadline = now + self.worker.limits.head_seconds
        self.resume_reading()

    def _refuse_head(self, refusal: Refusal) -> None:
        self.worker.counters[refusal.code] += 1
        self.worker.log.refused_head(self, refusal)
        notes.head_refused(self, refusal)
        self.send(page(refusal, self.worker.log.connection_id(self), close=True))
        self._close_gently(unread=True)

    def hold(self, data: bytes) -> None:
        """Keep what came after the request in hand: a little, so that the client's end behind it is still noticed."""
        self._buffer += data
        if len(self._buffer) >= PLAIN_READ:
            self.pause_reading()

    def take_held(self) -> bytes:
        """What was held, which now belongs to another protocol."""
        held, self._buffer = self._buffer, b""
        return held

    def exchange_ended(self, now: float, *, close: bool, unread: bool) -> None:
        """An exchange is over: go on with the next request, or close once the answer is out."""
        self.conversation = None
        # What is left of a request that was answered early must never be taken for the next one.
        if close or unread or self.ends_soon or (self._half_closed and not self._buffer):
            self._close_gently(unread=unread)
            return
        limits = self.worker.limits
        if self._unsent:
            self.pause_reading()  # who does not take answers is not asked for more requests
            self.deadline = now + limits.body_silence_seconds
            return
        self.deadline = now + (limits.bound_idle_seconds if self.bindings or self.logins else limits.idle_seconds)
        if self._buffer:
            self._serve()
        if self.conversation is None and not self._reading:
            self.resume_reading()

    # Bindings

    def binding_ended(self, upstream: UpstreamConnection) -> None:
        """A bound upstream connection has closed: this end closes with it, so that the client starts afresh."""
        if self.bindings and self.bindings.get(upstream.pool.spec.name) is upstream:
            del self.bindings[upstream.pool.spec.name]
            self.worker.binding_count -= 1
        # Where it talks to another pool at this moment, it must not go on as a stranger here.
        self.ends_soon = True
        if self.conversation is None:
            self._close_gently(unread=False)

    # The end

    def on_drained(self) -> None:
        """The client has taken everything."""
        if self._closing:
            self._close_after_answer()
        elif self.conversation is not None:
            self.conversation.client_drained()
            if self._half_closed:
                self.deadline = monotonic() + self.worker.limits.half_closed_seconds
        else:
            self.exchange_ended(monotonic(), close=False, unread=False)

    def _ended(self) -> None:
        """The client sends no more."""
        self.pause_reading()
        if self.conversation is None:
            self.shut("client", "it closed its connection")
            return
        self._half_closed = True
        self.conversation.client_ended()

    def on_lost(self, error: OSError) -> None:
        """The connection broke, or its handshake failed."""
        if self.handshaking:
            self.worker.note_failed_handshake(self, error)
        conversation, self.conversation = self.conversation, None
        self.abandon("client", str(error))
        if conversation is not None:
            conversation.client_lost(str(error))

    def on_reset_unread(self) -> None:
        """Whatever it sent before, nobody is there for the answer."""
        self.on_lost(ConnectionResetError("reset"))

    def on_deadline(self, now: float) -> None:
        """A limit has passed: of the handshake, a head, an idle connection, or of the conversation in hand."""
        if self.handshaking:
            self.worker.note_failed_handshake(self, TimeoutError("the handshake took too long"))
            self.abandon()
        elif self.conversation is not None and not self._closing:
            self.conversation.client_overdue(now)
        elif self._closing or not self._buffer:
            self.shut("proxy", "the client was silent for too long")
        else:
            self._refuse_head(Refusal.HEAD_TIMEOUT)

    def on_end(self, by: Side, why: str) -> None:
        """Nobody looks after it any more."""
        self.worker.forget_client(self)
        notes.client_ended(self, by, why)

    @property
    def is_asking(self) -> bool:
        """Whether part of a request, or of a handshake, is in."""
        return self.handshaking or bool(self._buffer)

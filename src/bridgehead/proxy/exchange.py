"""One request, from its head to the last byte of the answer. The file to read first.

    client ──from_client──▶ Exchange ──send──▶ upstream
    client ◀─────send────── Answer ◀──from_upstream── upstream

An exchange begins with a judged head, is routed to a rule, gets an upstream connection (pooled, new or bound), and
ends when both bodies have ended. Only then does the client's next request begin: pipelined requests are served
strictly one after another, which connection-bound logins need. At most one chunk waits in each direction.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding, forwarding, own_answers
from bridgehead.proxy.answer import Answer
from bridgehead.proxy.body import NO_BODY, ByLength, Chunked, Framing, MalformedBody
from bridgehead.proxy.fields import CHUNKED
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tunnel import Tunnel

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.head import RequestHead, ResponseHead
    from bridgehead.proxy.pools import Member
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.upstream import UpstreamConnection

_NEVER = float("inf")

# RFC 9110 9.2.2: what may be sent again when a kept connection turns out to have been closed at the other end.
_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE", b"PROPFIND", b"REPORT", b"SEARCH"))


class Exchange:
    """A request and its answer, between one client connection and one upstream connection."""

    __slots__ = (
        "_answer",
        "_body",
        "_ended",
        "_held",
        "_own_status",
        "_tried",
        "bytes_down",
        "bytes_up",
        "client",
        "closes",
        "connected_at",
        "detail",
        "head",
        "refusal",
        "rule",
        "started",
        "upstream",
        "was_bound",
    )

    def __init__(self, client: ClientConnection, head: RequestHead) -> None:
        self.client = client
        self.head = head
        self.started = monotonic()
        self.rule: PublishingRule | None = None
        self.upstream: UpstreamConnection | None = None
        self.was_bound = False
        """Whether the upstream connection is, or was, the client's own."""
        self.closes = head.closes
        """Whether the client connection ends with this exchange."""
        self.refusal: Refusal | None = None
        self.detail = ""
        self.bytes_up = 0
        self.bytes_down = 0
        self.connected_at = 0.0
        length = head.fields.length
        self._body: Framing = NO_BODY if not length else Chunked() if length == CHUNKED else ByLength(length)
        self._answer = Answer(self)
        self._held = b""
        """What goes to the server first: the head, and what came of the body until the connection was open."""
        self._tried: tuple[Member, ...] = ()
        self._own_status = 0
        self._ended = False

    def __repr__(self) -> str:
        rule = self.rule.name if self.rule else "-"
        return f"<Exchange {self.head.method.decode()} {self.head.fields.host} {rule} {self.status} {self.upstream!r}>"

    @property
    def status(self) -> int:
        """The status that the client got; 0 where it got none."""
        return self._own_status or self._answer.status

    @property
    def answered_at(self) -> float:
        """When the server's answer began, 0 if it never did."""
        return self._answer.began_at

    # The request

    def begin(self) -> None:
        """Route the request, and either answer it here or send it to a server of the rule's pool."""
        client, head = self.client, self.head
        rule = client.listener.routing.route(client.server_name, head.fields.host, head.target)
        if isinstance(rule, Refusal):
            self._refuse(rule)
            return
        self.rule = rule
        refusal = forwarding.objection(rule, head, client)
        if refusal is not None:
            self._refuse(refusal)
        elif rule.pool is None:
            self.closes = self.closes or not self._body.done
            answer, status = own_answers.redirection_for(rule, head, close=self.closes)
            self._answer_here(answer, status)
        else:
            self._held = forwarding.head_to_send(rule, head, client)
            self._find_upstream(rule)

    def _find_upstream(self, rule: PublishingRule) -> None:
        """The client's own connection if there is one, a new one of its own for a login, or one from the pool."""
        assert rule.pool is not None
        client, pool = self.client, rule.pool
        upstream = client.bindings.get(pool) if client.bindings else None
        if upstream is not None:
            self.was_bound = True
            upstream.conversation = self
        elif binding.credential_binds(rule, self.head.fields):
            if not client.may_bind():
                self._refuse(Refusal.TOO_MANY_BINDINGS)
                return
            self.was_bound = True
            upstream = pool.open(self, self._tried)
            binding.bind(client, upstream)
        else:
            upstream = (None if self._tried else pool.acquire(self)) or pool.open(self, self._tried)
        self.upstream = upstream
        if upstream.ready:
            self.upstream_ready()

    def upstream_ready(self) -> None:
        """The connection is open: send what is held."""
        upstream = self.upstream
        assert upstream is not None
        now = self.connected_at = monotonic()
        upstream.deadline = now + upstream.pool.spec.response_seconds
        if self.was_bound and self.head.fields.binds:
            binding.note_identity(upstream, self)
        held = self._held
        if self.head.fields.length:
            self._held = b""  # a request with a body is not kept for another attempt
        if not upstream.send(held):
            self.client.pause_reading()
        elif not self._body.done:
            self.client.deadline = now + self._longest_silence()
            self.client.resume_reading()

    def from_client(self, data: bytes) -> None:
        """Body bytes, or the beginning of the next request, which waits."""
        if self._body.done:
            self.client.hold(data)
            return
        try:
            taken = self._body.feed(data)
        except MalformedBody:
            self._fail_request(Refusal.MALFORMED_BODY)
            return
        if taken < len(data):
            self.client.hold(data[taken:])
            data = data[:taken]
        self.bytes_up += taken
        assert self.rule is not None
        if self.rule.body_bytes is not None and self.bytes_up > self.rule.body_bytes:
            self._fail_request(Refusal.BODY_TOO_LARGE)
            return
        self._send_body(data)

    def _send_body(self, data: bytes) -> None:
        client, upstream = self.client, self.upstream
        if upstream is None or not upstream.ready:
            self._held += data
            client.pause_reading()
            client.deadline = _NEVER
            return
        if not upstream.send(data):
            client.pause_reading()
        now = monotonic()
        if not self._body.done:
            client.deadline = now + self._longest_silence()
            return
        client.deadline = _NEVER
        if self._answer.whole:
            self._finish()
        elif not self._answer.begun:
            upstream.deadline = now + upstream.pool.spec.response_seconds

    def upstream_drained(self) -> None:
        """The server took the rest of a chunk: the client may go on."""
        if not self._body.done:
            self.client.deadline = monotonic() + self._longest_silence()
            self.client.resume_reading()

    def _longest_silence(self) -> float:
        """The longest pause in a body: long for those who have logged in (RPC over HTTP), short for strangers."""
        limits = self.client.worker.limits
        return limits.bound_idle_seconds if self.was_bound else limits.body_silence_seconds

    # The answer

    def from_upstream(self, data: bytes) -> None:
        """Head or body bytes of the answer."""
        self._answer.feed(data)

    def answer_is_whole(self) -> None:
        """The answer has ended. The request's body may still be coming: an early answer does not stop it."""
        if self._body.done or self.closes or not self._answer.reusable:
            self._finish()
            return
        assert self.upstream is not None
        self.upstream.deadline = _NEVER
        self.client.deadline = monotonic() + self._longest_silence()

    def client_drained(self) -> None:
        """The client took the rest of a chunk: the server may go on."""
        self.client.deadline = _NEVER if self._body.done else monotonic() + self._longest_silence()
        if self.upstream is not None:
            self.upstream.resume_reading()

    def switch_protocols(self, head: ResponseHead, start_line: bytes, rest: bytes) -> None:
        """101: from here on the bytes belong to another protocol, both ways, until both sides have ended."""
        client, upstream = self.client, self.upstream
        assert upstream is not None
        protocol = head.fields.upgrade
        if not protocol or protocol.lower() != self.head.fields.upgrade.lower():
            self.give_up(Refusal.MALFORMED_RESPONSE, "the site switched to a protocol that was not asked for")
            return
        self._own_status = 101
        self._ended = True
        block = head.fields.block[:-2] + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
        tunnel = Tunnel(client, self._log, client.worker.limits.bound_idle_seconds)
        tunnel.begin(upstream, to_client=start_line + block + rest, to_upstream=client.take_held())

    # The end

    def _finish(self) -> None:
        """Both bodies have ended: give the upstream connection back, and go on to the next request."""
        if self._ended:
            return
        self._ended = True
        self._log()
        upstream = self.upstream
        if upstream is not None:
            reusable = self._answer.reusable and self._body.done
            if upstream.bound_to is not None:
                self._part_from_bound(upstream, reusable=reusable)
            elif reusable and not upstream.blocked:
                upstream.pool.release(upstream)
            else:
                upstream.discard()
        self.client.exchange_ended(close=self.closes, unread=not self._body.done)

    def _part_from_bound(self, upstream: UpstreamConnection, *, reusable: bool) -> None:
        upstream.conversation = None
        upstream.deadline = _NEVER
        if reusable and not self.closes:
            upstream.resume_reading()
            return
        # Both ends close together, the client once it has taken the answer.
        self.closes = True
        binding.unbind(upstream)
        upstream.discard()

    def _end_abruptly(self, refusal: Refusal | None, detail: str) -> None:
        """There is nothing left that could be said to the client: reset both sides."""
        if self._ended:
            return
        self._ended = True
        self.refusal = refusal
        self.detail = detail
        self._log()
        self._drop_upstream(reset=True)
        self.client.abandon()

    def _drop_upstream(self, *, reset: bool) -> None:
        upstream = self.upstream
        if upstream is not None:
            binding.unbind(upstream)
            upstream.discard(reset=reset)

    def _log(self) -> None:
        self.client.worker.log.exchange(self)

    # Our own answers

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal's own page."""
        self.refusal = refusal
        self.closes = self.closes or refusal.closes or not self._body.done
        self._answer_here(own_answers.refusal_page(self, refusal, close=self.closes), refusal.status)

    def _answer_here(self, answer: bytes, status: int) -> None:
        self._own_status = status
        self.bytes_down += len(answer)
        self.client.send(answer)
        self._finish()

    def give_up(self, refusal: Refusal, detail: str) -> None:
        """The server's answer cannot be passed on: drop its connection and answer ourselves."""
        self.detail = detail
        self.closes = self.closes or self.was_bound
        self._drop_upstream(reset=False)
        self._refuse(refusal)

    def _fail_request(self, refusal: Refusal) -> None:
        """The request's body is at fault, half-way: the server must not take what it has for the whole."""
        self._drop_upstream(reset=True)
        if self._answer.begun:
            self._end_abruptly(refusal, "the request's body failed during the answer")
        else:
            self._refuse(refusal)

    def truncate(self, detail: str) -> None:
        """The answer broke off: the client must see that it is not whole."""
        self._end_abruptly(Refusal.MALFORMED_RESPONSE, detail)

    # What goes wrong

    def upstream_failed(self, refusal: Refusal, detail: str) -> None:
        """No connection could be opened. Nothing was sent, so another member may be tried."""
        upstream, rule = self.upstream, self.rule
        assert upstream is not None
        assert rule is not None
        assert rule.pool is not None
        self._tried += (upstream.member,)
        self.detail = detail
        self.was_bound = False
        if len(self._tried) < len(rule.pool.members):
            self._find_upstream(rule)
        else:
            self._refuse(refusal)

    def upstream_ended(self) -> None:
        """The server closed: the end of a body that ends so, or the loss of an answer."""
        if not self._answer.begun:
            self._no_answer("it closed the connection before its answer")
        elif not self._answer.end():
            self.truncate("the answer is shorter than announced")
        elif not self._ended:
            self.closes = True
            self._finish()

    def upstream_lost(self, reason: str) -> None:
        """The connection to the server broke."""
        if not self._answer.begun:
            self._no_answer(reason)
        elif self._answer.whole:
            self.closes = True
            self._finish()
        else:
            self.truncate(reason)

    def _no_answer(self, reason: str) -> None:
        upstream, rule = self.upstream, self.rule
        assert upstream is not None
        assert rule is not None
        assert rule.pool is not None
        self.detail = reason
        if self.was_bound:
            # A leg sent again elsewhere makes IIS answer without a challenge, and a page here would be taken for the
            # site's word. A closed connection makes the client begin anew.
            self._end_abruptly(Refusal.UPSTREAM_CLOSED, reason)
            return
        self._drop_upstream(reset=False)
        if upstream.reused and self._held and self._answer.expected and self.head.method in _IDEMPOTENT:
            self.client.worker.counters["retried"] += 1
            self.upstream = rule.pool.open(self)
        else:
            self._refuse(Refusal.UPSTREAM_CLOSED)

    def upstream_overdue(self, now: float) -> None:
        """The server has been silent, or has taken nothing, for too long."""
        upstream = self.upstream
        assert upstream is not None
        if self.client.blocked:
            upstream.deadline = now + upstream.pool.spec.response_seconds  # it is the client who is slow
        elif self._answer.begun:
            self.truncate("the answer stopped")
        else:
            self.give_up(Refusal.RESPONSE_TIMEOUT, "no response head in time")

    def client_ended(self) -> None:
        """The client sends no more. Its answer still goes out, if it was a whole request."""
        if not self._body.done:
            self._end_abruptly(Refusal.BODY_INCOMPLETE, "the client ended in the middle of its request")
            return
        self.closes = True
        self.client.deadline = monotonic() + self.client.worker.limits.half_closed_seconds

    def client_lost(self, reason: str) -> None:
        """The client is gone, and so is the reason for the answer."""
        self._end_abruptly(None, f"client: {reason}")

    def client_overdue(self, now: float) -> None:
        """The client has been silent in its body, takes nothing, or has waited half-closed for long enough."""
        client = self.client
        silence = client.worker.limits.body_silence_seconds
        if client.blocked and client.progress + silence > now:
            client.deadline = client.progress + silence  # slow, but alive
        elif self._body.done or self._answer.begun:
            self._end_abruptly(Refusal.BODY_TIMEOUT, "the client took nothing for too long")
        else:
            self._fail_request(Refusal.BODY_TIMEOUT)

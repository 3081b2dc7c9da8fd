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
from bridgehead.proxy.answer import Answer, AnswerToLogin
from bridgehead.proxy.preauthentication import entrance as preauthentication
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.request_in_hand import RequestInHand
from bridgehead.proxy.shield import passing, web_tickets
from bridgehead.proxy.tracing import notes
from bridgehead.proxy.upload import Upload

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.head import RequestHead
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.tunnel import Tunnel
    from bridgehead.proxy.upstream import UpstreamConnection

_NEVER = float("inf")


class Exchange(RequestInHand):
    """A request and its answer, between one client connection and one upstream connection."""

    def __init__(self, client: ClientConnection, head: RequestHead) -> None:
        self.client = client
        self.head = head
        self.started = monotonic()
        self.closes = head.closes
        self._answer = Answer(self)
        # What is looked at for every request is found sooner here than in the class.
        self.was_bound = self._ended = False
        self.refusal = self.watched = None
        self.adds_to_answer = b""
        self.bytes_up = self.bytes_down = 0
        self.uploaded_at = 0.0
        self.detail = ""
        length = head.fields.length
        self._upload = Upload(self, length) if length else None

    def __repr__(self) -> str:
        rule = self.rule.name if self.rule else "-"
        return f"<Exchange {self.head.method.decode()} {self.head.fields.host} {rule} {self.status} {self.upstream!r}>"

    # The request

    def begin(self) -> None:
        """Route the request, and either answer it here or send it to a server of the rule's pool."""
        client, head = self.client, self.head
        rule = client.listener.routing.route(client.server_name, head.fields.host, head.target)
        if isinstance(rule, Refusal):
            self.refuse(rule)
            return
        self.rule = rule
        remembered = client.remembered
        if (
            remembered is not None
            and remembered[0] is head.fields
            and remembered[1] is rule
            and (self._upload is None or not web_tickets.concerns(head.target))
        ):
            # The same fields under the same rule: no objection then, none now, and the same to send.
            self.held = head.line + remembered[2]
            self._find_upstream(rule)
        elif (refusal := forwarding.objection(rule, head, client)) is not None:
            self.refuse(refusal)
        elif rule.gate is not None and not preauthentication.lets_in(rule.gate, self):
            return  # it is answered here, or begins again when its client is known
        elif (
            rule.shields
            and (head.fields.authorization is not None or self._upload is not None)
            and not passing.lets_in(self)
        ):
            return  # it is refused, or begins again when it may go inside
        elif rule.pool is None:
            self.closes = self.closes or not self.request_whole
            answer, status = own_answers.answer_for(rule, head, close=self.closes)
            self.answer_here(answer, status)
        else:
            fields = forwarding.fields_to_send(rule, head, client)
            client.remembered = (head.fields, rule, fields) if forwarding.is_memorable(rule, head.fields) else None
            self.held = head.line + fields
            self._find_upstream(rule)

    def _find_upstream(self, rule: PublishingRule) -> None:
        """The client's own connection if there is one, a new one of its own for a login, or one from the pool."""
        found = binding.connection_for(self, rule)
        if isinstance(found, Refusal):
            self.refuse(found)
            return
        self.upstream = found
        if found.ready:
            self._send_request(found, self.started)

    def upstream_ready(self) -> None:
        """The connection is open: send what is held."""
        assert self.upstream is not None
        self._send_request(self.upstream, monotonic())

    def _send_request(self, upstream: UpstreamConnection, now: float) -> None:
        self.connected_at = now
        upstream.deadline = now + upstream.pool.spec.response_seconds
        if self.was_bound and self.head.fields.binds:
            binding.note_identity(upstream, self)
            notes.credential_sent(self, upstream)
            self._answer = AnswerToLogin(self)
        held = self.held
        if self.head.fields.length:
            self.held = b""  # a request with a body is not kept for another attempt
        if not upstream.send(held):
            self.client.pause_reading()
        elif self._upload is not None:
            self._upload.resume()
            if self._upload.whole:
                self.uploaded_at = now
            else:
                upstream.deadline = _NEVER  # its time runs from the end of the request

    def from_client(self, data: bytes) -> None:
        """Body bytes, or the beginning of the next request, which waits."""
        if self._upload is None or self._upload.whole:
            self.client.hold(data)
        else:
            self._upload.feed(data)

    def drop_body(self) -> None:
        """The request is answered here: what comes of its body is followed to its end, and goes nowhere."""
        if self._upload is not None:
            self._upload = self._upload.dropped()

    def request_is_whole(self) -> None:
        """The last byte of the request's body is on its way."""
        self.uploaded_at = monotonic()
        if self._answer.whole:
            self._finish(monotonic())
        elif not self._answer.begun and self.upstream is not None:
            self.upstream.deadline = monotonic() + self.upstream.pool.spec.response_seconds

    def upstream_drained(self) -> None:
        """The server took the rest of a chunk: the client may go on."""
        if self._upload is not None:
            self._upload.resume()
        else:
            self.client.resume_reading()

    # The answer

    def from_upstream(self, data: bytes) -> None:
        """Head or body bytes of the answer."""
        self._answer.feed(data)

    def answer_is_whole(self, now: float) -> None:
        """The answer has ended. The request's body may still be coming: an early answer does not stop it."""
        if self._upload is None or self._upload.whole or self.closes or not self._answer.reusable:
            self._finish(now)
            return
        assert self.upstream is not None
        self.upstream.deadline = _NEVER
        self._upload.allow_silence()

    def client_drained(self) -> None:
        """The client took the rest of a chunk: the server may go on."""
        self.client.deadline = _NEVER
        if self._upload is not None and not self._upload.whole:
            self._upload.allow_silence()
        if self.upstream is not None:
            self.upstream.resume_reading()

    def hand_over(self) -> None:
        """101: the bytes belong to another protocol now, and both connections to a tunnel."""
        self.status = 101
        self._ended = True
        self._answer.let_go()

    def tunnel_ended(self, tunnel: Tunnel) -> None:
        """The other protocol is over, and with it both connections."""
        self.bytes_up += tunnel.received
        self.bytes_down += tunnel.sent
        self.client.worker.log.exchange(self, monotonic())

    # What goes wrong

    def upstream_failed(self, refusal: Refusal, detail: str) -> None:
        """No connection could be opened. Nothing was sent, so another member may be tried."""
        upstream, rule = self.upstream, self.rule
        assert upstream is not None
        assert rule is not None
        self.tried += (upstream.member,)
        self.detail = detail
        self.was_bound = False
        self.wants_new = True
        if len(self.tried) < len(upstream.pool.members):
            self.client.worker.counters["tried-elsewhere"] += 1
            self._find_upstream(rule)
        else:
            self.refuse(refusal)

    def upstream_ended(self) -> None:
        """The server closed: the end of a body that ends so, or the loss of an answer."""
        if not self._answer.begun:
            self._no_answer("it closed the connection before its answer")
        elif not self._answer.end():
            self.truncate("the answer is shorter than announced")
        elif not self._ended:
            self.closes = True
            self._finish(monotonic())

    def upstream_lost(self, reason: str) -> None:
        """The connection to the server broke."""
        if not self._answer.begun:
            self._no_answer(reason)
        elif self._answer.whole:
            self.closes = True
            self._finish(monotonic())
        else:
            self.truncate(reason)

    def _no_answer(self, reason: str) -> None:
        upstream = self.upstream
        assert upstream is not None
        self.detail = reason
        if self.was_bound:
            # A leg sent again elsewhere makes IIS answer without a challenge, and a page here would be taken for the
            # site's word. A closed connection makes the client begin anew.
            self.end_abruptly(Refusal.UPSTREAM_CLOSED, reason)
            return
        self._drop_upstream(reset=False)
        if upstream.reused and self.held and self._answer.expected and forwarding.may_be_repeated(self.head):
            self.client.worker.counters["retried"] += 1
            assert self.rule is not None
            self.wants_new = True
            self._find_upstream(self.rule)
        else:
            self.refuse(Refusal.UPSTREAM_CLOSED)

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
        if not self.request_whole:
            self.end_abruptly(Refusal.BODY_INCOMPLETE, "the client ended in the middle of its request")
            return
        self.closes = self.closes or not self.client.is_asking
        self.client.deadline = monotonic() + self.client.worker.limits.half_closed_seconds

    def client_lost(self, reason: str) -> None:
        """The client is gone, and so is the reason for the answer."""
        self.end_abruptly(None, f"client: {reason}")

    def client_overdue(self, now: float) -> None:
        """The client has been silent in its body, takes nothing, or has waited half-closed for long enough."""
        client = self.client
        silence = client.worker.limits.body_silence_seconds
        if client.blocked and client.progress + silence > now:
            client.deadline = client.progress + silence  # slow, but alive
        elif self.request_whole or self._answer.begun:
            self.end_abruptly(Refusal.BODY_TIMEOUT, "the client took nothing for too long")
        else:
            self.fail_request(Refusal.BODY_TIMEOUT)

"""The server's answer: its head judged, its body followed to its end, both passed on as they come."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding
from bridgehead.proxy.body import NO_BODY, ByLength, Chunked, Framing, MalformedBody, UntilClose
from bridgehead.proxy.fields import CHUNKED, has_challenge, without_bound_challenges, without_challenges
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield import evidence
from bridgehead.proxy.tracing import notes
from bridgehead.proxy.tunnel import switch_protocols

if TYPE_CHECKING:
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.head import ResponseHead
    from bridgehead.proxy.rules import PublishingRule

_CLOSE = b"Connection: close\r\n\r\n"


class Answer:
    """What one server answers to one request. Tells its exchange when it is whole, or why it cannot be passed on."""

    # Made for each request: what starts the same for all stands in the class.
    _body: Framing | None = None
    _incomplete = b""
    """The beginning of a head."""
    reusable = True
    """Whether the upstream connection may carry another request after it."""
    whole = False
    _heard = False

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def let_go(self) -> None:
        """It is over: without this, exchange and answer would hold one another until the collector came."""
        del self._exchange

    @property
    def begun(self) -> bool:
        """Whether its head was passed on to the client."""
        return self._body is not None

    @property
    def expected(self) -> bool:
        """Whether not a single byte of it has come."""
        return not self._heard

    def feed(self, data: bytes) -> None:
        """Bytes from the server."""
        self._heard = True
        if self._body is None:
            self._feed_head(self._incomplete + data if self._incomplete else data)
            return
        rest, fault = self._follow(self._body, data)
        if fault:
            self._exchange.truncate(fault)
        elif rest:
            self._pass_on(self._body, rest)

    def end(self) -> bool:
        """The server has ended its connection cleanly: whether the answer is whole now."""
        self.reusable = False
        if self._body is None or not self._body.end():
            return False
        if not self.whole:
            self.whole = True
            self._exchange.answer_is_whole(monotonic())
        return True

    # Head

    def _feed_head(self, data: bytes) -> None:
        """Judge the head, and pass interim answers on as they come."""
        exchange = self._exchange
        upstream = exchange.upstream
        assert upstream is not None
        while data:
            try:
                cut = upstream.cutter.cut(data, exchange.client.worker.limits.head_bytes)
            except ValueError as error:
                exchange.give_up(Refusal.MALFORMED_RESPONSE, f"malformed: {error}")
                return
            if cut is None:
                self._incomplete = data
                return
            head, end = cut
            data = data[end:]
            self._incomplete = b""
            if head.status == 101:
                self._switch(head, data)
                return
            if head.status >= 200:
                self._final_head(head, data)
                return
            # RFC 9110 15.2: HTTP/1.0 has no interim answers; and who takes nothing is not given more to take.
            if not exchange.head.old and not exchange.client.blocked:
                exchange.client.send(head.start_line + head.fields.block)

    def _switch(self, head: ResponseHead, rest: bytes) -> None:
        if self._exchange.watched is not None:
            self._exchange.watched.answered(head.status)
        switch_protocols(self._exchange, head, rest)

    def _final_head(self, head: ResponseHead, rest: bytes) -> None:
        exchange = self._exchange
        rule = exchange.rule
        assert rule is not None
        if exchange.client.ends_soon:
            exchange.closes = True
        if exchange.watched is not None:
            exchange.watched.answered(head.status, head.fields.block)
        if (
            head.status == 200
            and head.fields.length == len(rest)
            and head.fields.ordinary
            and not (head.old or rule.strips_authentication or exchange.closes or exchange.head.method == b"HEAD")
            and not exchange.adds_to_answer
        ):
            self._pass_on_whole(head, rest)
            return
        refusal = _objection(rule, head, exchange.head.old) or self._bind_if_challenged(rule, head)
        if refusal is not None:
            exchange.give_up(refusal, f"the site answered {head.status}")
            return
        if head.status == 401 and rule.shields:
            evidence.site_refused(exchange)
        body = _framing_of(exchange.head.method, head)
        ends_with_connection = isinstance(body, UntilClose)
        if body is NO_BODY and head.fields.length and not exchange.was_bound:
            # Announced, and not to come. A server that sends it all the same would answer somebody else with it.
            self.reusable = False
        if head.closes or ends_with_connection:
            self.reusable = False
            # A bound pair ends together, and a body that ends with its connection does so on both sides.
            if exchange.was_bound or ends_with_connection:
                exchange.closes = True
        rest, fault = self._follow(body, rest)
        if fault:
            exchange.give_up(Refusal.MALFORMED_RESPONSE, fault)
            return
        self._body = body
        exchange.status = head.status
        exchange.answered_at = monotonic()
        block = _without_what_is_not_published(rule, head)
        if exchange.adds_to_answer and head.status != 401:  # a token of ours would be taken for part of its challenge
            block = block[:-2] + exchange.adds_to_answer + b"\r\n"
        if exchange.closes:
            block = block[:-2] + _CLOSE
        self._pass_on(body, head.start_line + block + rest)

    def _pass_on_whole(self, head: ResponseHead, body: bytes) -> None:
        """An ordinary answer that came in one piece: what `_final_head` does in general, in one step."""
        exchange = self._exchange
        self._body = NO_BODY
        self.whole = True
        exchange.status = 200
        answer = head.start_line + head.fields.block + body
        exchange.bytes_down += len(answer)
        exchange.client.send(answer)
        exchange.answered_at = now = monotonic()
        exchange.answer_is_whole(now)

    def _bind_if_challenged(self, rule: PublishingRule, head: ResponseHead) -> Refusal | None:
        """A challenge for the connection makes this connection the client's own, before the client sees it."""
        exchange = self._exchange
        if not head.fields.binds or not rule.binds:
            return None
        if not exchange.head.fields.binds:
            notes.site_challenged(exchange, head)
        if exchange.was_bound:
            return None
        assert exchange.upstream is not None
        refusal = binding.challenged(exchange.client, exchange.upstream)
        exchange.was_bound = refusal is None
        return refusal

    # Body

    def _follow(self, body: Framing, data: bytes) -> tuple[bytes, str]:
        """What of `data` belongs to the body, and what is wrong with it."""
        if not data:
            return data, ""
        try:
            taken = body.feed(data)
        except MalformedBody as error:
            return b"", str(error)
        if taken < len(data):
            self.reusable = False  # bytes that belong to no answer: nothing on this connection can be trusted
            data = data[:taken]
        return data, ""

    def _pass_on(self, body: Framing, data: bytes) -> None:
        exchange = self._exchange
        client, upstream = exchange.client, exchange.upstream
        assert upstream is not None
        exchange.bytes_down += len(data)
        drained = client.send(data)
        now = monotonic()
        if body.done:
            self.whole = True
            exchange.answer_is_whole(now)
            return
        upstream.deadline = now + upstream.pool.spec.response_seconds
        if not drained:
            upstream.pause_reading()
            client.deadline = now + client.worker.limits.body_silence_seconds


class AnswerToLogin(Answer):
    """The answer to a request that brought a credential for its connection: it tells what became of the login."""

    def _switch(self, head: ResponseHead, rest: bytes) -> None:
        notes.login_answered(self._exchange, head)
        super()._switch(head, rest)

    def _final_head(self, head: ResponseHead, rest: bytes) -> None:
        binding.note_challenge(self._exchange, head)
        notes.login_answered(self._exchange, head)
        super()._final_head(head, rest)


def _objection(rule: PublishingRule, head: ResponseHead, old_client: bool) -> Refusal | None:
    """Why an answer is not passed on."""
    if old_client and head.fields.length == CHUNKED:
        # RFC 9112 6.1: a client of HTTP/1.0 would take the sizes for part of the page.
        return Refusal.MALFORMED_RESPONSE
    if head.status == 407:
        return Refusal.PROXY_CHALLENGE  # RFC 9110 15.5.8: a challenge by a forward proxy, which we are not
    if head.status == 401 and (
        rule.strips_authentication
        # A login behind ours, of the kind that stays with a connection: the client could not tell it from ours.
        or (head.fields.binds and not rule.binds and not has_challenge(without_bound_challenges(head.fields.block)))
    ):
        return Refusal.AUTHENTICATION_NOT_PUBLISHED
    return None


def _without_what_is_not_published(rule: PublishingRule, head: ResponseHead) -> bytes:
    """The field block for the client: of the site's challenges, those that the rule lets through."""
    if rule.strips_authentication:
        return without_challenges(head.fields.block)
    if head.fields.binds and not rule.binds:
        return without_bound_challenges(head.fields.block)
    return head.fields.block


def _framing_of(method: bytes, head: ResponseHead) -> Framing:
    """Where the answer's body ends: RFC 9112 section 6.3, in its order."""
    length = head.fields.length
    if method == b"HEAD" or head.status in (204, 304):
        return NO_BODY
    if length is None:
        return UntilClose()
    if length == CHUNKED:
        return Chunked()
    return ByLength(length)

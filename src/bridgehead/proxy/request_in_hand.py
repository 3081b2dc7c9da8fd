"""One request in hand: what is known of it, and every way in which it ends.

It ends when both bodies have ended, when it is answered here, or abruptly. Each end gives the upstream connection back
or drops it, writes the log's line, and lets the client's next request begin or its connection close.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding, own_answers
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    from bridgehead.proxy.answer import Answer
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.head import RequestHead
    from bridgehead.proxy.pools import Member
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.shield.watched import Watched
    from bridgehead.proxy.upload import Upload
    from bridgehead.proxy.upstream import UpstreamConnection


class RequestInHand:
    """One client connection's request, and the upstream connection that it may have. What leads there is `Exchange`."""

    client: ClientConnection
    head: RequestHead
    started: float
    closes: bool
    """Whether the client connection ends with this exchange."""
    # Made for each request: what starts the same for all stands in the class.
    rule: PublishingRule | None = None
    upstream: UpstreamConnection | None = None
    was_bound = False  # whether the upstream connection is, or was, the client's own
    refusal: Refusal | None = None
    detail = ""
    bytes_up = bytes_down = 0
    connected_at = 0.0
    uploaded_at = 0.0
    answered_at = 0.0
    """When the head of the answer was passed on, 0 if it never was; all moments are in monotonic seconds."""
    status = 0  # that the client got; 0 where it got none
    held = b""
    """What goes to the server first: the head, and what came of the body until the connection was open."""
    tried: tuple[Member, ...] = ()  # members that could not be reached
    wants_new = False  # whether a kept connection of the pool will not do
    adds_to_answer = b""
    """Field lines of ours in the head of the site's answer: the end of a login at the proxy."""
    passed_shield = False  # whether it was asked about its login, and may go inside
    watched: Watched | None = None
    """The login that it brings to the site, until the site's status is known."""
    _ended = False
    _answer: Answer
    _upload: Upload | None = None

    @property
    def request_whole(self) -> bool:
        """Whether the last byte of its body has come; where it has none, always."""
        return self._upload is None or self._upload.whole

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._ended

    # The end

    def _finish(self, now: float) -> None:
        """Both bodies have ended: give the upstream connection back, and go on to the next request."""
        if self._ended:
            return
        self._ended = True
        if self.watched is not None:
            self.watched.unanswered(by_client=self.refusal is not None and self.refusal.blame == "client")
        self.client.worker.log.exchange(self, now)
        upstream = self.upstream
        unread = not self.request_whole
        if upstream is not None:
            reusable = self._answer.reusable and not unread
            if upstream.bound_to is not None:
                self.closes = not binding.rest(self, upstream, reusable=reusable)
            elif reusable and not upstream.blocked:
                upstream.pool.release(upstream, now)
            else:
                upstream.discard()
        self._answer.let_go()
        self._upload = None
        self.client.exchange_ended(now, close=self.closes, unread=unread)

    def end_abruptly(self, refusal: Refusal | None, detail: str) -> None:
        """There is nothing left that could be said to the client: reset both sides."""
        if self._ended:
            return
        self._ended = True
        self.refusal = refusal
        self.detail = detail
        if self.watched is not None:
            self.watched.unanswered(by_client=refusal is None or refusal.blame == "client")
        self.client.worker.log.exchange(self, monotonic())
        self._drop_upstream(reset=True)
        self._answer.let_go()
        self._upload = None
        self.client.abandon()

    def _drop_upstream(self, *, reset: bool) -> None:
        upstream = self.upstream
        if upstream is not None:
            if upstream.bound_to is not None:
                notes.exchange_dropped(self, upstream)
            binding.unbind(upstream)
            upstream.discard(reset=reset)

    # Our own answers

    def refuse(self, refusal: Refusal, more: tuple[str, ...] = ()) -> None:
        """Answer with a refusal's own page, and with these field lines."""
        self.refusal = refusal
        notes.request_refused(self, refusal)
        self.closes = self.closes or refusal.closes or not self.request_whole
        self.answer_here(own_answers.refusal_page(self, refusal, close=self.closes, more=more), refusal.status)

    def answer_here(self, answer: bytes, status: int) -> None:
        """Answer without a server, and end."""
        self.status = status
        self.bytes_down += len(answer)
        self.client.send(answer)
        self._finish(monotonic())

    def give_up(self, refusal: Refusal, detail: str) -> None:
        """The server's answer cannot be passed on: drop its connection and answer ourselves."""
        self.refusal = refusal
        self.detail = detail
        self.closes = self.closes or self.was_bound
        self._drop_upstream(reset=False)
        self.refuse(refusal)

    def fail_request(self, refusal: Refusal) -> None:
        """The request's body is at fault, half-way: the server must not take what it has for the whole."""
        self.refusal = refusal
        self._drop_upstream(reset=True)
        if self._answer.begun:
            self.end_abruptly(refusal, "the request's body failed during the answer")
        else:
            self.refuse(refusal)

    def truncate(self, detail: str) -> None:
        """The answer broke off: the client must see that it is not whole."""
        self.end_abruptly(Refusal.MALFORMED_RESPONSE, detail)

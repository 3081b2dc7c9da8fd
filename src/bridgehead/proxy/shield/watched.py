"""A login on its way to a site, and what the site's status says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.proxy.shield.evidence import vouch_for
from bridgehead.proxy.shield.web_tickets import Endpoint

if TYPE_CHECKING:
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.shield.guard import Attempt

_STALE = re.compile(
    rb"\n(?i:www-authenticate)[ \t]*:[ \t]*(?i:digest)[ \t][^\n]*\b(?i:stale)[ \t]*=[ \t]*\"?(?i:true)\b"
)

HELD_SECONDS = 30.0
"""A server that has said nothing for so long has not refused: phones hold requests open for minutes."""
HELD_BY_KNOWN_SECONDS = 5.0
"""Whoever has logged in from there before waits for less, so that his other connections do not."""


class Watched:
    """Ends with the exchange that it belongs to."""

    def __init__(
        self, exchange: RequestInHand, attempt: Attempt | None, endpoint: Endpoint | None, *, in_body: bool
    ) -> None:
        """`attempt` is None where nobody's password is known to be tried, `in_body` says where the password stands."""
        self._exchange = exchange
        self._attempt = attempt
        self._endpoint = endpoint
        self._in_body = in_body
        self._settled = attempt is None
        if attempt is not None:
            seconds = HELD_BY_KNOWN_SECONDS if attempt.known else HELD_SECONDS
            self._timer = exchange.client.worker.loop.call_later(seconds, self._held_for_long)

    def answered(self, status: int, fields: bytes = b"") -> None:
        """The site's final status, and the field block beside it."""
        attempt, failing = self._attempt, self._failing
        if attempt is not None and status == 401 and self._was_too_old(fields):
            attempt.withdrawn()
        elif attempt is not None and status in failing:
            attempt.failed()
        elif attempt is not None and 200 <= status < 400 and self._is_proven:
            attempt.succeeded()
            vouch_for(self._exchange)
        elif attempt is not None and not self._settled:
            attempt.withdrawn()
        if self._endpoint is Endpoint.WEB_TICKET and status == 500 and (attempt is None or 500 not in failing):
            self._exchange.client.worker.guard.blame(self._exchange.client.address)  # a SOAP fault, of whomever
        self._end()

    def _was_too_old(self, fields: bytes) -> bool:
        """Whether a Digest was refused for its age, whatever password it was made with (RFC 7616 3.3)."""
        credential = self._exchange.head.fields.authorization or b""
        return credential.lower().startswith(b"digest") and _STALE.search(fields) is not None

    @property
    def _failing(self) -> tuple[int, ...]:
        if not self._in_body:
            return (401,)
        # A wrong password is an invalid grant (RFC 6749 5.2) there, and a SOAP fault here.
        return (400, 401) if self._endpoint is Endpoint.PASSWORD_GRANT else (401, 500)

    @property
    def _is_proven(self) -> bool:
        if self._in_body:
            # What else stands in a SOAP request may be what the ticket is given for.
            return self._endpoint is Endpoint.PASSWORD_GRANT
        exchange = self._exchange
        assert exchange.rule is not None
        return exchange.client.worker.demands.prove(exchange.rule, exchange.head)

    def unanswered(self, *, by_client: bool) -> None:
        """The exchange is over without an answer of the site.

        Who leaves before he is judged has made his guess. A server that breaks off is not a stranger's excuse: what
        makes it do so may have come with the request.
        """
        attempt = self._attempt
        if attempt is not None and not self._settled:
            was_sent = self._exchange.connected_at > 0
            if was_sent and (by_client or not attempt.known):
                attempt.failed()
            else:
                attempt.withdrawn()
        self._end()

    def _held_for_long(self) -> None:
        """It keeps others from trying no longer; what the site says later still counts."""
        assert self._attempt is not None
        self._settled = True
        if self._attempt.known or self._exchange.request_whole:
            self._attempt.withdrawn()
        else:
            self._attempt.failed()  # the server may be waiting for the rest, which the client keeps back

    def _end(self) -> None:
        self._settled = True
        if self._attempt is not None:
            self._timer.cancel()
            self._attempt = None
        self._exchange.watched = None
        del self._exchange

"""Logins to the sites behind: seen as they pass, and asked about before they go inside."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding
from bridgehead.proxy.preauthentication.waiting import Waiting
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.credentials import user_in
from bridgehead.proxy.shield.evidence import is_vouched_for, realm_of
from bridgehead.proxy.shield.guard import PATIENCE
from bridgehead.proxy.shield.policy import SECOND
from bridgehead.proxy.shield.refusing import refuse
from bridgehead.proxy.shield.watched import Watched
from bridgehead.proxy.shield.web_tickets import Endpoint, PasswordInBody, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.shield.guard import Attempt, Refused


def lets_in(exchange: Exchange) -> bool:
    """Whether a request under a shielded rule goes inside now. If not, it is refused, or begins again once it may."""
    client, fields, rule = exchange.client, exchange.head.fields, exchange.rule
    assert rule is not None
    if exchange.passed_shield or not client.worker.guard.enabled:
        return True
    endpoint = endpoint_of(exchange.head) if fields.length else None
    user = None
    # What the site has accepted on this connection is no new guess; what does not reach it is none.
    credential = fields.authorization
    if credential is not None and not rule.strips_authentication and not is_vouched_for(exchange):
        user = user_in(credential, binding.speaks_unicode(client, rule))
    if endpoint is not None:
        PasswordInBody(exchange, endpoint, lambda named: _ask_for(exchange, endpoint, user, named)).begin()
    elif user is not None:
        Asking(exchange, None, in_body=False).begin(user)
    else:
        return True
    return False


def _ask_for(exchange: Exchange, endpoint: Endpoint, in_head: str | None, in_body: str | None) -> None:
    user = in_head if in_body is None else in_body
    if in_head is not None and in_body is not None:
        exchange.refuse(Refusal.CREDENTIALS_AMBIGUOUS)  # which of them the site takes is its secret
    elif user is not None:
        Asking(exchange, endpoint, in_body=in_body is not None).begin(user)
    elif (refused := exchange.client.worker.guard.objection_to_nameless(exchange.client.address)) is not None:
        refuse(exchange, refused)
    else:
        exchange.passed_shield = True
        exchange.watched = Watched(exchange, None, endpoint, in_body=True)
        exchange.begin()


class Asking(Waiting):
    """A request that waits for the guard's word."""

    def __init__(self, exchange: Exchange, endpoint: Endpoint | None, *, in_body: bool) -> None:
        super().__init__(exchange)
        self._endpoint = endpoint
        self._in_body = in_body

    def begin(self, user: str) -> None:
        """Ask for a login of `user`, as the client wrote the name."""
        client = self.exchange.client
        self.wait(monotonic() + 2 * PATIENCE / SECOND)
        client.worker.guard.reserve(
            user,
            client.address,
            self._may,
            self._must_not,
            lambda: not self.over,
            realm=realm_of(self.exchange),
        )

    def _may(self, attempt: Attempt | None) -> None:
        exchange = self.exchange
        exchange.passed_shield = True
        if attempt is not None:
            exchange.watched = Watched(exchange, attempt, self._endpoint, in_body=self._in_body)
        self._decided(exchange.begin)

    def _must_not(self, refused: Refused) -> None:
        self._decided(lambda: refuse(self.exchange, refused))

    def _decided(self, then: Callable[[], None]) -> None:
        """In the same turn of the loop, or in one of the guard's."""
        try:
            self.go_on(then)
        except Exception:  # noqa: BLE001 - one request's failure is that request's alone, and no concern of the guard
            self.exchange.client.worker.log_failure()
            self.exchange.client.abandon()

    def client_overdue(self, now: float) -> None:  # noqa: ARG002 - late is late
        """The guard answers sooner, unless its loop was held up."""
        self._decided(lambda: self.exchange.refuse(Refusal.LOGIN_PAUSED))

"""What a site has refused without a good login: there, and nowhere else, being served shows that a login was good.

An open page answers 200 to any password. Were that taken for a success, a guesser would only have to ask for one to
have his failures forgotten and to be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.paths import path_of
from bridgehead.proxy.shield.credentials import constant_part

if TYPE_CHECKING:
    from bridgehead.proxy.head import RequestHead
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.rules import PublishingRule

_REMEMBERED = 1024
_LONGEST_TARGET = 512

Place = tuple[str, bytes, bytes]


class Demands:
    """Where logins were asked for, lately, by the sites behind one worker."""

    def __init__(self) -> None:
        self._places: dict[Place, None] = {}

    def note(self, rule: PublishingRule, head: RequestHead) -> None:
        """The site has answered 401."""
        place = _place(rule, head)
        if len(head.target) <= _LONGEST_TARGET:
            self._places.pop(place, None)
            self._places[place] = None
            if len(self._places) > _REMEMBERED:
                del self._places[next(iter(self._places))]

    def prove(self, rule: PublishingRule, head: RequestHead) -> bool:
        """Whether a request that is served there has brought a good login."""
        return _place(rule, head) in self._places


def site_refused(exchange: RequestInHand) -> None:
    """A site behind a shielded rule has answered 401."""
    assert exchange.rule is not None
    exchange.client.worker.demands.note(exchange.rule, exchange.head)
    exchange.client.vouched_for = None  # a password that was good once may have been changed


def realm_of(exchange: RequestInHand) -> str:
    """Who judges the passwords of a request's credentials: the servers behind it."""
    assert exchange.rule is not None
    assert exchange.rule.pool is not None
    return f"pool:{exchange.rule.pool.spec.name}"


def vouch_for(exchange: RequestInHand) -> None:
    """A site has accepted a login, whose credential may come again with each request on the connection."""
    fields = exchange.head.fields
    if fields.authorization is not None and not fields.binds:
        exchange.client.vouched_for = (realm_of(exchange), constant_part(fields.authorization))


def is_vouched_for(exchange: RequestInHand) -> bool:
    """Whether the very site has accepted the same on this connection: then it is no new guess."""
    vouched, authorization = exchange.client.vouched_for, exchange.head.fields.authorization
    return (
        vouched is not None
        and authorization is not None
        and vouched == (realm_of(exchange), constant_part(authorization))
    )


def _place(rule: PublishingRule, head: RequestHead) -> Place:
    """Method and target as they are: the legs of NTLM repeat them. Basic comes with any query, without being asked."""
    target = head.target if head.fields.binds else path_of(head.target)
    return rule.name, head.method, target

"""The proxy's own answers in a login: who are you, go on, and no."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Outcome
from bridgehead.proxy import own_answers
from bridgehead.proxy.preauthentication.unwanted_body import answer_after_body
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.preauthentication.gate import Gate

_REFUSALS = {
    Outcome.MALFORMED: Refusal.LOGIN_MALFORMED,
    Outcome.OUT_OF_ORDER: Refusal.LOGIN_OUT_OF_ORDER,
    Outcome.UNAVAILABLE: Refusal.ACCOUNTS_UNAVAILABLE,
    Outcome.OTHER_USER: Refusal.OTHER_USER,
    Outcome.NOT_PERMITTED: Refusal.USER_NOT_PERMITTED,
}
"""What else goes wrong is the client's to try again: 401, as IIS answers it."""


def ask(exchange: Exchange, gate: Gate) -> None:
    """401 with every scheme of the rule."""
    notes.own_login(exchange, "challenged")
    answer_after_body(exchange, lambda: exchange.refuse(Refusal.LOGIN_REQUIRED, gate.challenges), leg=False)


def reply(exchange: Exchange, scheme: str, token: bytes) -> None:
    """401 with the proxy's token and nothing else: the login goes on, on this connection."""
    notes.own_login(exchange, "continued")

    def answer() -> None:
        exchange.closes = exchange.closes or not exchange.request_whole
        page = own_answers.refusal_page(
            exchange, Refusal.LOGIN_REQUIRED, close=exchange.closes, more=(token_line(scheme, token),)
        )
        exchange.answer_here(page, Refusal.LOGIN_REQUIRED.status)

    answer_after_body(exchange, answer, leg=True)


def deny(exchange: Exchange, gate: Gate, outcome: Outcome, *, close: bool) -> None:
    """A login has failed. Where the client may try again, it is asked again."""
    exchange.closes = exchange.closes or close
    refusal = _REFUSALS.get(outcome, Refusal.LOGIN_FAILED)
    challenges = gate.challenges if refusal.status == Refusal.LOGIN_FAILED.status else ()
    if refusal.closes:
        exchange.refuse(refusal, challenges)
    else:
        answer_after_body(exchange, lambda: exchange.refuse(refusal, challenges), leg=True)


def token_line(scheme: str, token: bytes) -> str:
    """A field line with a token for the client."""
    return f"WWW-Authenticate: {scheme} {base64.b64encode(token).decode('ascii')}"

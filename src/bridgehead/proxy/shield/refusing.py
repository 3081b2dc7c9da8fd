"""The answer to a login that does not go inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.shield.guard import Refused


def refuse(exchange: RequestInHand, refused: Refused) -> None:
    """Answer with the guard's refusal; with `Retry-After` (RFC 9110 10.2.3) where waiting helps.

    The page says the same to everybody: whether the account exists, and who else tried it, is nobody's business.
    """
    exchange.detail = refused.detail
    more = (f"Retry-After: {refused.retry_after}",) if refused.retry_after else ()
    exchange.refuse(refused.refusal, more)

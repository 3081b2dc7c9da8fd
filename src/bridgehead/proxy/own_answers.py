"""Answers that the proxy gives itself: redirections to https, challenges of authorities, the pages of refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bridgehead.proxy.challenges import ChallengeRule
from bridgehead.proxy.refusals import Refusal, page, redirection

if TYPE_CHECKING:
    from bridgehead.proxy.head import RequestHead
    from bridgehead.proxy.request_in_hand import RequestInHand
    from bridgehead.proxy.rules import PublishingRule

_AS_IT_CAME = "".join(map(chr, range(0x21, 0x7F)))
"""Only what is not ASCII is encoded: some clients send it raw, and a field value may not hold it."""


def refusal_page(exchange: RequestInHand, refusal: Refusal, *, close: bool, more: tuple[str, ...] = ()) -> bytes:
    """The page that answers a refused request. A rule's own reason is for the log: it may name the inside."""
    return page(
        refusal,
        exchange.client.worker.log.request_id(exchange),
        close=close,
        head_only=exchange.head.method == b"HEAD",
        more=more,
    )


def answer_for(rule: PublishingRule, head: RequestHead, *, close: bool) -> tuple[bytes, int]:
    """The answer of a rule that no server stands behind, and its status."""
    if isinstance(rule, ChallengeRule):
        return rule.answer(head.method, close=close)
    return redirection_for(rule, head, close=close)


def redirection_for(rule: PublishingRule, head: RequestHead, *, close: bool) -> tuple[bytes, int]:
    """The redirection of a plain-text request to https on the same host and target, and its status.

    Never to another host: Lync clients take that for a failure of discovery (UCWA, "Root URL").
    """
    host = head.fields.host
    if ":" in host:
        host = f"[{host}]"
    port = "" if rule.redirect_port == 443 else f":{rule.redirect_port}"
    target = "/" if head.target == b"*" else quote(head.target, safe=_AS_IT_CAME)
    keeps_method = head.method not in (b"GET", b"HEAD")
    answer = redirection(f"https://{host}{port}{target}", permanent_method=keeps_method, close=close)
    return answer, 308 if keeps_method else 301

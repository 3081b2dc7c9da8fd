"""Logins that are held back: by a shield for the accounts, or a limit of requests, in whatever proxy or server.

Nothing is learnt of identities then, and trying again may prolong it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.isolation.answers import shown_value

if TYPE_CHECKING:
    from bridgehead.verify.isolation.answers import Answer

WHAT_IT_IS = (
    "The proxy or the server takes no logins from here at present: a shield for accounts after too many failures, a "
    "limit of requests, or, with 503, nothing behind it that works. It tells nothing about how logins are passed on."
)
WHAT_TO_DO = (
    "Wait until it is over, or exempt the address of this machine, and test again. Bridgehead: allowed_sources in "
    "[shield], or `bridgehead shield clear`."
)


class HeldBack(Exception):  # noqa: N818 - what happened
    """Logins are not taken at present; carries one sentence that says who was answered with what."""


def is_held_back(answer: Answer | None, *, logging_in: bool = False) -> bool:
    """Whether an answer tells clients to come later: 429 (RFC 6585); in a login also 503 with `Retry-After`."""
    if answer is None:
        return False
    return answer.status == 429 or (logging_in and answer.status == 503 and bool(answer.all("Retry-After")))


def told_of(connection: str, answer: Answer) -> str:
    """`alice-3 was answered with 429 (Retry-After: 60)`."""
    later = "".join(f" (Retry-After: {shown_value(value)[:40]})" for value in answer.all("Retry-After")[:1])
    return f"{connection} was answered with {answer.status}{later}"

"""When a certificate is renewed, and when a failed attempt is made again. Pure: time and chance are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LIFE_BEFORE_RENEWAL = 2 / 3
"""A third of the life is left to notice that renewal fails. What authorities recommend who offer nothing better."""
SPREAD = 1 / 30
"""Of the life: certificates that were issued together need not be renewed together."""
LATEST = 9 / 10
"""Of the life: later nobody may put it off, not even the authority."""
FIRST_PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=24)
_PAUSE_SPREAD = 0.1
ASK_AGAIN = timedelta(hours=6)
"""How often renewal information is asked for where the authority does not say (RFC 9773, 4.3.2)."""
LONGEST_BEFORE_ASKING = timedelta(days=1)
_ASK_AGAIN_BOUNDS = (timedelta(minutes=1), LONGEST_BEFORE_ASKING)
"""RFC 9773, 4.3.2: reasonable limits are the client's own."""


@dataclass(frozen=True)
class Due:
    """When, and why then."""

    at: datetime
    because: str


def by_lifetime(begins: datetime, ends: datetime, fraction: float) -> Due:
    """Two thirds of the life, or a little earlier: `fraction` of the spread, from 0 to 1."""
    life = ends - begins
    return Due(begins + life * (LIFE_BEFORE_RENEWAL - SPREAD * fraction), "two thirds of its life are over")


def in_window(start: datetime, end: datetime, fraction: float) -> Due:
    """A random moment of the window that the authority suggests (RFC 9773, 4.2)."""
    return Due(start + (end - start) * fraction, "the authority suggests it")


def ask_again(now: datetime, retry_after: float | None) -> datetime:
    """When to ask for renewal information again; `retry_after` is what the authority asks for, in seconds."""
    shortest, longest = _ASK_AGAIN_BOUNDS
    pause = timedelta(seconds=retry_after) if retry_after is not None else ASK_AGAIN
    return now + min(max(pause, shortest), longest)


def next_attempt(now: datetime, failures: int, retry_after: float | None, fraction: float) -> datetime:
    """When to try again after so many failures in a row, this one included.

    An hour, two, four, up to a day, each a little longer by chance; never before the authority allows.
    """
    doubled: int = 2 ** min(failures - 1, 10)
    pause = min(FIRST_PAUSE * doubled, LONGEST_PAUSE) * (1 + _PAUSE_SPREAD * fraction)
    return now + max(pause, timedelta(seconds=min(retry_after or 0.0, 30 * 86400.0)))

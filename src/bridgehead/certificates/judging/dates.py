"""Dates: not before, not after, how much is left, and whether it lives longer than public ones may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bridgehead.certificates.judging.expectation import LifetimeLimit
    from bridgehead.certificates.reading.facts import Facts

EXPIRES_SOON = timedelta(days=14)
LARGEST_SHARE = 4
"""Nothing is due before a quarter of its lifetime is left: one of six days would be so from its first to its last."""


def judge_dates(facts: Facts, where: str, now: datetime, soon: timedelta = EXPIRES_SOON) -> list[Problem]:
    """Whether the certificate is valid now, and for how long. Times are shown in UTC.

    What ends within `soon` is due. Of short-lived ones what ends within a quarter of the lifetime is, unless more than
    the usual time was asked for.
    """
    if facts.not_before is None or facts.not_after is None:
        return []  # told with the other parts that cannot be read
    if facts.not_before > now:
        message = f"The certificate is valid only from {facts.not_before:%Y-%m-%d %H:%M} UTC."
        return [Problem("certificate.not-yet-valid", where, message, "Is the clock of this machine right?")]
    if facts.not_after < now:
        message = f"The certificate expired on {facts.not_after:%Y-%m-%d %H:%M} UTC."
        return [Problem("certificate.expired", where, message, "Clients refuse it: renew it.")]
    share = (facts.not_after - facts.not_before) / LARGEST_SHARE
    if facts.not_after < now + (soon if soon > EXPIRES_SOON else min(soon, share)):
        left = (facts.not_after - now).days
        message = f"The certificate expires on {facts.not_after:%Y-%m-%d %H:%M} UTC, in {left} days."
        return [Problem("certificate.expires-soon", where, message, "Renew it in time.", "warning")]
    return []


def judge_lifetime(facts: Facts, where: str, limits: Sequence[LifetimeLimit]) -> Iterator[Problem]:
    """Whether a public certificate lives longer than the browsers' rules allow for the day of its issue."""
    if facts.not_before is None or facts.not_after is None:
        return
    issued = facts.not_before.date()
    limit = next((one for one in reversed(limits) if one.since <= issued), None)
    # Baseline Requirements, 1.6.1: the last second counts as well.
    days = (facts.not_after - facts.not_before + timedelta(seconds=1)) / timedelta(days=1)
    if limit is not None and days > limit.days:
        message = f"The certificate lives {days:.0f} days; a public one issued on {issued} lives {limit.days} at most."
        hint = f"Browsers and phones may refuse it ({limit.source}). Ask the authority for a shorter one."
        yield Problem("certificate.lives-too-long", where, message, hint, "warning")

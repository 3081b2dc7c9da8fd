"""How little time may be left of a certificate before somebody is told: 30, 14, 7 and 1 days, less for short lives.

Renewal begins when a third of the lifetime is left. An alarm at that moment would be raised for every certificate,
however well it goes; so none begins before a quarter is left, and each further one at half of the one before: an
eighth, a sixteenth, a thirty-second. From 120 days on the first level is 30 days; a certificate of 47 days is told
of at 11.75, 5.9, 2.9 and 1 days, one of 6 days at 36, 18, 9 and 4.5 hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.judging.dates import LARGEST_SHARE

if TYPE_CHECKING:
    from datetime import datetime

Severity = Literal["notice", "warning", "urgent", "critical"]
SEVERITIES: tuple[Severity, ...] = ("notice", "warning", "urgent", "critical")

DAYS: dict[Severity, float] = {"notice": 30, "warning": 14, "urgent": 7, "critical": 1}


def time_left(severity: Severity, lifetime: timedelta) -> timedelta:
    """With how much time left this level begins."""
    share: timedelta = lifetime / (LARGEST_SHARE << SEVERITIES.index(severity))
    return min(timedelta(days=DAYS[severity]), share)


def level(begins: datetime, ends: datetime, now: datetime) -> Severity | None:
    """The level of a certificate that is valid now; None while there is time."""
    reached = [severity for severity in SEVERITIES if ends - now <= time_left(severity, ends - begins)]
    return reached[-1] if reached else None

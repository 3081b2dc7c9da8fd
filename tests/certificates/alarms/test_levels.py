"""How little time may be left: days for long lives, shares of it for short ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bridgehead.certificates.acme.schedule import LIFE_BEFORE_RENEWAL
from bridgehead.certificates.alarms.levels import DAYS, SEVERITIES, Severity, level, time_left

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

lifetimes = some.integers(3600, 20 * 365 * 86400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize("days", [120, 200, 398, 7300])
def test_long_lives_have_days(days: int) -> None:
    shown = {severity: time_left(severity, days * DAY) / DAY for severity in SEVERITIES}
    assert shown == {"notice": 30, "warning": min(14, days / 8), "urgent": min(7, days / 16), "critical": 1}


@pytest.mark.parametrize(
    ("lifetime", "left"),
    [
        (47 * DAY, [11.75 * DAY, 5.875 * DAY, 2.9375 * DAY, DAY]),
        (6 * DAY, [36 * HOUR, 18 * HOUR, 9 * HOUR, 4.5 * HOUR]),
    ],
)
def test_short_lives_have_shares(lifetime: timedelta, left: list[timedelta]) -> None:
    assert [time_left(severity, lifetime) for severity in SEVERITIES] == left


@given(lifetimes)
def test_no_certificate_is_told_of_before_its_renewal_is_late(lifetime: timedelta) -> None:
    renewal = BEGINS + lifetime * LIFE_BEFORE_RENEWAL
    assert level(BEGINS, BEGINS + lifetime, renewal) is None
    assert level(BEGINS, BEGINS + lifetime, BEGINS) is None


@given(lifetimes)
def test_levels_follow_one_another_and_none_is_left_out(lifetime: timedelta) -> None:
    ends = BEGINS + lifetime
    moments = [ends - time_left(severity, lifetime) for severity in SEVERITIES]
    assert moments == sorted(moments)
    seen = dict.fromkeys(level(BEGINS, ends, moment) for moment in moments)
    assert tuple(seen) == SEVERITIES or min(DAYS.values()) * DAY > lifetime / 4


@pytest.mark.parametrize(
    ("days", "expected"), [(31, None), (30, "notice"), (14, "warning"), (7, "urgent"), (0.5, "critical")]
)
def test_a_certificate_of_a_year_is_told_of_at_the_usual_days(days: float, expected: Severity | None) -> None:
    ends = BEGINS + 398 * DAY
    assert level(BEGINS, ends, ends - days * DAY) == expected

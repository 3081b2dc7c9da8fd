"""When to renew, and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridgehead.certificates.acme.schedule import ask_again, by_lifetime, in_window, next_attempt

START = datetime(2026, 11, 20, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize("days", [6, 47, 90, 200])
def test_a_third_of_the_life_is_left(days: int) -> None:
    life = days * DAY
    latest, earliest = by_lifetime(START, START + life, 0.0).at, by_lifetime(START, START + life, 0.999).at
    assert latest == START + life * 2 / 3
    assert START + life * 0.63 < earliest < latest


def test_the_window_of_the_authority_is_used_from_end_to_end() -> None:
    window = START, START + 2 * DAY
    assert [in_window(*window, fraction).at for fraction in (0.0, 0.5)] == [START, START + DAY]
    assert in_window(*window, 0.999).at < START + 2 * DAY


def test_pauses_double_up_to_a_day() -> None:
    pauses = [next_attempt(START, failures, None, 0.0) - START for failures in (1, 2, 3, 4, 5, 6, 7, 1000)]
    assert pauses == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY, DAY]


def test_chance_makes_a_pause_longer_and_never_shorter() -> None:
    assert HOUR < next_attempt(START, 1, None, 0.5) - START < 1.1 * HOUR


def test_no_attempt_comes_before_the_authority_allows_it() -> None:
    assert next_attempt(START, 1, 3 * 86400.0, 0.0) == START + 3 * DAY
    assert next_attempt(START, 1, 60.0, 0.0) == START + HOUR


def test_an_authority_cannot_forbid_renewal_for_ever() -> None:
    assert next_attempt(START, 1, 1e12, 0.0) == START + 30 * DAY


def test_renewal_information_is_asked_for_as_often_as_the_authority_says_within_reason() -> None:
    assert ask_again(START, None) == START + 6 * HOUR
    assert ask_again(START, 3600.0) == START + HOUR
    assert ask_again(START, 0.0) == START + timedelta(minutes=1)
    assert ask_again(START, 1e9) == START + DAY

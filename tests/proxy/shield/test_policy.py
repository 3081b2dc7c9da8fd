from __future__ import annotations

import pytest

from bridgehead.proxy.shield.policy import SECOND, Limits, seconds_of
from bridgehead.spec import Shield


def test_the_domains_threshold_is_never_reached() -> None:
    for threshold in range(2, 1000):
        limits = Limits.of(Shield(lockout_threshold=threshold))
        assert 1 <= limits.strangers <= limits.familiar < threshold


def test_strangers_cannot_use_up_what_a_known_pair_has_and_two_names_of_one_account_stay_below() -> None:
    for threshold in range(3, 1000):
        limits = Limits.of(Shield(lockout_threshold=threshold))
        assert limits.strangers < limits.familiar
        assert 2 * limits.strangers < threshold


@pytest.mark.parametrize(
    ("threshold", "strangers", "known"), [(2, 1, 1), (3, 1, 2), (5, 2, 3), (10, 4, 8), (50, 24, 48)]
)
def test_usual_thresholds(threshold: int, strangers: int, known: int) -> None:
    limits = Limits.of(Shield(lockout_threshold=threshold))
    assert (limits.strangers, limits.familiar) == (strangers, known)


def test_pauses_double_up_to_the_longest() -> None:
    limits = Limits.of(Shield(pause_seconds=60, longest_pause_seconds=600))
    pauses = [limits.pause_after(failures) // SECOND for failures in range(9)]
    assert pauses == [0, 0, 60, 120, 240, 480, 600, 600, 600]
    assert limits.pause_after(1_000_000) == 600 * SECOND


def test_spans_are_told_in_whole_seconds_rounded_up() -> None:
    assert [seconds_of(span) for span in (0, 1, SECOND, SECOND + 1)] == [1, 1, 1, 2]

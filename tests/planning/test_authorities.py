"""What public authorities do, as data."""

from __future__ import annotations

from datetime import date

import pytest

from bridgehead.planning.authorities import authorities


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2015, 1, 1), 398),
        (date(2026, 3, 14), 398),
        (date(2026, 3, 15), 200),
        (date(2027, 3, 14), 200),
        (date(2027, 3, 15), 100),
        (date(2029, 3, 15), 47),
        (date(2040, 1, 1), 47),
    ],
)
def test_the_longest_lifetime_falls_by_the_day(day: date, days: int) -> None:
    assert authorities().lifetime(day).days == days


def test_later_limits_are_those_still_to_come() -> None:
    assert [one.days for one in authorities().later_lifetimes(date(2026, 11, 20))] == [100, 47]
    assert authorities().later_lifetimes(date(2030, 1, 1)) == ()


def test_client_authentication_ends_authority_by_authority() -> None:
    known = authorities()
    assert "Let's Encrypt" in [one.name for one in known.with_client_authentication(date(2026, 7, 7))]
    assert "Let's Encrypt" not in [one.name for one in known.with_client_authentication(date(2026, 7, 8))]
    assert known.with_client_authentication(known.client_authentication_ends) == ()


def test_an_authority_takes_as_many_names_as_it_says_and_no_more() -> None:
    assert [one.name for one in authorities().refusing(100)] == []
    assert [one.name for one in authorities().refusing(101)] == ["Let's Encrypt"]


def test_every_authority_says_where_its_data_comes_from() -> None:
    assert all(one.source for one in authorities().each)

"""From facts to alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridgehead.certificates.alarms.alarm import Alarm, look
from bridgehead.certificates.alarms.facts import Dated, Fact, NotLoaded, OrderFact, Role, Unusable, Waiting

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def one(fact: Fact) -> Alarm | None:
    return look([fact], NOW).alarms.get(fact.about)


def certificate(begins: timedelta, ends: timedelta, role: Role = "served") -> Dated:
    return Dated(role, "public", "rsa", NOW + begins, NOW + ends)


@pytest.mark.parametrize(
    ("begins", "ends", "state"),
    [
        (-100 * DAY, 100 * DAY, None),
        (-360 * DAY, 25 * DAY, "notice"),
        (-360 * DAY, 3 * DAY, "urgent"),
        (-360 * DAY, timedelta(0), "expired"),
        (-360 * DAY, -DAY, "expired"),
        (timedelta(hours=1), 90 * DAY, "not-yet-valid"),
    ],
)
@pytest.mark.parametrize("role", ["served", "live", "staged", "upstream"])
def test_dates_make_alarms(begins: timedelta, ends: timedelta, state: str | None, role: Role) -> None:
    alarm = one(certificate(begins, ends, role))
    assert (alarm.state if alarm else None) == state


def test_what_is_staged_must_be_valid_at_its_time_and_not_before() -> None:
    staged = Dated("staged", "public", "rsa", NOW + DAY, NOW + 90 * DAY, used_from=NOW + 2 * DAY)
    assert one(staged) is None
    early = Dated("staged", "public", "rsa", NOW + DAY, NOW + 90 * DAY, used_from=NOW)
    assert one(early) is not None


def test_a_certificate_inside_is_not_renewed_here() -> None:
    alarm = one(Dated("upstream", "pool01", "10.0.0.1:4443", NOW - 90 * DAY, NOW + DAY))
    assert alarm is not None
    assert "not here" in alarm.hint
    assert "10.0.0.1:4443, pool pool01" in alarm.message


def test_an_order_that_nobody_can_mend_but_a_person_is_told_of_at_once() -> None:
    assert one(OrderFact("public", 1, "No.")) is None
    alarm = one(OrderFact("public", 1, "The account was closed.", needs_somebody=True))
    assert alarm is not None
    assert (alarm.state, alarm.severity) == ("needs-somebody", "urgent")
    assert "The account was closed. It is not tried again." in alarm.message


def test_a_refused_generation_says_which_and_why() -> None:
    alarm = one(NotLoaded("public", "rsa", 3, NOW, "worker 0: no"))
    assert alarm is not None
    assert (alarm.state, alarm.message) == (
        "refused-3",
        "certificate public (rsa), generation 3 was due at 2026-06-01 12:00 UTC: worker 0: no",
    )


def test_a_change_that_was_missed_is_not_one_that_waits() -> None:
    assert one(Waiting("public", "rsa", 2, NOW + DAY)) is None
    assert one(Waiting("public", "rsa", 2, NOW - timedelta(minutes=4))) is None
    assert one(Waiting("public", "rsa", 2, NOW - timedelta(hours=1))) is not None


def test_what_cannot_be_read_is_an_alarm() -> None:
    alarm = one(Unusable("/x/chain.pem", "gone"))
    assert alarm is not None
    assert alarm.severity == "critical"


def test_of_two_about_the_same_thing_the_graver_counts() -> None:
    good, bad = certificate(-100 * DAY, 100 * DAY), certificate(-100 * DAY, -DAY)
    assert look([bad, good, certificate(-360 * DAY, 3 * DAY)], NOW).alarms[bad.about].state == "expired"

"""Every alarm is told once, and not again until its state changes: whatever happens, in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from bridgehead.certificates.alarms.alarm import Alarm, Looked, look
from bridgehead.certificates.alarms.changes import Change, compare
from bridgehead.certificates.alarms.facts import Dated, Fact, OrderFact, Waiting

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def served(days: float, name: str = "public", begins: datetime = BEGINS) -> Dated:
    return Dated("served", name, "rsa", begins, begins + timedelta(days=days))


class Listener:
    """Somebody who is told, and remembers."""

    def __init__(self) -> None:
        self.told: dict[str, Alarm] = {}
        self.heard: list[Change] = []

    def sees(self, looked: Looked) -> list[Change]:
        changes, self.told = compare(self.told, looked)
        self.heard += changes
        return changes


alarms = some.builds(
    Alarm,
    about=some.sampled_from(["served:a:rsa", "order:b", "upstream:pool:10.0.0.1:4443"]),
    kind=some.just("expiry"),
    name=some.just("a"),
    state=some.sampled_from(["notice", "urgent", "expired"]),
    severity=some.just("urgent"),
    message=some.text(max_size=3),
)
looks = some.builds(
    lambda found, unknown: Looked({alarm.about: alarm for alarm in found}, unknown),
    some.lists(alarms, max_size=3),
    some.lists(some.sampled_from(["served:a:rsa", "upstream:"]), max_size=2),
)


@given(some.lists(looks, max_size=20))
def test_what_is_told_is_exactly_what_changed(sequence: list[Looked]) -> None:
    listener, states = Listener(), dict[str, str]()
    for looked in sequence:
        for change in listener.sees(looked):
            about = change.alarm.about
            assert looked.knows(about)
            match change.change:
                case "raised":
                    assert about not in states
                    states[about] = change.alarm.state
                case "changed":
                    assert states[about] != change.alarm.state
                    states[about] = change.alarm.state
                case "cleared":
                    del states[about]
        known = {about: alarm.state for about, alarm in looked.alarms.items() if looked.knows(about)}
        assert known == {about: state for about, state in states.items() if looked.knows(about)}


@given(looks)
def test_nothing_is_told_twice(looked: Looked) -> None:
    listener = Listener()
    listener.sees(looked)
    assert listener.sees(looked) == []


@given(
    some.floats(2, 800),
    some.lists(some.floats(-5, 900), max_size=60).map(sorted),
)
def test_over_its_whole_life_a_certificate_is_told_of_once_for_each_level(days: float, moments: list[float]) -> None:
    listener = Listener()
    for moment in moments:
        listener.sees(look([served(days)], BEGINS + moment * DAY))
    states = [change.alarm.state for change in listener.heard if change.change != "cleared"]
    assert states == list(dict.fromkeys(states))
    order = ["not-yet-valid", "notice", "warning", "urgent", "critical", "expired"]
    assert states == sorted(states, key=order.index)


def test_renewal_in_time_is_never_told_of() -> None:
    listener, begins = Listener(), BEGINS
    for day in range(47 * 5):
        if day % 32 == 0:
            begins = BEGINS + day * DAY
        listener.sees(look([served(47, begins=begins)], BEGINS + day * DAY))
    assert listener.heard == []


def test_the_successor_clears_it() -> None:
    listener = Listener()
    late = BEGINS + 85 * DAY
    listener.sees(look([served(90)], late))
    listener.sees(look([served(90, begins=late)], late))
    assert [change.change for change in listener.heard] == ["raised", "cleared"]


def test_an_order_that_keeps_failing_is_told_of_at_the_third_and_tenth_failure_and_when_it_is_over() -> None:
    listener = Listener()
    for failures in (*range(1, 30), 0):
        listener.sees(look([OrderFact("public", failures, f"No answer, attempt {failures}.")], BEGINS))
    assert [(one.change, one.alarm.state) for one in listener.heard] == [
        ("raised", "failing-warning"),
        ("changed", "failing-urgent"),
        ("cleared", "failing-urgent"),
    ]


def test_a_staged_change_that_is_missed_is_told_of_until_somebody_acts() -> None:
    listener, waiting = Listener(), [Waiting("public", "rsa", 2, BEGINS)]
    facts: list[tuple[list[Fact], timedelta]] = [
        ([*waiting], timedelta(minutes=-1)),
        ([*waiting], timedelta(minutes=5)),
        ([*waiting], timedelta(minutes=6)),
        ([*waiting], DAY),
        ([], DAY),
    ]
    told = [[change.change for change in listener.sees(look(found, BEGINS + later))] for found, later in facts]
    assert told == [[], [], ["raised"], [], ["cleared"]]


def test_what_could_not_be_looked_at_is_neither_raised_nor_cleared() -> None:
    listener = Listener()
    inside = Dated("upstream", "pool01", "10.0.0.1:4443", BEGINS, BEGINS + 90 * DAY)
    late = BEGINS + 88 * DAY
    assert [one.change for one in listener.sees(look([inside], late))] == ["raised"]
    assert listener.sees(look([], late, ["upstream:pool01:10.0.0.1:4443"])) == []
    assert listener.sees(look([], late, ["upstream:"])) == []
    assert listener.sees(look([inside], late)) == []
    assert [one.change for one in listener.sees(look([], late))] == ["cleared"]

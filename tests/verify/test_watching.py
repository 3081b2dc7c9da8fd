from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.registry import Selection
from bridgehead.verify.watching import LOGINS, ONCE, Pace, Round, Watch
from tests.verify.output.reports import report, result

if TYPE_CHECKING:
    from bridgehead.verify.results import Report
    from bridgehead.verify.verdicts import Status

START = datetime(2026, 11, 20, 22, tzinfo=UTC)


class Night:
    """A site that changes from round to round, and a clock that stands but for the waiting."""

    def __init__(self, *rounds: dict[str, Status]) -> None:
        self._rounds = rounds
        self.selections: list[Selection] = []
        self.clock = START

    def verify(self, selection: Selection) -> Report:
        statuses = self._rounds[min(len(self.selections), len(self._rounds) - 1)]
        self.selections.append(selection)
        return report(*(result(status, code) for code, status in statuses.items() if selection.takes(code)))

    def watch(self, pace: Pace) -> Watch:
        return Watch(self.verify, Selection(), pace, wait=self.wait, now=lambda: self.clock)

    def wait(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)


def rounds(night: Night, **pace: float | bool) -> list[Round]:
    return list(night.watch(Pace(**{"every": 60.0, "limit": 200.0, **pace})).rounds())  # type: ignore[arg-type] # mixed


def test_it_ends_when_its_time_is_over() -> None:
    night = Night({"tls.name": "failed"})
    assert [one.number for one in rounds(night)] == [1, 2, 3, 4]
    assert night.clock - START == timedelta(seconds=180)


def test_each_round_tells_what_changed_since_the_one_before() -> None:
    night = Night({"tls.name": "failed"}, {"tls.name": "failed"}, {"tls.name": "passed"})
    assert [[change.code for change in one.changes] for one in rounds(night)] == [[], [], ["tls.name"], []]


def test_it_ends_once_everything_passes_where_that_is_wanted() -> None:
    night = Night({"tls.name": "failed"}, {"tls.name": "passed"})
    watch = night.watch(Pace(until_green=True))
    assert [one.report.exit_status() for one in watch.rounds()] == [1, 0]
    assert watch.ended == "green"


def test_what_costs_much_is_tried_until_it_has_passed() -> None:
    night = Night({ONCE[0]: "failed", "tls.name": "failed"}, {ONCE[0]: "passed", "tls.name": "failed"})
    rounds(night)
    assert [selection.takes(ONCE[0]) for selection in night.selections] == [True, True, False, False]


def test_green_is_believed_of_a_whole_round_alone() -> None:
    night = Night({ONCE[0]: "passed", "tls.name": "failed"}, {ONCE[0]: "passed", "tls.name": "passed"})
    rounds(night, until_green=True)
    assert [selection.takes(ONCE[0]) for selection in night.selections] == [True, False, True]


def test_nobody_logs_in_for_half_an_hour_after_a_login_failed() -> None:
    night = Night({"login.ntlm": "failed", "signin.web-ticket": "skipped", "tls.name": "passed"})
    found = rounds(night, every=600.0, limit=2400.0)
    assert [selection.takes("login.ntlm") for selection in night.selections] == [True, False, False, True, False]
    assert [selection.takes("signin.web-ticket") for selection in night.selections[:2]] == [True, False]
    assert {one.report.counts.failed for one in found} == {1}
    assert found[0].logins_rest_until == START + timedelta(minutes=30)


@pytest.mark.parametrize("until_green", [False, True])
def test_nobody_logs_in_either_after_logins_that_could_not_be_judged(until_green: bool) -> None:
    unseen: dict[str, Status] = {"login.identities": "unseen", "tls.name": "passed"}
    night = Night({**unseen, "tls.name": "failed"}, unseen)
    rounds(night, every=600.0, limit=2400.0, until_green=until_green)
    assert [selection.takes("login.identities") for selection in night.selections] == [True, False, False, True, False][
        : len(night.selections)
    ]
    assert len(night.selections) >= 4


def test_an_interruption_comes_out_and_is_how_it_ended() -> None:
    def interrupted(_: Selection) -> Report:
        raise KeyboardInterrupt

    watch = Watch(interrupted, Selection(), Pace())
    with pytest.raises(KeyboardInterrupt):
        list(watch.rounds())
    assert watch.ended == "interrupted"


def test_every_pattern_names_checks_that_there_are() -> None:
    from bridgehead.verify.catalogue import all_checks  # noqa: PLC0415 - loads every check, for this test alone

    assert Selection(skip=(*ONCE, *LOGINS)).unknown(one.code for one in all_checks()) == ()

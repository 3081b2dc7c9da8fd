from __future__ import annotations

import json
from datetime import UTC, datetime

from bridgehead.verify.changes import changes
from bridgehead.verify.output.watched import (
    heartbeat,
    json_of_end,
    json_of_round,
    lines_of_end,
    lines_of_round,
)
from bridgehead.verify.results import Result
from bridgehead.verify.watching import Round
from tests.verify.output.reports import HOSTILE, report, result

AT = datetime(2026, 11, 20, 22, tzinfo=UTC)


def second(before: list[Result], after: list[Result]) -> Round:
    now = report(*after)
    return Round(2, AT, now, changes(report(*before), now))


def lines(done: Round) -> list[str]:
    return [line.partition("  ")[2] for line, _ in lines_of_round(done)]


FIRST = Round(1, AT, report(result("failed"), result("passed", "dns.resolves")), ())


def test_the_first_round_says_how_it_stands() -> None:
    assert lines(FIRST) == ["1 failed, 1 passed; 1.2 s.", "failed  tls.name  webext.contoso.com: 3 names"]


def test_a_round_without_changes_says_nothing() -> None:
    assert lines(second([result("failed")], [result("failed")])) == []


def test_a_change_has_the_time_both_states_and_the_mend() -> None:
    done = second([result()], [result("failed", seen="2 names")])
    told = [line for line, _ in lines_of_round(done)]
    assert told[0] == f"{AT.astimezone():%H:%M:%S}  tls.name  webext.contoso.com: passed → failed: 2 names"
    assert [line.split() for line in told[1:]] == [
        ["cause", "It", "was", "requested", "without."],
        ["mend", "Request", "another."],
    ]


def test_a_name_that_leads_elsewhere_is_told_with_both() -> None:
    done = second([result(code="dns.resolves", seen="192.0.2.1")], [result(code="dns.resolves", seen="198.51.100.7")])
    assert lines(done) == ["dns.resolves  webext.contoso.com: now 198.51.100.7, before 192.0.2.1"]


def test_what_has_one_cause_is_told_once() -> None:
    codes = ("tls.name", "tls.dates", "tls.key", "tls.usage", "tls.trust")
    done = second([result(code=code) for code in codes], [result("failed", code) for code in codes])
    assert lines(done)[0] == "tls.name, tls.dates, tls.key and 2 more  webext.contoso.com: passed → failed: 3 names"


def test_what_cannot_be_judged_meanwhile_is_counted() -> None:
    assert lines(second([result()], [result("skipped")])) == ["cannot be judged for now: 1 check"]
    assert lines(second([result("skipped")], [result()])) == ["judged again, and well: 1 check"]


def test_a_server_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in "".join(lines(second([result()], [result("failed", seen=HOSTILE)])))


def test_the_heartbeat_says_when_it_goes_on() -> None:
    assert "round 1: 1 failed, 1 passed; again in 60 s" in heartbeat(FIRST, 60.0)


def test_the_summary_says_how_it_ended_and_what_is_left_to_mend() -> None:
    told = list(lines_of_end(FIRST, FIRST, 7, "interrupted"))
    assert told[0].startswith("Interrupted. 1 round from ")
    assert told[0].endswith(" 7 changes.")
    assert told[-1].split() == ["mend", "Request", "another."]
    assert list(lines_of_end(None, None, 0, "interrupted")) == ["Interrupted. No round came to its end."]


def test_programs_get_one_line_for_each_round_and_one_for_the_end() -> None:
    line = json_of_round(second([result()], [result("failed", seen=HOSTILE)]))
    assert "\n" not in line
    told = json.loads(line)
    assert (told["event"], told["number"], told["counts"]["failed"]) == ("round", 2, 1)
    assert [(one["before"], one["after"]) for one in told["changes"]] == [("passed", "failed")]
    assert told["failed"] == [{"target": "webext.contoso.com", "code": "tls.name"}]
    assert json.loads(json_of_end(None, 0, "interrupted"))["counts"] is None
    assert json.loads(json_of_end(FIRST, 3, "time"))["reason"] == "time"

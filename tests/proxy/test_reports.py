"""Reports from a worker to its supervisor: they arrive, and whoever does not read them holds nobody up."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from bridgehead.proxy.reports import LONGEST_TEXT, MOST_WAITING, SENT_EARLY, ReportReader, Reports, report_sockets


class Line:
    """Both ends, and what came to a handler of the kind `seen`."""

    def __init__(self) -> None:
        self.ours, self.theirs = report_sockets()
        self.counters: Counter[str] = Counter()
        self.worker = Reports(self.theirs, self.counters)
        self.reader = ReportReader()
        self.seen: list[dict[str, Any]] = []
        self.reader.handlers["seen"] = self.seen.append

    def read(self) -> bool:
        return self.reader.read(self.ours)

    def drain(self) -> None:
        """Flush and read until nothing more comes."""
        before = -1
        while before != len(self.seen):
            before = len(self.seen)
            self.worker.flush()
            self.read()

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_what_is_reported_arrives_with_the_next_flush(line: Line) -> None:
    line.worker.add("seen", user="ann", count=3, share=0.5, known=True)
    line.read()
    assert line.seen == []
    line.worker.flush()
    assert line.read(), "there may be more later"
    (report,) = line.seen
    assert report.pop("time") > 0
    assert report == {"kind": "seen", "user": "ann", "count": 3, "share": 0.5, "known": True}


def test_reports_of_a_kind_that_nobody_wants_are_dropped(line: Line) -> None:
    line.worker.add("unknown")
    line.worker.add("seen")
    line.worker.flush()
    line.read()
    assert [report["kind"] for report in line.seen] == ["seen"]


def test_a_burst_does_not_wait_for_the_tick(line: Line) -> None:
    for _ in range(SENT_EARLY):
        line.worker.add("seen")
    line.read()
    assert len(line.seen) == SENT_EARLY


def test_many_long_reports_arrive_whole_and_in_order(line: Line) -> None:
    for number in range(200):
        line.worker.add("seen", number=number, text="x" * LONGEST_TEXT)
        line.worker.flush()
        line.read()
    for number in range(200, 260):
        line.worker.add("seen", number=number, text="\U0001f600" * LONGEST_TEXT)
    line.drain()
    assert [report["number"] for report in line.seen] == list(range(260))


def test_long_texts_are_cut(line: Line) -> None:
    line.worker.add("seen", text="y" * 100_000)
    line.worker.flush()
    line.read()
    assert line.seen[0]["text"] == "y" * LONGEST_TEXT


def test_who_does_not_read_holds_nobody_up_and_what_is_lost_is_counted(line: Line) -> None:
    count = 0
    while not line.counters["reports-lost"]:
        line.worker.add("seen", number=count, text="z" * LONGEST_TEXT)
        count += 1
        assert count < 100 * MOST_WAITING
    line.drain()
    assert [report["number"] for report in line.seen] == list(range(count - 1)), "only the last was lost"


def test_a_worker_outlives_its_reader(line: Line) -> None:
    line.ours.close()
    line.worker.add("seen")
    line.worker.add("seen")
    line.worker.flush()
    assert line.counters["reports-lost"] == 2


def test_what_a_dead_worker_had_sent_is_read_to_its_end(line: Line) -> None:
    line.worker.add("seen")
    line.worker.flush()
    line.theirs.close()
    assert not line.read(), "nothing will come any more"
    assert len(line.seen) == 1


def test_a_handler_that_fails_takes_no_other_report_with_it(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise ValueError("a fault of the handler")

    line.reader.handlers["bad"] = fail
    line.worker.add("bad")
    line.worker.add("seen")
    line.worker.flush()
    assert line.read()
    assert len(line.seen) == 1
    assert "a fault of the handler" in capsys.readouterr().err


def test_a_message_that_is_none_is_said_and_survived(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    line.theirs.send(b"nonsense")
    line.theirs.send(b"[1, {}]")
    line.worker.add("seen")
    line.worker.flush()
    assert line.read()
    assert len(line.seen) == 1
    assert capsys.readouterr().err.count("Traceback") == 3


def test_a_message_is_never_cut(line: Line) -> None:
    assert line.ours.type == socket.SOCK_SEQPACKET

"""A worker process as its parent sees it. Whole proxies are in test_supervisor.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridgehead.proxy.channel import Channel
from bridgehead.proxy.processes import WorkerProcess
from bridgehead.proxy.reports import report_sockets

NO_PROCESS = 2**22 + 1
"""Above what Linux counts to: a signal to it reaches nobody."""


@pytest.fixture
def pair() -> Iterator[tuple[WorkerProcess, Channel]]:
    """The parent's side of a worker, and the worker's end of their channel."""
    ours, theirs = Channel.pair()
    reports, its_reports = report_sockets()
    worker = WorkerProcess(NO_PROCESS, 0, ours, reports)
    yield worker, theirs
    worker.close()
    theirs.close()
    its_reports.close()


def test_a_worker_is_ready_when_it_says_so(pair: tuple[WorkerProcess, Channel]) -> None:
    worker, its_end = pair
    assert not worker.ready
    its_end.send({"ready": True})
    worker.note_ready()
    assert worker.ready
    assert worker.channel.sock not in worker.watched()


def test_a_worker_that_died_before_it_was_ready_is_not(pair: tuple[WorkerProcess, Channel]) -> None:
    worker, its_end = pair
    its_end.close()
    worker.note_ready()
    assert not worker.ready
    assert worker.channel.sock not in worker.watched(), "its end is said once, not in a loop until it is buried"


def test_who_answers_before_it_was_heard_to_be_ready_is_ready(pair: tuple[WorkerProcess, Channel]) -> None:
    worker, its_end = pair
    its_end.send({"ready": True})
    its_end.send({"status": {}})
    assert worker.ask({"do": "status"}) == {"status": {}}
    assert worker.ready


def test_a_worker_that_is_gone_has_no_answer(pair: tuple[WorkerProcess, Channel]) -> None:
    worker, its_end = pair
    its_end.close()
    assert worker.ask({"do": "status"}) is None

"""The guard of one worker, on a real loop; the ledger's clock is the test's."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import uvloop

from bridgehead.proxy.access_log import AccessLog
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.reports import Reports, report_sockets
from bridgehead.proxy.shield.guard import MOST_WAITING, Attempt, Guard, Refused
from bridgehead.proxy.shield.ledger import Ledger
from bridgehead.proxy.shield.names import UNREADABLE
from bridgehead.spec import Shield
from tests.proxy.shield.test_ledger import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Worker:
    """What a guard needs of one."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self.clock = Clock()
        self.ledger = Ledger(accounts=2048, pairs=4096, sources=2048, clock=self.clock)
        self.counters: Counter[str] = Counter()
        self.reader, writer = report_sockets()
        self._writer = writer
        self.reports = Reports(writer, self.counters)
        self.guard = Guard(self.ledger, self.loop, self.counters, AccessLog("", "0"), self.reports)
        self.guard.adopt(Shield())
        self.said: list[Attempt | Refused | None] = []

    def close(self) -> None:
        self.loop.close()
        self.ledger.close()
        self.reader.close()
        self._writer.close()

    def ask(self, user: str = "alice", address: str = "192.0.2.1", wanted: Callable[[], bool] = lambda: True) -> None:
        self.guard.reserve(user, address, self.said.append, self.said.append, wanted, realm="pool:site")

    def run_until(self, count: int) -> None:
        """Until so many were answered."""

        async def wait() -> None:
            while len(self.said) < count:
                await asyncio.sleep(0.005)

        self.loop.run_until_complete(asyncio.wait_for(wait(), 15))

    def attempt(self, number: int) -> Attempt:
        found = self.said[number]
        assert isinstance(found, Attempt), found
        return found


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


def test_the_next_goes_when_one_is_settled_in_the_order_of_their_coming(worker: Worker) -> None:
    order: list[int] = []

    def proceeding(number: int) -> Callable[[Attempt | None], None]:
        def proceed(attempt: Attempt | None) -> None:
            order.append(number)
            worker.said.append(attempt)

        return proceed

    for number in range(5):
        worker.guard.reserve(
            "alice", "192.0.2.1", proceeding(number), worker.said.append, lambda: True, realm="pool:site"
        )
    assert order == [0, 1]
    for number in range(5):
        worker.run_until(min(number + 2, 5))
        worker.attempt(number).succeeded()
    assert order == [0, 1, 2, 3, 4]


def test_whose_turn_does_not_come_is_refused_for_a_moment(worker: Worker) -> None:
    for _ in range(3):
        worker.ask()
    assert len(worker.said) == 2
    worker.clock.move(11)
    worker.run_until(3)
    assert worker.said[2] == Refused(Refusal.LOGIN_PAUSED, 5, "login of alice: crowded")


def test_who_does_not_wait_any_more_is_passed_over(worker: Worker) -> None:
    worker.ask()
    worker.ask()
    worker.ask(wanted=lambda: False)
    worker.ask()
    worker.attempt(0).succeeded()
    worker.run_until(3)
    assert len(worker.said) == 3
    assert worker.guard._count_of_waiting == 0


def test_no_more_wait_than_a_worker_has_room_for(worker: Worker) -> None:
    for _ in range(2 + MOST_WAITING + 1):
        worker.ask()
    assert len(worker.said) == 3
    assert worker.said[2] == Refused(Refusal.LOGIN_PAUSED, 5, "login of alice: crowded")


def test_the_fault_of_one_does_not_stop_those_behind_it(worker: Worker) -> None:
    def fault(_: object) -> None:
        raise RuntimeError("of a test")

    seen: list[object] = []
    worker.loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    worker.ask()
    worker.ask()
    worker.guard.reserve("alice", "192.0.2.1", fault, fault, lambda: True, realm="pool:site")
    worker.ask()
    worker.attempt(0).succeeded()
    worker.attempt(1).succeeded()
    worker.run_until(3)
    assert len(seen) == 1


def test_a_late_word_corrects_an_earlier_one(worker: Worker) -> None:
    worker.ask()
    attempt = worker.attempt(0)
    attempt.withdrawn()
    attempt.failed()
    attempt.failed()
    attempt.withdrawn()
    record = worker.ledger.account_now(worker.ledger.account_key("alice"), worker.guard.limits)
    assert record is not None
    assert record.failures == 1
    attempt.succeeded()
    assert worker.ledger.account_now(worker.ledger.account_key("alice"), worker.guard.limits) is None


def test_a_failure_is_reported_by_name_and_a_success_is_not(worker: Worker) -> None:
    worker.ask("CONTOSO\\Alice", "2001:db8::7")
    worker.attempt(0).failed()
    worker.ask("bob", "192.0.2.1")
    worker.attempt(1).succeeded()
    worker.reports.flush()
    (report,) = json.loads(worker.reader.recv(65536))
    del report["time"]
    assert report == {"kind": "shield", "account": "alice", "source": "2001:db8::/64", "realm": "pool:site"}
    assert worker.counters["shield:failed"] == worker.counters["shield:succeeded"] == 1


def test_where_it_is_off_nothing_is_counted(worker: Worker) -> None:
    worker.guard.adopt(Shield(enabled=False, blocked_accounts=("alice",)))
    worker.ask()
    worker.guard.blame("192.0.2.1")
    assert worker.said == [None]
    assert worker.counters == Counter()


def test_the_nameless_are_stopped_where_too_much_has_failed(worker: Worker) -> None:
    worker.guard.adopt(Shield(source_failures=3, allowed_sources=("192.0.2.7/32",)))
    for address in ("192.0.2.1", "192.0.2.7"):
        for _ in range(3):
            assert worker.guard.objection_to_nameless(address) is None
            worker.guard.blame(address)
    refused = worker.guard.objection_to_nameless("192.0.2.1")
    assert refused is not None
    assert refused.refusal is Refusal.LOGIN_PAUSED
    assert worker.guard.objection_to_nameless("192.0.2.7") is None, "an allowed place"
    assert worker.counters["shield:refused-source"] == 1


def test_whose_user_cannot_be_told_never_succeeds(worker: Worker) -> None:
    """Or somebody who can log in would have the failures of all the others forgotten."""
    worker.ask(UNREADABLE)
    worker.attempt(0).failed()
    worker.ask(UNREADABLE)
    worker.attempt(1).succeeded()
    record = worker.ledger.account_now(worker.ledger.account_key(UNREADABLE), worker.guard.limits)
    assert record is not None
    assert (record.failures, record.on_their_way) == (1, [])

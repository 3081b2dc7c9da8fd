from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgehead.proxy.shield.judgement import Stop, Wait
from bridgehead.proxy.shield.ledger import Go, Ledger
from bridgehead.proxy.shield.policy import SECOND, Limits, Reason
from bridgehead.spec import Shield

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITS = Limits.of(Shield())
"""Threshold 5, window 30 minutes: two failures of strangers, three at most; ten accounts from one source."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 10**15

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Iterator[Ledger]:
    made = Ledger(accounts=1024, pairs=1024, sources=256, clock=clock)
    yield made
    made.close()


def reserve(
    ledger: Ledger, account: str = "alice", source: str = "192.0.2.1", limits: Limits = LIMITS
) -> Go | Wait | Stop:
    return ledger.reserve(ledger.subject(account, source), limits)


def let_through(ledger: Ledger, account: str = "alice", source: str = "192.0.2.1", limits: Limits = LIMITS) -> Go:
    answer = reserve(ledger, account, source, limits)
    assert isinstance(answer, Go), answer
    return answer


def fail(ledger: Ledger, account: str = "alice", source: str = "192.0.2.1", limits: Limits = LIMITS) -> None:
    ledger.fail(let_through(ledger, account, source, limits), limits)


def succeed(ledger: Ledger, account: str = "alice", source: str = "192.0.2.1") -> None:
    ledger.succeed(let_through(ledger, account, source), LIMITS)


def reason(answer: Go | Wait | Stop) -> Reason:
    assert isinstance(answer, Stop), answer
    return answer.reason


# One account


def test_strangers_are_stopped_below_the_domains_threshold(ledger: Ledger) -> None:
    fail(ledger, source="192.0.2.1")
    fail(ledger, source="192.0.2.2")
    assert reason(reserve(ledger, source="192.0.2.3")) is Reason.ACCOUNT


def test_what_is_on_its_way_counts_already(ledger: Ledger) -> None:
    one = let_through(ledger, source="192.0.2.1")
    let_through(ledger, source="192.0.2.2")
    assert isinstance(reserve(ledger, source="192.0.2.3"), Wait)
    ledger.succeed(one, LIMITS)
    assert isinstance(reserve(ledger, source="192.0.2.3"), Go)


def test_the_count_falls_to_nothing_after_a_whole_window_without_a_failure_and_not_before(
    ledger: Ledger, clock: Clock
) -> None:
    fail(ledger, source="192.0.2.1")
    clock.move(1799)
    fail(ledger, source="192.0.2.2")
    clock.move(1799)
    stop = reserve(ledger, source="192.0.2.3")
    assert stop == Stop(Reason.ACCOUNT, SECOND)
    clock.move(1)
    assert isinstance(reserve(ledger, source="192.0.2.3"), Go)


def test_an_outsider_cannot_keep_a_known_user_out_of_his_own_place(ledger: Ledger) -> None:
    succeed(ledger, source="198.51.100.1")
    for attacker in range(50):
        if isinstance(attempt := reserve(ledger, source=f"192.0.2.{attacker}"), Go):
            ledger.fail(attempt, LIMITS)
    for _ in range(20):
        succeed(ledger, source="198.51.100.1")
    assert reason(reserve(ledger, source="192.0.2.99")) is Reason.ACCOUNT, "whose logins forgive only himself"


def test_his_own_failures_are_forgotten_with_his_success(ledger: Ledger) -> None:
    for _ in range(20):
        fail(ledger)
        succeed(ledger)
    fail(ledger, source="192.0.2.2")
    assert isinstance(reserve(ledger, source="192.0.2.3"), Go), "the account has one failure"


def test_a_namesake_in_another_realm_has_nothing_forgotten_and_is_not_known_here(ledger: Ledger, clock: Clock) -> None:
    """Or a guesser who bears the name himself somewhere else would begin anew as often as he likes."""

    def attempt(realm: str) -> Go | Wait | Stop:
        return ledger.reserve(ledger.subject("alice", "192.0.2.1", realm), LIMITS)

    guesses = 0
    for _ in range(10):
        own = attempt("accounts:partners")
        if isinstance(own, Go):
            ledger.succeed(own, LIMITS)
        guess = attempt("accounts:people")
        if isinstance(guess, Go):
            assert not guess.known
            ledger.fail(guess, LIMITS)
            guesses += 1
        clock.move(120)
    assert guesses == 2
    assert isinstance(attempt("accounts:partners"), Go), "who has failed nowhere himself goes on where he is known"


def test_a_namesake_does_not_take_a_sprayed_account_out_of_the_count(ledger: Ledger) -> None:
    spray(ledger, range(10))
    ledger.withdraw(let_through(ledger, "user3", "192.0.2.9"), LIMITS)
    namesake = ledger.reserve(ledger.subject("user3", "192.0.2.9", "pool:other"), LIMITS)
    assert isinstance(namesake, Go)
    ledger.succeed(Go(ledger.subject("user3", "192.0.2.1", "pool:other"), namesake.moment, known=True), LIMITS)
    assert reason(reserve(ledger, "user99")) is Reason.SPRAYING


def test_a_known_pair_is_stopped_below_the_domains_threshold_too(ledger: Ledger, clock: Clock) -> None:
    succeed(ledger)
    for _ in range(3):
        fail(ledger)
        clock.move(300)
    assert reason(reserve(ledger)) is Reason.ACCOUNT


def test_nobody_stays_known_for_ever(ledger: Ledger, clock: Clock) -> None:
    succeed(ledger)
    clock.move(31 * 86400)
    assert not let_through(ledger).known


def test_an_attempt_that_nobody_judged_counts_for_nothing(ledger: Ledger) -> None:
    for _ in range(20):
        ledger.withdraw(let_through(ledger), LIMITS)
    assert ledger.account_now(ledger.account_key("alice"), LIMITS) is None, "and leaves nothing behind"


def test_an_attempt_whose_worker_died_counts_as_a_failure(ledger: Ledger, clock: Clock) -> None:
    let_through(ledger, source="192.0.2.1")
    let_through(ledger, source="192.0.2.2")
    clock.move(61)
    assert reason(reserve(ledger, source="192.0.2.3")) is Reason.ACCOUNT


def test_a_late_failure_counts_once_and_a_late_success_too(ledger: Ledger, clock: Clock) -> None:
    attempt = let_through(ledger)
    ledger.withdraw(attempt, LIMITS)
    ledger.fail(attempt, LIMITS)
    assert (record := ledger.account_now(attempt.subject.account, LIMITS)) is not None
    assert record.failures == 1
    ledger.succeed(attempt, LIMITS)
    assert ledger.account_now(attempt.subject.account, LIMITS) is None


# One pair


def test_a_pair_pauses_for_longer_each_time(ledger: Ledger, clock: Clock) -> None:
    limits = Limits.of(Shield(lockout_threshold=100))
    pauses = []
    for _ in range(6):
        fail(ledger, limits=limits)
        answer = reserve(ledger, limits=limits)
        if isinstance(answer, Go):
            ledger.withdraw(answer, limits)
            pauses.append(0)
        else:
            assert isinstance(answer, Stop)
            assert answer.reason is Reason.PAIR
            pauses.append(answer.span // SECOND)
            clock.move(answer.span / SECOND)
    assert pauses == [0, 60, 120, 240, 480, 960]


def test_a_pause_is_one_pairs_alone(ledger: Ledger) -> None:
    limits = Limits.of(Shield(lockout_threshold=100))
    fail(ledger, limits=limits)
    fail(ledger, limits=limits)
    assert reason(reserve(ledger, limits=limits)) is Reason.PAIR
    assert isinstance(reserve(ledger, account="bob", limits=limits), Go)
    assert isinstance(reserve(ledger, source="192.0.2.2", limits=limits), Go)


def test_a_burst_of_one_pair_goes_through_in_twos(ledger: Ledger) -> None:
    limits = Limits.of(Shield(lockout_threshold=100))
    one, two = let_through(ledger, limits=limits), let_through(ledger, limits=limits)
    assert isinstance(reserve(ledger, limits=limits), Wait)
    ledger.fail(one, limits)
    assert isinstance(reserve(ledger, limits=limits), Wait), "the other may bring the pause"
    ledger.fail(two, limits)
    assert reason(reserve(ledger, limits=limits)) is Reason.PAIR


# One source


def spray(ledger: Ledger, accounts: range, source: str = "192.0.2.1") -> list[Go | Wait | Stop]:
    answers = []
    for number in accounts:
        answer = reserve(ledger, f"user{number}", source)
        if isinstance(answer, Go):
            ledger.fail(answer, LIMITS)
        answers.append(answer)
    return answers


def test_spraying_is_seen_and_stopped_for_strangers_alone(ledger: Ledger, clock: Clock) -> None:
    succeed(ledger, "alice", "192.0.2.1")
    answers = spray(ledger, range(100))
    assert [type(answer) for answer in answers[:10]] == [Go] * 10
    assert {reason(answer) for answer in answers[10:]} == {Reason.SPRAYING}
    assert isinstance(reserve(ledger, "alice", "192.0.2.1"), Go), "who is known there goes on"
    assert isinstance(reserve(ledger, "user50", "192.0.2.2"), Go), "and so does everybody elsewhere"
    clock.move(1801)
    assert isinstance(reserve(ledger, "user99", "192.0.2.1"), Go)


def test_spraying_that_is_seen_with_an_attempt_is_noted_once(ledger: Ledger) -> None:
    seen = [ledger.fail(let_through(ledger, f"user{number}"), LIMITS).sprayed for number in range(10)]
    assert seen == [False] * 9 + [True]


def test_a_burst_of_spraying_is_no_wider_than_the_limit(ledger: Ledger) -> None:
    answers = [reserve(ledger, f"user{number}") for number in range(100)]
    assert [type(answer) for answer in answers] == [Go] * 10 + [Wait] * 90


def test_requests_that_a_server_holds_keep_other_strangers_out_for_a_second_at_most(
    ledger: Ledger, clock: Clock
) -> None:
    for number in range(10):
        let_through(ledger, f"phone{number}")
    assert isinstance(reserve(ledger, "phone11"), Wait)
    clock.move(1)
    assert isinstance(reserve(ledger, "phone11"), Go)


def test_an_office_whose_people_mistype_and_get_in_is_no_sprayer(ledger: Ledger) -> None:
    for number in range(100):
        fail(ledger, f"user{number}")
        succeed(ledger, f"user{number}")
    assert isinstance(reserve(ledger, "somebody-else"), Go)


def test_a_source_that_fails_too_often_is_closed_to_strangers(ledger: Ledger, clock: Clock) -> None:
    limits = Limits.of(Shield(source_failures=6, lockout_threshold=100, sprayed_accounts=32))
    for number in range(6):
        fail(ledger, f"user{number % 3}", limits=limits)
    assert reason(reserve(ledger, "alice", limits=limits)) is Reason.SOURCE
    clock.move(3600)
    assert isinstance(reserve(ledger, "alice", limits=limits), Go)


def test_failures_of_nobody_in_particular_count_for_their_source(ledger: Ledger) -> None:
    for _ in range(50):
        ledger.blame_source("192.0.2.1", LIMITS)
    assert reason(reserve(ledger)) is Reason.SOURCE


def test_a_place_in_which_nobody_ever_logged_in_is_closed_to_the_nameless_too(ledger: Ledger, clock: Clock) -> None:
    for _ in range(49):
        ledger.blame_source("192.0.2.1", LIMITS)
    assert ledger.judge_source("192.0.2.1", LIMITS) is None
    ledger.blame_source("192.0.2.1", LIMITS)
    assert (stop := ledger.judge_source("192.0.2.1", LIMITS)) is not None
    assert stop.reason is Reason.SOURCE
    assert ledger.judge_source("192.0.2.2", LIMITS) is None
    clock.move(3600)
    assert ledger.judge_source("192.0.2.1", LIMITS) is None


def test_an_office_whose_server_fails_everybody_is_not_closed_to_the_nameless(ledger: Ledger, clock: Clock) -> None:
    """They may be those who have logged in there: a first leg of a login has no name in it."""
    succeed(ledger)
    for _ in range(100):
        ledger.blame_source("192.0.2.1", LIMITS)
    assert ledger.judge_source("192.0.2.1", LIMITS) is None
    assert reason(reserve(ledger, "stranger")) is Reason.SOURCE
    clock.move(31 * 86400)
    for _ in range(100):
        ledger.blame_source("192.0.2.1", LIMITS)
    assert ledger.judge_source("192.0.2.1", LIMITS) is not None


# A network


def test_a_network_has_no_more_failures_than_a_few_of_its_places(ledger: Ledger, clock: Clock) -> None:
    """Whoever has a /48 has 65,536 places."""
    limits = Limits.of(Shield(lockout_threshold=100, source_failures=6, sprayed_accounts=32))
    through = 0
    for number in range(100):
        answer = reserve(ledger, f"user{number % 20}", f"2001:db8:1:{number:x}::/64", limits)
        if isinstance(answer, Go):
            ledger.fail(answer, limits)
            through += 1
    assert through == 4 * 6
    assert isinstance(reserve(ledger, "bob", "2001:db8:2:1::/64", limits), Go), "another network"
    clock.move(3600)
    assert isinstance(reserve(ledger, "bob", "2001:db8:1:1::/64", limits), Go)


def test_who_is_known_goes_on_in_a_network_that_is_closed_to_strangers(ledger: Ledger) -> None:
    """A carrier gives a /64 to each phone, and many phones have one /48."""
    succeed(ledger, "alice", "2001:db8:1:ffff::/64")
    for number in range(100):
        spray(ledger, range(10 * number, 10 * number + 9), f"2001:db8:1:{number:x}::/64")
    assert reason(reserve(ledger, "bob", "2001:db8:1:fffe::/64")) is Reason.SPRAYING
    assert isinstance(reserve(ledger, "alice", "2001:db8:1:ffff::/64"), Go)


# Want of room


def test_strangers_are_refused_rather_than_an_accounts_failures_forgotten(clock: Clock) -> None:
    ledger = Ledger(accounts=8, pairs=1024, sources=1024, clock=clock)
    for number in range(8):
        fail(ledger, f"user{number}", f"192.0.2.{number}")
    assert reason(reserve(ledger, "user9", "192.0.2.9")) is Reason.FULL
    assert (record := ledger.account_now(ledger.account_key("user3"), LIMITS)) is not None
    assert record.failures == 1
    clock.move(1800)
    assert isinstance(reserve(ledger, "user9", "192.0.2.9"), Go), "what is over makes room"
    ledger.close()


def test_known_pairs_outlast_strangers_and_find_room(clock: Clock) -> None:
    ledger = Ledger(accounts=1024, pairs=8, sources=1024, clock=clock)
    succeed(ledger, "alice", "198.51.100.1")
    for number in range(100):
        clock.move(1)
        fail(ledger, f"user{number}", f"192.0.2.{number}")
    assert let_through(ledger, "alice", "198.51.100.1").known
    ledger.close()


# An administrator


def test_clearing_an_account_lets_everybody_try_it_again(ledger: Ledger) -> None:
    succeed(ledger, "alice", "198.51.100.1")
    fail(ledger, source="192.0.2.1")
    fail(ledger, source="192.0.2.1")
    fail(ledger, "bob", "192.0.2.1")
    assert ledger.clear(LIMITS, account=ledger.account_key("alice")) == 2, "the account, and its pair"
    assert isinstance(reserve(ledger, source="192.0.2.1"), Go)
    assert let_through(ledger, "alice", "198.51.100.1").known
    assert (record := ledger.account_now(ledger.account_key("bob"), LIMITS)) is not None
    assert record.failures == 1


def test_clearing_a_source_ends_its_spraying_and_its_pauses(ledger: Ledger) -> None:
    spray(ledger, range(20))
    ledger.clear(LIMITS, source=ledger.source_key("192.0.2.1"))
    assert isinstance(reserve(ledger, "user99"), Go)


def test_clearing_everything_leaves_who_is_known(ledger: Ledger) -> None:
    succeed(ledger, "alice", "198.51.100.1")
    spray(ledger, range(20))
    assert ledger.clear(LIMITS) == 10 + 10 + 1
    assert [type(answer) for answer in spray(ledger, range(10))] == [Go] * 10
    assert let_through(ledger, "alice", "198.51.100.1").known


# Many processes


def attack(ledger: Ledger, times: int) -> int:
    """How many wrong passwords came through."""
    through = 0
    for number in range(times):
        answer = reserve(ledger, source=f"192.0.2.{number}")
        if isinstance(answer, Go):
            through += 1
            ledger.fail(answer, LIMITS)
    return through


def test_many_processes_let_no_more_through_than_one() -> None:
    ledger = Ledger(accounts=1024, pairs=1024, sources=1024)
    reader, writer = os.pipe()
    workers = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            os.write(writer, bytes([attack(ledger, 200)]))
            os._exit(0)
        workers.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in workers] == [0] * 4
    assert sum(os.read(reader, 4)) == LIMITS.strangers
    ledger.close()


def test_a_process_that_is_killed_in_the_middle_leaves_a_ledger_that_works() -> None:
    ledger = Ledger(accounts=1024, pairs=1024, sources=1024)
    for _ in range(20):
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            attack(ledger, 20)
            os.write(writer, b"x")
            while True:
                attack(ledger, 200)
        os.read(reader, 1)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)
    assert isinstance(reserve(ledger, source="203.0.113.1"), Stop)
    assert isinstance(reserve(ledger, account="bob", source="203.0.113.1"), Go)
    ledger.close()


# Everything that can happen


@dataclass
class Domain:
    """Active Directory's own count: one more with each wrong password; nothing after a right one, or its window."""

    window: int
    count: int = 0
    last: int = 0

    def judge(self, now: int, right: bool) -> None:
        if now - self.last >= self.window:
            self.count = 0
        if right:
            self.count = 0
        else:
            self.count += 1
            self.last = now


STEP = st.sampled_from([0.0, 0.001, 0.4, 1.0, 15.0, 61.0, 600.0, 1799.0, 1801.0])
ACTION = st.tuples(st.integers(0, 5), st.sampled_from(["try", "try", "try", "fail", "succeed", "leave"]), STEP)


@settings(max_examples=300)
@given(st.integers(2, 12), st.lists(ACTION, max_size=120))
def test_the_domain_never_locks_the_account(threshold: int, actions: list[tuple[int, str, float]]) -> None:
    """Whoever tries from wherever, in whatever order outcomes come, as long as the worker that waits for them lives."""
    clock = Clock()
    limits = Limits.of(Shield(lockout_threshold=threshold))
    ledger = Ledger(accounts=64, pairs=64, sources=64, clock=clock)
    domain = Domain(limits.window)
    on_their_way: list[Go] = []
    for place, action, seconds in actions:
        if action == "try":
            answer = reserve(ledger, source=f"192.0.2.{place}", limits=limits)
            if isinstance(answer, Go):
                on_their_way.append(answer)
            continue
        if on_their_way:
            attempt = on_their_way.pop(place % len(on_their_way))
            # Somebody leaves: a wrong password all the same, for all that anybody knows.
            domain.judge(clock.now, action == "succeed")
            if action == "succeed":
                ledger.succeed(attempt, limits)
            else:
                ledger.fail(attempt, limits)
        assert domain.count < threshold
        if not on_their_way or seconds < 20:
            clock.move(seconds)
        if any(clock.now - each.moment > 55 * SECOND for each in on_their_way):
            for each in on_their_way:
                domain.judge(clock.now, right=False)
                ledger.fail(each, limits)
            on_their_way.clear()
        assert domain.count < threshold
    ledger.close()


@dataclass
class Plain:
    """The same rules over plain dicts that nothing is ever evicted from, for limits of accounts, pairs and spraying."""

    limits: Limits
    failures: dict[str, list[str]] = field(default_factory=dict)
    """Of each account, from where."""
    last: dict[str, int] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    in_row: dict[tuple[str, str], int] = field(default_factory=dict)
    last_of: dict[tuple[str, str], int] = field(default_factory=dict)
    failed_at: dict[str, dict[str, int]] = field(default_factory=dict)

    def _of(self, account: str, now: int) -> list[str]:
        if now - self.last.get(account, 0) >= self.limits.window:
            self.failures[account] = []
        return self.failures.setdefault(account, [])

    def allows(self, account: str, source: str, now: int) -> Reason | None:
        pair = account, source
        if now - self.last_of.get(pair, 0) >= self.limits.pair_memory:
            self.in_row[pair] = 0
        if now < self.last_of.get(pair, 0) + self.limits.pause_after(self.in_row.get(pair, 0)):
            return Reason.PAIR
        most = self.limits.familiar if pair in self.known else self.limits.strangers
        if len(self._of(account, now)) >= most:
            return Reason.ACCOUNT
        second = now // SECOND
        lately = [at for at in self.failed_at.get(source, {}).values() if at > (now - self.limits.window) // SECOND]
        assert all(at <= second for at in lately)
        return Reason.SPRAYING if pair not in self.known and len(lately) >= self.limits.sprayed_accounts else None

    def fail(self, account: str, source: str, now: int) -> None:
        pair = account, source
        self._of(account, now).append(source)
        self.last[account] = self.last_of[pair] = now
        self.in_row[pair] = self.in_row.get(pair, 0) + 1
        if pair not in self.known:
            self.failed_at.setdefault(source, {})[account] = now // SECOND

    def succeed(self, account: str, source: str, now: int) -> None:
        self.failures[account] = [where for where in self._of(account, now) if where != source]
        self.known.add((account, source))
        self.in_row[account, source] = 0
        if not self.failures[account]:
            self.failed_at.get(source, {}).pop(account, None)


NAME = st.sampled_from([f"user{number}" for number in range(6)])
PLACE = st.sampled_from(["192.0.2.1", "192.0.2.2", "198.51.100.1"])
LATER = st.sampled_from([0.0, 0.5, 30.0, 60.0, 120.0, 900.0, 1800.0, 4000.0, 8000.0])


@settings(max_examples=300)
@given(st.lists(st.tuples(NAME, PLACE, st.booleans(), LATER), max_size=100))
def test_it_agrees_with_plain_dicts(attempts: list[tuple[str, str, bool, float]]) -> None:
    clock = Clock()
    limits = Limits.of(Shield(lockout_threshold=8, sprayed_accounts=3, source_failures=10_000))
    ledger, plain = Ledger(accounts=256, pairs=256, sources=64, clock=clock), Plain(limits)
    for account, source, right, seconds in attempts:
        answer = reserve(ledger, account, source, limits)
        assert (answer.reason if isinstance(answer, Stop) else None) == plain.allows(account, source, clock.now)
        assert not isinstance(answer, Wait), "nothing else is on its way"
        if isinstance(answer, Go):
            judge: Callable[[Go, Limits], object] = ledger.succeed if right else ledger.fail
            judge(answer, limits)
            (plain.succeed if right else plain.fail)(account, source, clock.now)
        clock.move(seconds)
    ledger.close()

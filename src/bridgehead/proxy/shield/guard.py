"""The worker's side: attempts ask here before they go inside, and tell here what became of them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.shield.judgement import Stop, Wait
from bridgehead.proxy.shield.lists import Lists, Standing
from bridgehead.proxy.shield.names import UNREADABLE, account_of, shown, source_of
from bridgehead.proxy.shield.policy import SECOND, Limits, Reason, seconds_of

if TYPE_CHECKING:
    import asyncio
    from collections import Counter
    from collections.abc import Callable

    from bridgehead.proxy.access_log import AccessLog
    from bridgehead.proxy.reports import Reports
    from bridgehead.proxy.shield.ledger import Go, Ledger, Subject
    from bridgehead.spec import Shield

PATIENCE = 10 * SECOND
"""Longest wait for the outcome of others."""
MOST_WAITING = 1024
"""Attempts of one worker that wait."""
FIRST_LOOK_SECONDS = 0.005
LONGEST_LOOK_SECONDS = 0.25
_CROWDED_SPAN = 5 * SECOND


class Refused(NamedTuple):
    """An attempt that does not go inside."""

    refusal: Refusal
    retry_after: int
    """Seconds."""
    detail: str
    """For the log."""


class Who(NamedTuple):
    """Whose attempt it is, each in its one spelling."""

    account: str
    source: str
    realm: str


class Attempt:
    """A login on its way. Exactly one of its ends is told; a later one corrects the one before."""

    __slots__ = ("_failed", "_go", "_guard", "known", "who")

    def __init__(self, guard: Guard, go: Go, who: Who) -> None:
        self._guard = guard
        self._go = go
        self._failed = False
        self.who = who
        self.known = go.known
        """The account had logged in from there before."""

    def failed(self) -> None:
        """The password was wrong, or may have been."""
        if not self._failed:
            self._failed = True
            self._guard.note_failure(self._go, self.who)

    def succeeded(self) -> None:
        """The account's owner has proven who he is."""
        if self.who.account == UNREADABLE:
            self.withdrawn()  # nobody owns it, so nobody's failures are forgotten
        else:
            self._guard.note_success(self._go)

    def withdrawn(self) -> None:
        """Nobody has judged it."""
        if not self._failed:
            self._guard.note_withdrawal(self._go)


class _Waiting(NamedTuple):
    subject: Subject
    who: Who
    since: int
    proceed: Callable[[Attempt | None], None]
    refuse: Callable[[Refused], None]
    is_wanted: Callable[[], bool]


class Guard:
    """One worker's. Never blocks, but for the moment in which another process holds a record."""

    def __init__(
        self,
        ledger: Ledger,
        loop: asyncio.AbstractEventLoop,
        counters: Counter[str],
        log: AccessLog,
        reports: Reports,
    ) -> None:
        self._ledger = ledger
        self._loop = loop
        self._counters = counters
        self._log = log
        self._reports = reports
        self._queues: dict[bytes, deque[_Waiting]] = {}
        """By pair: each is served in its order."""
        self._count_of_waiting = 0
        self.enabled = False

    def adopt(self, shield: Shield) -> None:
        """Go by these numbers and lists from now on. What is counted stays."""
        self.enabled = shield.enabled
        self.limits = Limits.of(shield)
        self._lists = Lists(shield)

    # Before an attempt goes inside

    def reserve(
        self,
        user: str,
        address: str,
        proceed: Callable[[Attempt | None], None],
        refuse: Callable[[Refused], None],
        is_wanted: Callable[[], bool],
        *,
        realm: str,
    ) -> None:
        """Ask whether a login of `user`, as the client wrote the name, from `address` may be tried.

        `realm` is who judges the password: `accounts:` and the name of a source, or `pool:` and that of a site's pool.
        Calls `proceed` or `refuse` once, now or after a wait of at most ten seconds; neither where `is_wanted` says
        meanwhile that nobody waits any more. `proceed` gets None where it is not counted; else one of the attempt's
        ends must be told.
        """
        account, source = account_of(user), source_of(address)
        standing = self._lists.standing(account, address) if self.enabled else Standing.ALLOWED
        if standing is Standing.BLOCKED:
            self._counters["shield:blocked"] += 1
            refuse(Refused(Refusal.LOGIN_BLOCKED, 0, f"login of {shown(account)}: blocked"))
        elif standing is Standing.ALLOWED or not account:
            proceed(None)
        else:
            subject = self._ledger.subject(account, source, realm)
            who = Who(account, source, realm)
            waiting = _Waiting(subject, who, self._ledger.now(), proceed, refuse, is_wanted)
            if subject.pair in self._queues or not self._try(waiting):
                self._queue(waiting)

    def _try(self, waiting: _Waiting) -> bool:
        """Whether it is decided."""
        answer = self._ledger.reserve(waiting.subject, self.limits)
        if isinstance(answer, Wait):
            return False
        if isinstance(answer, Stop):
            self._stop(waiting, answer)
        else:
            waiting.proceed(Attempt(self, answer, waiting.who))
        return True

    def _stop(self, waiting: _Waiting, stop: Stop) -> None:
        waiting.refuse(self._refused(stop, f"login of {shown(waiting.who.account)}"))

    def _refused(self, stop: Stop, what: str) -> Refused:
        self._counters[f"shield:refused-{stop.reason.value}"] += 1
        return Refused(Refusal.LOGIN_PAUSED, seconds_of(stop.span), f"{what}: {stop.reason.value}")

    # Waiting

    def _queue(self, waiting: _Waiting) -> None:
        if self._count_of_waiting >= MOST_WAITING:
            self._stop(waiting, Stop(Reason.CROWDED, _CROWDED_SPAN))
            return
        self._counters["shield:waited"] += 1
        self._count_of_waiting += 1
        pair = waiting.subject.pair
        if pair in self._queues:
            self._queues[pair].append(waiting)
        else:
            self._queues[pair] = deque((waiting,))
            self._loop.call_later(FIRST_LOOK_SECONDS, self._look_again, pair, FIRST_LOOK_SECONDS)

    def _look_again(self, pair: bytes, after: float) -> None:
        """Serve one pair's queue as far as it goes. More seldom each time in which it does not."""
        queue = self._queues[pair]
        before = len(queue)
        try:
            self._serve(queue)
        finally:
            if queue:
                after = FIRST_LOOK_SECONDS if len(queue) < before else min(after * 1.5, LONGEST_LOOK_SECONDS)
                self._loop.call_later(after, self._look_again, pair, after)
            else:
                del self._queues[pair]

    def _serve(self, queue: deque[_Waiting]) -> None:
        while queue:
            first = queue.popleft()
            self._count_of_waiting -= 1
            if not first.is_wanted():
                continue
            if self._ledger.now() - first.since > PATIENCE:
                self._stop(first, Stop(Reason.CROWDED, _CROWDED_SPAN))
            elif not self._try(first):
                self._count_of_waiting += 1
                queue.appendleft(first)
                return

    # After

    def note_failure(self, go: Go, who: Who) -> None:
        """Of `Attempt` alone."""
        noted = self._ledger.fail(go, self.limits)
        self._counters["shield:failed"] += 1
        account, source = shown(who.account), who.source
        self._reports.add("shield", **who._asdict())
        for what, so_it_is in (("account-closed", noted.closed), ("pause", noted.pause), ("spraying", noted.sprayed)):
            if so_it_is:
                self._counters[f"shield:{what}"] += 1
                self._log.note("shield", what=what, account=account, client=source, failures=noted.failures)

    def note_success(self, go: Go) -> None:
        """Of `Attempt` alone."""
        self._ledger.succeed(go, self.limits)
        self._counters["shield:succeeded"] += 1

    def note_withdrawal(self, go: Go) -> None:
        """Of `Attempt` alone."""
        self._ledger.withdraw(go, self.limits)

    # Without a name

    def objection_to_nameless(self, address: str) -> Refused | None:
        """Why an attempt that names nobody does not go inside from there."""
        if not self.enabled or self._lists.standing("", address) is not Standing.COUNTED:
            return None
        stop = self._ledger.judge_source(source_of(address), self.limits)
        return None if stop is None else self._refused(stop, "login of nobody named")

    def blame(self, address: str) -> None:
        """Something failed that names nobody: it counts for where it came from."""
        if self.enabled and self._lists.standing("", address) is Standing.COUNTED:
            self._ledger.blame_source(source_of(address), self.limits)
            self._counters["shield:failed"] += 1

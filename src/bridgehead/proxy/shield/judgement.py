"""What the records of an account, a source and both say of an attempt, and what its outcome does to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bridgehead.proxy.shield.policy import BEFORE_A_PAUSE, MOST_FROM_A_SOURCE, MOST_ON_THEIR_WAY, Limits, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.proxy.shield.records import AccountRecord, PairRecord, SourceRecord


class Wait(NamedTuple):
    """Others are on their way whose outcome decides."""


class Stop(NamedTuple):
    """It must not go inside."""

    reason: Reason
    span: int
    """For how long, in nanoseconds."""


class Noted(NamedTuple):
    """What a failure has led to."""

    failures: int
    """Of the account."""
    pause: int = 0
    """Of the pair, in nanoseconds."""
    closed: bool = False
    """With this failure the account has reached the limit of strangers."""
    sprayed: bool = False
    """With this failure the source has reached its limit of accounts."""


@dataclass
class Case:
    """One attempt: what is remembered of it and its like, decayed to `now`."""

    account: AccountRecord
    pair: PairRecord
    places: tuple[tuple[SourceRecord, Limits], ...]
    """Where it comes from, and the network around that, each with its limits."""
    tag: int
    """The account, as its source's record remembers it."""
    limits: Limits
    now: int

    @property
    def is_known(self) -> bool:
        """Whether the account has logged in from there before."""
        return self.pair.last_success > 0

    # Before

    def judge(self) -> Wait | Stop | None:
        """None where it may go inside."""
        return self._objection() or (Wait() if self._must_wait() else None)

    def _objection(self) -> Stop | None:
        account, pair, limits = self.account, self.pair, self.limits
        pause = pair.last_failure + limits.pause_after(pair.in_row) - self.now
        if pause > 0:
            return Stop(Reason.PAIR, pause)
        if account.failures >= (limits.familiar if self.is_known else limits.strangers):
            return Stop(Reason.ACCOUNT, account.last_failure + limits.window - self.now)
        # Somebody else's failures at the same address keep nobody out who has logged in there.
        return None if self.is_known else objection_to(self.places, self.now)

    def _must_wait(self) -> bool:
        account, pair, limits = self.account, self.pair, self.limits
        open_here = len(account.on_their_way)
        if open_here >= MOST_ON_THEIR_WAY or len(pair.on_their_way) >= max(1, BEFORE_A_PAUSE - pair.in_row):
            return True
        if account.failures + open_here >= (limits.familiar if self.is_known else limits.strangers):
            return True
        if self.is_known:
            return False
        return any(
            len(place.on_their_way) >= min(max(1, its.sprayed_accounts - len(place.failed)), MOST_FROM_A_SOURCE)
            for place, its in self.places
        )

    def let_through(self) -> int:
        """Enter it as one whose outcome is open. The moment by which it is found again."""
        moment = self.now
        taken = {taken for record in self._records for taken in record.on_their_way}
        while moment in taken:
            moment += 1
        self.account.on_their_way.append(moment)
        self.pair.on_their_way.append(moment)
        if not self.is_known:
            for place, _ in self.places:
                place.on_their_way.append(moment)
        return moment

    @property
    def _records(self) -> tuple[AccountRecord | PairRecord | SourceRecord, ...]:
        return (self.account, self.pair, *(place for place, _ in self.places))

    # After

    def fail(self, moment: int) -> Noted:
        """It was a wrong password, as far as anybody can tell."""
        self.withdraw(moment)
        account, pair, limits = self.account, self.pair, self.limits
        account.fail(self.now)
        pair.fail(self.now, account)
        sprayed = False
        for place, its in self.places:
            before = len(place.failed)
            place.fail(self.now, 0 if self.is_known else self.tag)
            sprayed = sprayed or before < its.sprayed_accounts <= len(place.failed)
        return Noted(
            failures=account.failures,
            pause=limits.pause_after(pair.in_row),
            closed=account.failures == limits.strangers,
            sprayed=sprayed,
        )

    def succeed(self, moment: int) -> None:
        """The pair is known from now on, and its own failures are forgotten.

        Not those of others: who guesses between two logins of the account's owner must not start afresh with each,
        nor who guesses at somebody whose name he bears himself in another realm.
        """
        self.withdraw(moment)
        share = self.pair.share_in(self.account)
        self.account.give_back(share)
        self.pair.succeed(self.now)
        for place, _ in self.places:
            place.give_back(share)
            place.last_success = self.now
            if not self.account.failures:
                place.failed.pop(self.tag, None)

    def withdraw(self, moment: int) -> None:
        """Its outcome is open no longer."""
        for record in self._records:
            if moment in record.on_their_way:
                record.on_their_way.remove(moment)


def objection_to(places: Iterable[tuple[SourceRecord, Limits]], now: int) -> Stop | None:
    """Why strangers from a place, or from the network around it, do not go inside."""
    for place, limits in places:
        if len(place.failed) >= limits.sprayed_accounts:
            return Stop(Reason.SPRAYING, limits.window)
        if place.failures(now, limits) >= limits.source_failures:
            return Stop(Reason.SOURCE, limits.window)
    return None

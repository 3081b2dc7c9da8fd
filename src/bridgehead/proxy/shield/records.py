"""What is remembered of an account, of a place, and of the two together: three records of fixed size.

A record knows how it decays; nothing ever visits it for that. All moments are nanoseconds, 0 where there is none. A
record that a killed worker left half-written can hold anything: no value in it is trusted to be sensible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import ClassVar, Self

from bridgehead.proxy.shield.policy import (
    BEFORE_A_PAUSE,
    HELD_AT_A_SOURCE_FOR,
    KNOWN_FOR,
    MOST_FROM_A_SOURCE,
    MOST_ON_THEIR_WAY,
    MOST_TAGS,
    SECOND,
    UNHEARD_FOR,
    Limits,
)

KEY_BYTES = 16


@dataclass
class AccountRecord:
    """Failures of one account, from anywhere, and its attempts whose outcome is open."""

    layout: ClassVar[Struct] = Struct(f"<{KEY_BYTES}sQQQ{MOST_ON_THEIR_WAY}Q")

    key: bytes
    began: int = 0
    """When the count last rose from nothing: what pairs say their share is of."""
    last_failure: int = 0
    failures: int = 0
    on_their_way: list[int] = field(default_factory=list)
    """When each was let through; each moment stands there once."""

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From its bytes."""
        key, began, last_failure, failures, *moments = cls.layout.unpack(data)
        return cls(key, began, last_failure, failures, [moment for moment in moments if moment])

    def written(self) -> bytes:
        """As bytes."""
        padded = _padded(self.on_their_way, MOST_ON_THEIR_WAY)
        return self.layout.pack(self.key, self.began, self.last_failure, self.failures, *padded)

    def decay(self, now: int, limits: Limits) -> None:
        """Forget as the domain does: everything, after a whole window without a failure, and nothing before."""
        for moment in [one for one in self.on_their_way if not _is_open(one, now, UNHEARD_FOR)]:
            self.on_their_way.remove(moment)
            missed = min(moment + UNHEARD_FOR, now)
            self._forget(missed, limits)
            self.fail(missed)
        self.last_failure = min(self.last_failure, now)
        self._forget(now, limits)

    def _forget(self, now: int, limits: Limits) -> None:
        if now - self.last_failure >= limits.window:
            self.failures = self.began = 0

    def fail(self, now: int) -> None:
        """Count one failure."""
        if not self.failures:
            self.began = now
        self.failures = min(self.failures + 1, 1_000_000)
        self.last_failure = max(self.last_failure, now)

    def give_back(self, share: int) -> None:
        """Forget failures of somebody who has logged in."""
        self.failures = max(0, self.failures - share)
        if not self.failures:
            self.began = 0

    def clear(self) -> bool:
        """Forget its failures. Whether there were any."""
        had = self.failures > 0
        self.failures = self.began = 0
        return had

    def is_void(self) -> bool:
        """Whether nothing would be lost with it. Decayed before."""
        return not (self.failures or self.on_their_way)

    def worth(self) -> tuple[int, int]:
        """Which of several goes first where one has to: the least."""
        return self.failures, self.last_failure


@dataclass
class PairRecord:
    """One account at one place, in one realm: who is known in one has proven nothing in another."""

    layout: ClassVar[Struct] = Struct(f"<{KEY_BYTES}s8s8sQQQQQ{BEFORE_A_PAUSE}Q")

    key: bytes
    account: bytes = bytes(8)
    source: bytes = bytes(8)
    """How its account's and its source's keys begin: an administrator clears by either."""
    last_success: int = 0
    last_failure: int = 0
    in_row: int = 0
    """Failures since the last success."""
    share_of: int = 0
    share: int = 0
    """How many of the account's failures are its own, in the count that began then."""
    on_their_way: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From its bytes."""
        key, account, source, success, failure, in_row, share_of, share, *moments = cls.layout.unpack(data)
        open_ones = [moment for moment in moments if moment]
        return cls(key, account, source, success, failure, in_row, share_of, share, open_ones)

    def written(self) -> bytes:
        """As bytes."""
        numbers = (self.last_success, self.last_failure, self.in_row, self.share_of, self.share)
        padded = _padded(self.on_their_way, BEFORE_A_PAUSE)
        return self.layout.pack(self.key, self.account, self.source, *numbers, *padded)

    def decay(self, now: int, limits: Limits) -> None:
        """Forget what is too old."""
        self.on_their_way = [moment for moment in self.on_their_way if _is_open(moment, now, UNHEARD_FOR)]
        if self.last_success and not 0 <= now - self.last_success < KNOWN_FOR:
            self.last_success = 0
        self.last_failure = min(self.last_failure, now)
        if now - self.last_failure >= limits.pair_memory:
            self.in_row = self.share = 0

    def fail(self, now: int, account: AccountRecord) -> None:
        """Count one failure, which the account has counted already."""
        self.in_row = min(self.in_row + 1, 1_000_000)
        self.last_failure = now
        if self.share_of != account.began:
            self.share_of, self.share = account.began, 0
        self.share += 1

    def share_in(self, account: AccountRecord) -> int:
        """How many of the account's failures are its own."""
        return self.share if self.share_of == account.began else 0

    def succeed(self, now: int) -> None:
        """It is known from now on, and starts afresh."""
        self.last_success = now
        self.in_row = self.share = 0

    def clear(self) -> bool:
        """Forget its failures. Whether there were any."""
        had = self.in_row > 0
        self.in_row = self.share = 0
        return had

    def is_void(self) -> bool:
        """Whether nothing would be lost with it. Decayed before."""
        return not (self.last_success or self.in_row or self.on_their_way)

    def worth(self) -> tuple[int, int]:
        """Which of several goes first where one has to: a stranger, the one that has been silent for longest."""
        return int(bool(self.last_success)), max(self.last_success, self.last_failure)


@dataclass
class SourceRecord:
    """Failures from one place, and which accounts they were of."""

    layout: ClassVar[Struct] = Struct(f"<{KEY_BYTES}sQQQQQ{MOST_FROM_A_SOURCE}Q{2 * MOST_TAGS}I")

    key: bytes
    last_success: int = 0
    """When somebody, whoever it was, logged in from there."""
    last_failure: int = 0
    period: int = 0
    """Which window, counted from the clock's beginning, the current count is of."""
    current: int = 0
    previous: int = 0
    on_their_way: list[int] = field(default_factory=list)
    """Attempts of strangers alone."""
    failed: dict[int, int] = field(default_factory=dict)
    """When each account last failed, in seconds; accounts by a part of their keys."""

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From its bytes."""
        key, success, last_failure, period, current, previous, *rest = cls.layout.unpack(data)
        moments, tags = rest[:MOST_FROM_A_SOURCE], rest[MOST_FROM_A_SOURCE:]
        failed = {tag: second for tag, second in zip(tags[::2], tags[1::2], strict=True) if tag}
        open_ones = [moment for moment in moments if moment]
        return cls(key, success, last_failure, period, current, previous, open_ones, failed)

    def written(self) -> bytes:
        """As bytes."""
        moments = _padded(self.on_their_way, MOST_FROM_A_SOURCE)
        tags = _padded([number for pair in self.failed.items() for number in pair], 2 * MOST_TAGS)
        counts = (self.last_success, self.last_failure, self.period, self.current, self.previous)
        return self.layout.pack(self.key, *counts, *moments, *tags)

    def decay(self, now: int, limits: Limits) -> None:
        """Forget what lies more than a window back; of the count, a part that grows with time."""
        self.on_their_way = [moment for moment in self.on_their_way if _is_open(moment, now, HELD_AT_A_SOURCE_FOR)]
        period = now // limits.window
        if period != self.period:
            self.previous = self.current if period == self.period + 1 else 0
            self.current, self.period = 0, period
        if self.last_success and not 0 <= now - self.last_success < KNOWN_FOR:
            self.last_success = 0
        self.last_failure = min(self.last_failure, now)
        oldest = (now - limits.window) // SECOND
        self.failed = {tag: second for tag, second in self.failed.items() if oldest < second <= now // SECOND + 1}

    def failures(self, now: int, limits: Limits) -> int:
        """How many within the last window: the previous one's count stands for an even flow."""
        left = limits.window - now % limits.window
        return self.current + self.previous * left // limits.window

    def fail(self, now: int, tag: int) -> None:
        """Count one failure, of an account where `tag` says of which."""
        self.current = min(self.current + 1, 1_000_000)
        self.last_failure = now
        if tag:
            if tag not in self.failed and len(self.failed) >= MOST_TAGS:
                del self.failed[min(self.failed, key=self.failed.__getitem__)]
            self.failed[tag] = now // SECOND

    def give_back(self, share: int) -> None:
        """Forget failures of somebody who has logged in."""
        self.current = max(0, self.current - share)

    def clear(self) -> bool:
        """Forget its failures. Whether there were any."""
        had = bool(self.current or self.previous or self.failed)
        self.current = self.previous = 0
        self.failed = {}
        return had

    def is_void(self) -> bool:
        """Whether nothing would be lost with it. Decayed before."""
        return not (self.last_success or self._counts)

    def worth(self) -> tuple[int, int]:
        """Which of several goes first where one has to: one without failures, one that has been silent for long."""
        return int(self._counts), max(self.last_success, self.last_failure)

    @property
    def _counts(self) -> bool:
        return bool(self.current or self.previous or self.failed or self.on_their_way)


def _is_open(moment: int, now: int, span: int) -> bool:
    """Whether an attempt's time is not over. Those of one nanosecond were told apart by adding to it."""
    return -MOST_ON_THEIR_WAY * MOST_FROM_A_SOURCE <= now - moment < span


def _padded(numbers: list[int], length: int) -> list[int]:
    return (numbers + [0] * length)[:length]

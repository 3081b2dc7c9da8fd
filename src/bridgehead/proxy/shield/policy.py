"""From an administrator's numbers to limits: how many failures come through, and how long a pause lasts. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bridgehead.spec import Shield

SECOND = 1_000_000_000
"""Moments and spans are nanoseconds of the monotonic clock, which all processes of a machine share."""

KNOWN_FOR = 30 * 86400 * SECOND
"""How long a pair of account and place is known after a login that succeeded."""
UNHEARD_FOR = 60 * SECOND
"""After so long without a word from the worker that let an attempt through, that worker is dead; it has failed."""
HELD_AT_A_SOURCE_FOR = SECOND
"""A server that refuses does so at once. Who waits for longer (phones do, for minutes) keeps no other out."""
BEFORE_A_PAUSE = 2
"""Failures in a row of one pair until its first pause. As many of its attempts are on their way at once."""
MOST_ON_THEIR_WAY = 8
"""Attempts at one account whose outcome is open. More wait."""
MOST_FROM_A_SOURCE = 16
MOST_TAGS = 32
"""Different accounts that are told apart for one source: `spec.Shield.sprayed_accounts` goes no further."""
PLACES_OF_A_NETWORK = 4
"""A network may fail so many times as often as one place in it."""


class Reason(Enum):
    """Why an attempt does not go inside: the words for logs, counters and `status`."""

    ACCOUNT = "account"
    """The account has failed too often."""
    PAIR = "pause"
    """This account at this address pauses."""
    SOURCE = "source"
    """The address has failed too often."""
    SPRAYING = "spraying"
    """Too many accounts have failed from the address."""
    FULL = "full"
    """More accounts are being guessed at than can be counted."""
    CROWDED = "crowded"
    """The outcome of earlier attempts did not come in time."""


EVENTS = (
    "failed",
    "succeeded",
    "waited",
    "blocked",
    *(f"refused-{reason.value}" for reason in Reason),
    "account-closed",
    "pause",
    "spraying",
)
"""What is counted of it."""


class Limits(NamedTuple):
    """What `spec.Shield` means in numbers of failures and nanoseconds."""

    strangers: int
    """Failures of one account after which only known pairs may try it."""
    familiar: int
    """Failures of one account after which nobody outside may."""
    window: int
    first_pause: int
    longest_pause: int
    source_failures: int
    sprayed_accounts: int

    @classmethod
    def of(cls, shield: Shield) -> Limits:
        """Below the domain's threshold by as much as it allows.

        Strangers get less than half: an account has two names (down-level and principal) that nobody outside the
        domain can relate, and guesses at both must not add up to the threshold. A known pair gets at least one more,
        so that strangers cannot keep somebody out of his own place; a user inside keeps one failure of his own where
        the threshold leaves room for it.
        """
        threshold = shield.lockout_threshold
        strangers = max(1, (threshold - 1) // 2)
        return cls(
            strangers=strangers,
            familiar=min(threshold - 1, max(strangers + 1, threshold - 2)),
            window=_span(shield.lockout_window_seconds),
            first_pause=_span(shield.pause_seconds),
            longest_pause=_span(shield.longest_pause_seconds),
            source_failures=shield.source_failures,
            sprayed_accounts=shield.sprayed_accounts,
        )

    def pause_after(self, failures_in_row: int) -> int:
        """How long a pair pauses after so many failures in a row: twice as long each time."""
        if failures_in_row < BEFORE_A_PAUSE:
            return 0
        doublings = min(failures_in_row - BEFORE_A_PAUSE, 64)
        return min(self.first_pause << doublings, self.longest_pause)

    @property
    def of_network(self) -> Limits:
        """The same for a network, in which many customers may be: a carrier's phones have a /64 each."""
        return self._replace(
            source_failures=PLACES_OF_A_NETWORK * self.source_failures,
            sprayed_accounts=min(PLACES_OF_A_NETWORK * self.sprayed_accounts, MOST_TAGS),
        )

    @property
    def pair_memory(self) -> int:
        """How long failures in a row are remembered: whoever comes back after a pause goes on where he stopped."""
        return 2 * max(self.window, self.longest_pause)


def _span(seconds: float) -> int:
    return int(seconds * SECOND)


def seconds_of(span: int) -> int:
    """Whole seconds, rounded up, at least one: what `Retry-After` says."""
    return max(1, -(-span // SECOND))

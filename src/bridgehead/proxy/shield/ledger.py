"""Who has failed where: counted before an attempt goes inside, in memory that all workers share.

Whatever is let through stands in the ledger until its outcome is known, so a burst over many workers passes no limit.
State outlives every worker and every reload, and ends with the supervisor. Names are in it as keyed hashes alone.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from hashlib import blake2b
from time import monotonic_ns
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bridgehead.proxy.shield.judgement import Case, Noted, Stop, Wait, objection_to
from bridgehead.proxy.shield.memory import SharedMemory
from bridgehead.proxy.shield.names import network_around
from bridgehead.proxy.shield.policy import Limits, Reason
from bridgehead.proxy.shield.records import KEY_BYTES, AccountRecord, PairRecord, SourceRecord
from bridgehead.proxy.shield.table import SLOTS, Record, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNTS = 65536
PAIRS = 131072
"""More than accounts: who is known has one for each place and each site, for 30 days."""
SOURCES = 8192

_R = TypeVar("_R", bound=Record)


class Subject(NamedTuple):
    """Whose attempt it is: the keys of its account, of where it comes from, and of both."""

    account: bytes
    places: tuple[bytes, ...]
    """The source, and the network around it where there is one."""
    pair: bytes


class Go(NamedTuple):
    """It may go inside. Comes back with its outcome."""

    subject: Subject
    moment: int
    known: bool
    """The account has logged in from there before."""


class Ledger:
    """Made by the supervisor before it forks. `clock` gives nanoseconds that all processes agree on."""

    def __init__(
        self,
        accounts: int = ACCOUNTS,
        pairs: int = PAIRS,
        sources: int = SOURCES,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._secret = secrets.token_bytes(32)
        self._clock = clock
        kinds: tuple[tuple[type[Record], int], ...] = (
            (AccountRecord, accounts),
            (PairRecord, pairs),
            (SourceRecord, sources),
        )
        lengths = [Table.length(count // SLOTS, kind) for kind, count in kinds]
        self._memory = SharedMemory(sum(lengths))
        self.accounts = Table(self._memory, 0, accounts // SLOTS, AccountRecord)
        self.pairs = Table(self._memory, lengths[0], pairs // SLOTS, PairRecord)
        self.sources = Table(self._memory, lengths[0] + lengths[1], sources // SLOTS, SourceRecord)

    def close(self) -> None:
        """Let go of the memory in this process."""
        self._memory.close()

    def now(self) -> int:
        """The moment, in nanoseconds."""
        return self._clock()

    def subject(self, account: str, source: str, realm: str = "") -> Subject:
        """The keys of an account and a source, each in its one spelling (`names.py`).

        `realm` is who judges the password. Failures are shared by all realms, because nobody outside a domain can tell
        which of them ask it in the end; a success proves something of its own realm alone.
        """
        one, places = self.account_key(account), self.places(source)
        return Subject(one, places, self._key(b"pair", one + places[0] + realm.encode()))

    def places(self, source: str) -> tuple[bytes, ...]:
        """The keys of a source, and of the network around it where there is one."""
        around = network_around(source)
        return (self.source_key(source), self.source_key(around)) if around else (self.source_key(source),)

    def account_key(self, account: str) -> bytes:
        """The key under which an account's record stands."""
        return self._key(b"account", account.encode("utf-8", "surrogatepass"))

    def source_key(self, source: str) -> bytes:
        """The key under which a source's record stands."""
        return self._key(b"source", source.encode("ascii"))

    def _key(self, kind: bytes, name: bytes) -> bytes:
        return blake2b(name, key=self._secret, person=kind, digest_size=KEY_BYTES).digest()

    # Attempts

    def reserve(self, subject: Subject, limits: Limits) -> Go | Wait | Stop:
        """Count an attempt before it goes inside, if it may."""
        with self._case(subject, limits) as case:
            judged = case.judge()
            if judged is None and not case.is_known and not self.accounts.has_room(subject.account, case.now, limits):
                # To forget another account's failures would let its guesser begin anew: strangers are refused instead.
                judged = Stop(Reason.FULL, limits.window)
            return Go(subject, case.let_through(), case.is_known) if judged is None else judged

    def fail(self, attempt: Go, limits: Limits) -> Noted:
        """It has failed: a wrong password, as far as anybody can tell."""
        with self._case(attempt.subject, limits) as case:
            return case.fail(attempt.moment)

    def succeed(self, attempt: Go, limits: Limits) -> None:
        """It has succeeded."""
        with self._case(attempt.subject, limits) as case:
            case.succeed(attempt.moment)

    def withdraw(self, attempt: Go, limits: Limits) -> None:
        """Nobody has judged it, or nobody tells."""
        with self._case(attempt.subject, limits) as case:
            case.withdraw(attempt.moment)

    @contextmanager
    def _case(self, subject: Subject, limits: Limits) -> Iterator[Case]:
        held = [self.accounts.place_of(subject.account), self.pairs.place_of(subject.pair)]
        with self._memory.locked([*held, *map(self.sources.place_of, subject.places)]):
            now = self._clock()  # not before the locks: what others wrote meanwhile must not lie in the future
            account = self.accounts.find(subject.account) or AccountRecord(subject.account)
            pair = self.pairs.find(subject.pair) or PairRecord(subject.pair, subject.account[:8], subject.places[0][:8])
            account.decay(now, limits)
            pair.decay(now, limits)
            places = self._places(subject.places, limits, now)
            yield Case(account, pair, places, int.from_bytes(subject.account[8:12], "big") or 1, limits, now)
            self.accounts.put(account, now, limits)
            self.pairs.put(pair, now, limits)
            self._put_places(places, limits, now)

    def _places(self, keys: tuple[bytes, ...], limits: Limits, now: int) -> tuple[tuple[SourceRecord, Limits], ...]:
        """The records of a source and of the network around it, each with its limits. Locked."""
        records = [self.sources.find(key) or SourceRecord(key) for key in keys]
        for record in records:
            record.decay(now, limits)
        return tuple(zip(records, (limits, limits.of_network), strict=False))

    def _put_places(self, places: tuple[tuple[SourceRecord, Limits], ...], limits: Limits, now: int) -> None:
        for record, _ in places:
            self.sources.put(record, now, limits)

    # Attempts without a name

    def blame_source(self, source: str, limits: Limits) -> None:
        """A failure from a place, of nobody in particular."""
        keys = self.places(source)
        with self._memory.locked([*map(self.sources.place_of, keys)]):
            now = self._clock()
            places = self._places(keys, limits, now)
            for record, _ in places:
                record.fail(now, 0)
            self._put_places(places, limits, now)

    def judge_source(self, source: str, limits: Limits) -> Stop | None:
        """Why somebody without a name may not try from there.

        Nobody can tell whether he is known. Where somebody has logged in before, he may be that one.
        """
        keys = self.places(source)
        with self._memory.locked([*map(self.sources.place_of, keys)]):
            now = self._clock()
            places = self._places(keys, limits, now)
        return None if places[0][0].last_success else objection_to(places, now)

    # What an administrator sees and does

    def account_now(self, key: bytes, limits: Limits) -> AccountRecord | None:
        """What is counted of an account at this moment."""
        return self._look(self.accounts, key, limits)

    def pair_now(self, key: bytes, limits: Limits) -> PairRecord | None:
        """What is counted of a pair at this moment."""
        return self._look(self.pairs, key, limits)

    def source_now(self, key: bytes, limits: Limits) -> SourceRecord | None:
        """What is counted of a source at this moment."""
        return self._look(self.sources, key, limits)

    def _look(self, table: Table[_R], key: bytes, limits: Limits) -> _R | None:
        with self._memory.locked([table.place_of(key)]):
            record = table.find(key)
        if record is not None:
            record.decay(self._clock(), limits)
        return record

    def clear(self, limits: Limits, *, account: bytes | None = None, source: bytes | None = None) -> int:
        """Forget the failures of an account, of a source, or of all where neither is given.

        Who is known stays known, and what is on its way stays so. How many records had something to forget.
        """
        everything = account is None and source is None
        return (
            self._clear(self.accounts, limits, lambda record: everything or record.key == account)
            + self._clear(self.sources, limits, lambda record: everything or record.key == source)
            + self._clear(
                self.pairs,
                limits,
                lambda record: (
                    everything
                    or (account is not None and record.account == account[:8])
                    or (source is not None and record.source == source[:8])
                ),
            )
        )

    def _clear(self, table: Table[_R], limits: Limits, concerns: Callable[[_R], bool]) -> int:
        cleared = 0
        for place, records in table.buckets():
            keys = [record.key for record in records if concerns(record)]
            if not keys:
                continue
            with self._memory.locked([place]):
                for record in filter(None, map(table.find, keys)):
                    cleared += record.clear()
                    table.put(record, self._clock(), limits)
        return cleared

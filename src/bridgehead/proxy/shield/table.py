"""A table of records in shared memory: fixed in size, found by key, without any pointer that could be torn.

A key belongs to one bucket of eight slots. Keys are keyed hashes, so nobody outside can aim at a bucket.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, Self, TypeVar

from bridgehead.proxy.shield.records import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.proxy.shield.memory import SharedMemory
    from bridgehead.proxy.shield.policy import Limits

SLOTS = 8
_NOTHING = bytes(KEY_BYTES)


class Record(Protocol):
    """What can stand in a slot."""

    layout: ClassVar[Struct]
    key: bytes

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From its bytes."""

    def written(self) -> bytes:
        """As bytes."""

    def decay(self, now: int, limits: Limits) -> None:
        """Forget what is too old."""

    def clear(self) -> bool:
        """Forget its failures. Whether there were any."""

    def is_void(self) -> bool:
        """Whether nothing would be lost with it."""

    def worth(self) -> tuple[int, int]:
        """Which of several goes first where one has to: the least."""


_R = TypeVar("_R", bound=Record)


class Table(Generic[_R]):
    """Records of one kind. Who reads or writes holds the lock on `place_of(key)`."""

    def __init__(self, memory: SharedMemory, start: int, buckets: int, kind: type[_R]) -> None:
        self._memory = memory
        self._start = start
        self._buckets = buckets
        self._kind = kind
        self._size = kind.layout.size

    @staticmethod
    def length(buckets: int, kind: type[Record]) -> int:
        """Bytes that a table takes."""
        return buckets * SLOTS * kind.layout.size

    def place_of(self, key: bytes) -> int:
        """Where its bucket begins, which is also what to lock."""
        return self._start + int.from_bytes(key[:8], "big") % self._buckets * SLOTS * self._size

    def find(self, key: bytes) -> _R | None:
        """The record of a key, as it was written last."""
        bucket = self._bucket(self.place_of(key))
        slot = self._slot_of(bucket, key)
        return None if slot < 0 else self._record(bucket, slot)

    def has_room(self, key: bytes, now: int, limits: Limits) -> bool:
        """Whether a record of this key could be put without losing another."""
        bucket = self._bucket(self.place_of(key))
        return self._slot_of(bucket, key) >= 0 or self._free_slot(bucket, now, limits) >= 0

    def put(self, record: _R, now: int, limits: Limits) -> None:
        """Write a record in its own slot, a free one, that of one that is void by now, or that of the least worth."""
        place = self.place_of(record.key)
        bucket = self._bucket(place)
        slot = self._slot_of(bucket, record.key)
        if record.is_void():
            if slot >= 0:
                self._memory.write(place + slot * self._size, bytes(self._size))
            return
        if slot < 0:
            slot = self._free_slot(bucket, now, limits)
        if slot < 0:
            slot = min(range(SLOTS), key=lambda each: self._record(bucket, each).worth())
        self._memory.write(place + slot * self._size, record.written())

    def buckets(self) -> Iterator[tuple[int, list[_R]]]:
        """Every bucket that holds something: its place, and its records. Not locked: look again before changing one."""
        for number in range(self._buckets):
            place = self._start + number * SLOTS * self._size
            bucket = self._bucket(place)
            slots = [slot for slot in range(SLOTS) if self._key(bucket, slot) != _NOTHING]
            if slots:
                yield place, [self._record(bucket, slot) for slot in slots]

    def _bucket(self, place: int) -> bytes:
        return self._memory.read(place, SLOTS * self._size)

    def _key(self, bucket: bytes, slot: int) -> bytes:
        return bucket[slot * self._size : slot * self._size + KEY_BYTES]

    def _record(self, bucket: bytes, slot: int) -> _R:
        return self._kind.read(bucket[slot * self._size : (slot + 1) * self._size])

    def _slot_of(self, bucket: bytes, key: bytes) -> int:
        for slot in range(SLOTS):
            if self._key(bucket, slot) == key:
                return slot
        return -1

    def _free_slot(self, bucket: bytes, now: int, limits: Limits) -> int:
        empty = self._slot_of(bucket, _NOTHING)
        if empty >= 0:
            return empty
        for slot in range(SLOTS):
            record = self._record(bucket, slot)
            record.decay(now, limits)
            if record.is_void():
                return slot
        return -1

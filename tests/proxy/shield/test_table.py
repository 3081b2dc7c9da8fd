from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.shield.memory import SharedMemory
from bridgehead.proxy.shield.policy import SECOND, Limits
from bridgehead.proxy.shield.records import AccountRecord
from bridgehead.proxy.shield.table import SLOTS, Table
from bridgehead.spec import Shield

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = Limits.of(Shield())
NOW = 10**15


@pytest.fixture
def table() -> Iterator[Table[AccountRecord]]:
    """One bucket, in the middle of its memory."""
    memory = SharedMemory(100 + Table.length(1, AccountRecord))
    yield Table(memory, 100, 1, AccountRecord)
    memory.close()


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def fill(table: Table[AccountRecord], failures: int = 2) -> None:
    for number in range(1, SLOTS + 1):
        table.put(AccountRecord(key(number), NOW, NOW + number, failures), NOW, LIMITS)


def present(table: Table[AccountRecord]) -> set[int]:
    return {int.from_bytes(record.key, "big") for _, records in table.buckets() for record in records}


def test_what_was_put_is_found_as_it_was_put_last(table: Table[AccountRecord]) -> None:
    fill(table)
    table.put(AccountRecord(key(3), NOW, NOW, 7), NOW, LIMITS)
    found = table.find(key(3))
    assert found is not None
    assert found.failures == 7
    assert present(table) == {*range(1, SLOTS + 1)}
    assert table.find(key(99)) is None


def test_a_void_record_leaves_its_slot(table: Table[AccountRecord]) -> None:
    fill(table)
    assert not table.has_room(key(99), NOW, LIMITS)
    table.put(AccountRecord(key(3)), NOW, LIMITS)
    assert table.find(key(3)) is None
    assert table.has_room(key(99), NOW, LIMITS)


def test_what_is_over_goes_before_what_counts(table: Table[AccountRecord]) -> None:
    fill(table)
    table.put(AccountRecord(key(5), NOW - LIMITS.window, NOW - LIMITS.window, 4), NOW, LIMITS)
    table.put(AccountRecord(key(99), NOW, NOW, 1), NOW, LIMITS)
    assert present(table) == {*range(1, SLOTS + 1), 99} - {5}


def test_where_all_count_the_least_goes_and_among_equals_the_oldest(table: Table[AccountRecord]) -> None:
    fill(table)
    table.put(AccountRecord(key(99), NOW, NOW + SECOND, 1), NOW, LIMITS)
    assert present(table) == {*range(2, SLOTS + 1), 99}
    table.put(AccountRecord(key(100), NOW, NOW + SECOND, 2), NOW, LIMITS)
    assert present(table) == {*range(2, SLOTS + 1), 100}

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.shield.policy import Limits
from bridgehead.proxy.shield.records import KEY_BYTES, AccountRecord, PairRecord, SourceRecord
from bridgehead.spec import Shield

LIMITS = Limits.of(Shield())
MOMENT = st.integers(1, 2**63)
COUNT = st.integers(0, 2**32 - 1)
KEY = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)


@given(KEY, MOMENT, MOMENT, COUNT, st.lists(MOMENT, max_size=8))
def test_an_account_comes_back_as_it_was_written(key: bytes, a: int, b: int, count: int, moments: list[int]) -> None:
    record = AccountRecord(key, a, b, count, moments)
    assert AccountRecord.read(record.written()) == record


@given(KEY, MOMENT, MOMENT, COUNT, st.lists(MOMENT, max_size=2))
def test_a_pair_comes_back_as_it_was_written(key: bytes, a: int, b: int, count: int, moments: list[int]) -> None:
    record = PairRecord(key, key[:8], key[8:], a, b, count, b, count, moments)
    assert PairRecord.read(record.written()) == record


@given(
    KEY, MOMENT, COUNT, st.lists(MOMENT, max_size=16), st.dictionaries(st.integers(1, 2**32 - 1), COUNT, max_size=32)
)
def test_a_source_comes_back_as_it_was_written(
    key: bytes, moment: int, count: int, moments: list[int], failed: dict[int, int]
) -> None:
    record = SourceRecord(key, moment, moment, moment, count, count, moments, failed)
    assert SourceRecord.read(record.written()) == record


@given(st.sampled_from([AccountRecord, PairRecord, SourceRecord]), st.data())
def test_whatever_a_killed_worker_left_behind_can_be_read_and_written(
    kind: type[AccountRecord | PairRecord | SourceRecord], data: st.DataObject
) -> None:
    torn = data.draw(st.binary(min_size=kind.layout.size, max_size=kind.layout.size))
    record = kind.read(torn)
    record.decay(10**15, LIMITS)
    assert record.last_failure <= 10**15, "nothing lies in the future, where it would never be forgotten"
    record.written()

"""One proxy of a farm orders: the one that the file names, or one that took over from it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridgehead.certificates.farm.node import make_node
from bridgehead.certificates.farm.ordering import give_back, take_over, who_orders
from bridgehead.problems import ProblemsFound

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    make_node(tmp_path / "store", "proxy2", None)
    return tmp_path / "store"


def test_a_proxy_alone_orders(tmp_path: Path) -> None:
    assert who_orders(tmp_path, None).here


def test_the_one_that_the_file_names_orders_and_no_other(store: Path) -> None:
    assert [who_orders(store, name).here for name in ("proxy1", "proxy2", "proxy3")] == [False, True, False]


def test_a_proxy_of_a_farm_that_does_not_know_itself_orders_nothing_and_says_why(tmp_path: Path) -> None:
    found = who_orders(tmp_path, "proxy1")
    assert (found.here, "node-key NAME" in found.sentence) == (False, True)


def test_whoever_took_over_orders_until_it_is_given_back(store: Path) -> None:
    take_over(store, "proxy1", NOW)
    found = who_orders(store, "proxy1")
    assert (found.here, found.sentence) == (True, "This proxy took over from proxy1 on 2026-06-01 12:00 UTC.")
    assert give_back(store)
    assert not who_orders(store, "proxy1").here
    assert not give_back(store)


def test_a_file_that_names_another_ends_a_take_over(store: Path) -> None:
    take_over(store, "proxy1", NOW)
    assert not who_orders(store, "proxy3").here
    assert who_orders(store, "proxy2").taken_over is None


def test_a_damaged_note_is_told(store: Path) -> None:
    take_over(store, "proxy1", NOW)
    (store / ".node/take-over.json").write_text("{")
    with pytest.raises(ProblemsFound, match="cannot be read"):
        who_orders(store, "proxy1")

"""Facts from chains and from a store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bridgehead.certificates.alarms.alarm import look
from bridgehead.certificates.alarms.facts import Dated, NotLoaded, Unusable, Waiting
from bridgehead.certificates.alarms.gathering import served_fact, store_facts
from bridgehead.certificates.store.store import Store
from tests.certificates.store.stocked import NOW, add_generation


def test_a_chain_that_is_served_has_dates(tmp_path: Path) -> None:
    generation = add_generation(Store(tmp_path / "store"))
    fact = served_fact("public", "chain.pem", generation.chain_path.read_bytes())
    assert fact == Dated(
        "served", "public", "ecdsa", generation.leaf.not_valid_before_utc, generation.leaf.not_valid_after_utc
    )


def test_one_that_cannot_be_read_is_told() -> None:
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"):
        assert isinstance(served_fact("public", "chain.pem", content), Unusable)


def test_what_is_live_counts_where_nobody_serves_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    add_generation(store)
    store.activate(add_generation(store))
    assert [fact.about for fact in store_facts(store, ())] == ["live:public:ecdsa"]
    assert list(store_facts(store, {("public", "ecdsa")})) == []


def test_what_is_staged_waits_until_it_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    staged = store.stage(add_generation(store), NOW + timedelta(days=2), now=NOW)
    dates, waiting = store_facts(store, ())
    assert isinstance(dates, Dated)
    assert (dates.role, dates.used_from) == ("staged", staged.at)
    assert waiting == Waiting("public", "ecdsa", 1, staged.at)
    store.mark_refused(staged, "worker 0: no")
    assert list(store_facts(store, ()))[1] == NotLoaded("public", "ecdsa", 1, staged.at, "worker 0: no")


def test_what_is_damaged_keeps_nothing_else_from_being_seen(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.activate(add_generation(store, "a"))
    store.activate(add_generation(store, "b"))
    (tmp_path / "store/a/ecdsa/staged.json").write_text("{")
    kinds = {fact.about: type(fact) for fact in store_facts(store, ())}
    assert kinds["unusable:a:ecdsa"] is Unusable
    assert kinds["live:b:ecdsa"] is Dated


def test_no_store_has_no_facts(tmp_path: Path) -> None:
    assert list(store_facts(Store(tmp_path / "nothing"), ())) == []


def test_what_cannot_be_read_is_not_known_and_what_is_read_beside_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.activate(add_generation(store, "a"))
    store.activate(add_generation(store, "b"))
    (tmp_path / "store/a/ecdsa/staged.json").write_text("{")
    looked = look([served_fact("public", "chain.pem", b""), *store_facts(store, ())], NOW)
    hidden = ("served:public:rsa", "live:a:ecdsa", "staged:a:ecdsa", "missed:a:ecdsa", "not-loaded:a:ecdsa")
    assert not any(looked.knows(about) for about in hidden)
    assert looked.knows("live:b:ecdsa")
    assert looked.knows("unusable:chain.pem")

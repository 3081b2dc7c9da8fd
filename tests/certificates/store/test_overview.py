"""The store in one look."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bridgehead.certificates.store.overview import overview
from bridgehead.certificates.store.store import Store
from tests.certificates.store.stocked import HOST, NAME, NOW, add_generation, add_request


def test_everything_that_is_known_is_shown(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates")
    store.activate(add_generation(store))
    store.stage(add_generation(store), NOW + timedelta(days=1), now=NOW)
    waiting = add_request(store)
    (shelf,) = overview(store, NOW)
    assert (shelf.name, shelf.kind, shelf.waiting) == (NAME, "ecdsa", (waiting.identifier,))
    assert (shelf.staged, shelf.staged_at, shelf.refused) == (2, "2026-06-02T12:00:00+00:00", "")
    assert shelf.live is not None
    assert (shelf.live.number, shelf.live.names, shelf.live.issuer) == (1, (HOST,), "Contoso Root")
    assert (shelf.live.days_left, shelf.live.exportable) == (89, True)
    assert [generation.number for generation in shelf.generations] == [1, 2]
    assert json.loads(json.dumps(shelf.as_json()))["generations"][0]["live"] is True


def test_nothing_is_live_where_only_a_request_waits(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates")
    add_request(store)
    (shelf,) = overview(store, NOW)
    assert shelf.live is None
    assert shelf.generations == ()


def test_damaged_staging_hides_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates")
    store.activate(add_generation(store))
    (store.directory / NAME / "ecdsa" / "staged.json").write_text("damaged")
    (shelf,) = overview(store, NOW)
    assert shelf.live is not None
    assert shelf.staged is None

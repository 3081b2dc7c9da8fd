"""Why a stored certificate cannot be served yet, with the command that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.certificates.store.absence import absence
from bridgehead.certificates.store.layout import live_files
from bridgehead.certificates.store.store import Store
from tests.certificates.store.stocked import NAME, REQUEST_FACTS, add_generation, add_request, new_key, request


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "certificates")


def told(store: Store) -> str:
    problem = absence(str(live_files(store.directory, NAME, "ecdsa")[0]))
    assert problem is None or problem.code == "certificate.not-in-store"
    return f"{problem.message} {problem.hint}" if problem is not None else ""


def test_an_empty_store_asks_for_a_request(store: Store) -> None:
    assert "There is no certificate public (ecdsa) in the store yet." in told(store)
    assert "bridgehead certificate request" in told(store)


def test_a_request_without_an_answer_asks_for_patience(store: Store) -> None:
    add_request(store)
    assert "was requested, and has not come yet" in told(store)


def test_an_order_that_is_under_way_asks_for_its_end(store: Store) -> None:
    key = new_key()
    store.add_request(NAME, "ecdsa", request(key), key, REQUEST_FACTS.model_copy(update={"origin": "acme"}))
    assert "was ordered, and has not been issued yet" in told(store)
    assert "bridgehead certificate renew --now" in told(store)


def test_a_certificate_that_is_not_live_asks_for_its_activation(store: Store) -> None:
    add_generation(store)
    assert told(store).endswith("bridgehead certificate activate public")


def test_what_is_live_is_not_absent(store: Store) -> None:
    store.activate(add_generation(store))
    assert told(store) == ""


def test_a_path_outside_every_store_is_no_matter_of_the_store() -> None:
    assert absence("/etc/bridgehead/chain.pem") is None
    assert absence("chain.pem") is None

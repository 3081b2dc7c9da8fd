"""What a proxy could not serve does not go live."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.store.fitness import check_fit
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import NOW, add_generation


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "certificates")


def refused(store: Store, *, after: timedelta = timedelta(), spoil: str = "") -> str:
    generation, other = add_generation(store), add_generation(store)
    if spoil:
        (generation.directory / spoil).write_bytes((other.directory / spoil).read_bytes())
    with pytest.raises(ProblemsFound) as found:
        check_fit(generation, NOW + after)
    return found.value.problems[0].code


def test_a_sound_generation_is_fit(store: Store) -> None:
    check_fit(add_generation(store), NOW)


def test_a_key_of_another_certificate_is_refused(store: Store) -> None:
    assert refused(store, spoil="key.pem") == "certificate.key-does-not-match"


def test_an_expired_certificate_is_refused(store: Store) -> None:
    assert refused(store, after=timedelta(days=100)) == "certificate.expired"


def test_a_certificate_that_is_not_valid_yet_is_refused(store: Store) -> None:
    assert refused(store, after=timedelta(days=-10)) == "certificate.not-yet-valid"

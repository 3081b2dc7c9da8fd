"""What is odd about a store is told, and left as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import NAME, add_generation, add_request, everything_below


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "certificates")
    add_request(store)
    store.activate(add_generation(store))
    return store


def told(store: Store) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in store.problems()]


def test_a_sound_store_has_no_problems(store: Store) -> None:
    assert told(store) == []


@pytest.mark.parametrize(
    "foreign",
    [
        "notes.txt",
        f"{NAME}/notes.txt",
        f"{NAME}/dsa/key.pem",
        f"{NAME}/ecdsa/old-key.pem",
        f"{NAME}/ecdsa/generations/latest/x",
        f"{NAME}/ecdsa/generations/0002",
    ],
)
def test_foreign_files_are_told_of_kept_and_not_used(store: Store, foreign: str) -> None:
    path = store.directory / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    assert told(store) == [("store.foreign", "warning")]
    add_generation(store)
    assert path.read_text() == "mine"
    assert len(store.generations(NAME, "ecdsa")) == 2
    assert store.names() == (NAME,)


def test_a_key_that_others_may_read_is_warned_of(store: Store) -> None:
    store.generation(NAME, "ecdsa", 1).key_path.chmod(0o644)
    (problem,) = store.problems()
    assert (problem.code, problem.severity) == ("key.readable-by-others", "warning")
    assert "0644" in problem.message
    assert problem.hint.startswith("chmod 600 ")


def test_a_missing_key_is_told_of(store: Store) -> None:
    store.generation(NAME, "ecdsa", 1).key_path.unlink()
    assert told(store) == [("certificate.file-missing", "error")]


def test_a_store_that_others_may_enter_is_told_of(store: Store) -> None:
    store.directory.chmod(0o750)
    assert told(store) == [("store.too-open", "error")]


def test_a_file_in_place_of_the_store_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "certificates").write_text("")
    assert told(Store(tmp_path / "certificates")) == [("store.not-a-directory", "error")]


def test_a_live_link_that_leads_nowhere_is_told_of(store: Store) -> None:
    first = store.generation(NAME, "ecdsa", 1)
    first.directory.rename(store.directory.parent / "elsewhere")
    assert told(store) == [("store.live-broken", "error")]
    assert store.live(NAME, "ecdsa") is None


def test_the_way_out_of_a_broken_link_is_one(store: Store) -> None:
    add_generation(store)
    shutil.rmtree(store.generation(NAME, "ecdsa", 1).directory)
    (problem,) = store.problems()
    assert "activate public --kind ecdsa --generation 2" in problem.hint
    store.activate(store.generation(NAME, "ecdsa", 2))
    assert told(store) == []


def test_a_directory_in_place_of_the_live_link_is_told_of_with_the_way_out(store: Store) -> None:
    live = store.directory / NAME / "ecdsa" / "live"
    live.unlink()
    live.mkdir()
    (problem,) = store.problems()
    assert (problem.code, problem.where) == ("store.live-broken", str(live))
    with pytest.raises(ProblemsFound, match="Move it away"):
        store.activate(store.generation(NAME, "ecdsa", 1))
    live.rmdir()
    store.activate(store.generation(NAME, "ecdsa", 1))
    assert told(store) == []


def test_one_damage_does_not_hide_another(store: Store) -> None:
    (store.directory / NAME / "ecdsa" / "staged.json").write_text("{")
    store.generation(NAME, "ecdsa", 1).key_path.unlink()
    assert min(code for code, _ in told(store)) == "certificate.file-missing"
    assert len(told(store)) == 2


def test_a_place_that_nothing_came_to_is_no_certificate(store: Store) -> None:
    (store.directory / "other" / "rsa" / "generations").mkdir(parents=True)
    (store.directory / "other" / "rsa" / "requests").mkdir()
    assert store.names() == (NAME,)


def test_looking_changes_nothing(store: Store) -> None:
    before = everything_below(store.directory)
    store.problems()
    assert everything_below(store.directory) == before

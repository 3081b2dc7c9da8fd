"""Two writers at once: one waits, or is told who is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridgehead.certificates.store.lock import lock
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.store.misfortune import in_a_child
from tests.certificates.store.stocked import NAME, add_generation, everything_below


def test_while_another_process_changes_the_store_nothing_else_does(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates", patience=0)
    add_generation(store)
    before = everything_below(store.directory)
    with lock(store.directory):
        outcome = in_a_child(lambda: add_generation(store))
    assert outcome.how == "refused"
    assert f"Another command is changing this store (process {os.getpid()})." in outcome.said
    assert everything_below(store.directory) == before


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates", patience=0)
    add_generation(store)

    def die_while_changing() -> None:
        with lock(store.directory):
            os._exit(1)

    assert in_a_child(die_while_changing).how == "killed"
    assert add_generation(store).number == 2


def test_a_lock_that_is_held_is_told_of_after_some_patience(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(ProblemsFound) as found, lock(tmp_path, patience=0.1):
        pass
    (problem,) = found.value.problems
    assert problem.code == "store.locked"


def test_writers_at_once_wait_for_one_another_and_lose_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "certificates"
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for _ in range(3):
                    add_generation(Store(directory, patience=60))
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    store = Store(directory)
    assert [generation.number for generation in store.generations(NAME, "ecdsa")] == list(range(1, 13))
    assert store.problems() == ()

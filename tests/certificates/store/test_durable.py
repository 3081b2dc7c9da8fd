"""Whatever happens while the store changes, what was there is intact, and the next change goes on as if nothing had."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.keys import public_key_bytes
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.overview import overview
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.store.misfortune import (
    BLOWS,
    NOBODY,
    Blow,
    as_nobody,
    in_a_child,
    struck,
)
from tests.certificates.store.stocked import (
    NAME,
    NOW,
    add_generation,
    add_request,
    answer,
    everything_below,
    live_number,
)

MOST_CALLS = 60
"""More than any change takes: reaching it would mean that a change never ends."""


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A directory where forcing to the disk costs nothing: what is proven here is the order of the calls."""
    memory = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(dir=memory)) if memory.is_dir() and os.access(memory, os.W_OK) else tmp_path
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def stocked(in_memory: Path) -> Store:
    """Two generations that were live one after the other, a newer one that is staged, and a waiting request."""
    store = Store(in_memory / "certificates")
    for generation in (add_generation(store), add_generation(store)):
        store.activate(generation)
    store.stage(add_generation(store), NOW + timedelta(days=1), now=NOW)
    add_request(store)
    return store


def newest(store: Store) -> None:
    store.activate(store.generations(NAME, "ecdsa")[-1])


CHANGES: dict[str, Callable[[Store], object]] = {
    "a request comes": add_request,
    "a certificate comes": add_generation,
    "an answer comes": lambda store: answer(store, store.requests()[0]),
    "the newest goes live": newest,
    "rolled back": lambda store: store.roll_back(NAME, "ecdsa"),
    "nothing is live any more": lambda store: store.restore(NAME, "ecdsa", None),
    "staged": lambda store: store.stage(store.generation(NAME, "ecdsa", 1), NOW + timedelta(days=2), now=NOW),
    "unstaged": lambda store: store.unstage(NAME, "ecdsa"),
}

MAY_BE_LIVE: dict[str, set[int | None]] = {
    "the newest goes live": {2, 3},
    "rolled back": {2, 1},
    "nothing is live any more": {2, None},
}
"""Generation 2 is live beforehand."""


def snapshot(store: Store) -> dict[str, bytes]:
    """What the store means: files that a crash left behind under a name of their own mean nothing."""
    everything = everything_below(store.directory).items()
    return {path: content for path, content in everything if "/.new-" not in path and "/.old-" not in path}


def leftovers(store: Store) -> list[Path]:
    return [path for path in store.directory.rglob("*") if path.name.startswith(durable.UNFINISHED)]


def assert_sound(store: Store) -> None:
    """All that is there is whole, and what is live can be served."""
    assert [problem for problem in store.problems() if problem.severity == "error"] == []
    for generation in store.generations(NAME, "ecdsa"):
        assert public_key_bytes(generation.key()) == public_key_bytes(generation.leaf)
    for waiting in store.requests():
        assert public_key_bytes(waiting.key()) == waiting.public_key_bytes


@pytest.mark.parametrize("blow", BLOWS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_is_struck_anywhere_leaves_the_old_or_the_new(
    stocked: Store, in_memory: Path, change: str, blow: Blow
) -> None:
    pristine = in_memory / "pristine"
    shutil.copytree(stocked.directory, pristine, symlinks=True)
    for call in range(1, MOST_CALLS):
        outcome = struck(lambda: CHANGES[change](stocked), stocked.directory, call, blow)
        if outcome.how == "not struck":
            assert call > 3
            return
        assert outcome.how in ({"killed"} if blow == "killed" else {"refused", "done"}), outcome.said
        assert_sound(stocked)
        assert live_number(stocked) in MAY_BE_LIVE.get(change, {2})
        assert [one.number for one in stocked.generations(NAME, "ecdsa")][:3] == [1, 2, 3]
        # The next change goes on, and takes away what the blow left behind.
        assert in_a_child(lambda: add_request(stocked)).how == "done"
        assert_sound(stocked)
        assert leftovers(stocked) == []
        shutil.rmtree(stocked.directory)
        shutil.copytree(pristine, stocked.directory, symlinks=True)
    pytest.fail(f"not done after {MOST_CALLS} calls")


def test_a_change_that_is_killed_before_its_rename_has_not_happened(stocked: Store) -> None:
    before = snapshot(stocked)
    calls = 1
    while struck(lambda: newest(stocked), stocked.directory, calls, "killed").how == "killed":
        if live_number(stocked) != 2:
            break
        after = snapshot(stocked)
        assert {path for path in before if before[path] != after[path]} <= {f"{NAME}/ecdsa/before.json"}
        calls += 1
    assert live_number(stocked) == 3
    assert calls > 3


def test_what_a_crash_remembered_too_early_does_not_mislead_rolling_back(stocked: Store) -> None:
    # Killed between the memory of what was live and the link: generation 2 is live, and remembered as the former one.
    calls = 1
    while (stocked.directory / NAME / "ecdsa" / "before.json").read_text() != "[1, 2]":
        assert struck(lambda: newest(stocked), stocked.directory, calls, "killed").how == "killed"
        calls += 1
    assert live_number(stocked) == 2
    assert stocked.roll_back(NAME, "ecdsa").number == 1


# The disk


def write_little(most_bytes: int, work: Callable[[], object]) -> Callable[[], object]:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        work()

    return limited


@pytest.mark.parametrize("most_bytes", [0, 1, 200, 400])
def test_a_disk_that_takes_only_part_of_a_file_changes_nothing(stocked: Store, most_bytes: int) -> None:
    before = snapshot(stocked)
    outcome = in_a_child(write_little(most_bytes, lambda: add_generation(stocked)))
    assert outcome.how == "refused"
    assert "The store cannot be changed: File too large." in outcome.said
    assert snapshot(stocked) == before
    assert leftovers(stocked) == []
    assert add_generation(stocked).number == 4


@pytest.fixture
def small_disk() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", directory], capture_output=True, check=False
    )
    if mounted.returncode:
        directory.rmdir()
        pytest.skip("only root may mount a small file system")
    try:
        yield directory
    finally:
        subprocess.run(["umount", directory], check=True)
        directory.rmdir()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_is_said_and_the_old_generation_is_intact(small_disk: Path) -> None:
    store = Store(small_disk / "certificates")
    store.activate(add_generation(store))
    before = snapshot(store)
    filler = small_disk / "filler"
    fill(filler)
    with pytest.raises(ProblemsFound) as found:
        add_generation(store)
    (problem,) = found.value.problems
    assert problem.code == "store.unwritable"
    assert "No space left on device" in problem.message
    assert snapshot(store) == before
    assert leftovers(store) == []
    filler.unlink()
    assert add_generation(store).number == 2


# Permissions


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that everybody may enter: those of the test runner are for its user alone."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_a_directory_that_may_not_be_written_is_said(open_directory: Path) -> None:
    open_directory.chmod(0o555)
    outcome = as_nobody(lambda: add_request(Store(open_directory / "certificates")))
    assert outcome.how == "refused"
    assert "The store cannot be changed: Permission denied." in outcome.said
    open_directory.chmod(0o755)
    assert list(open_directory.iterdir()) == []


@pytest.fixture
def store_of_nobody(open_directory: Path) -> Store:
    if os.geteuid() != 0:
        pytest.skip("only root may make files of another user")
    store = Store(open_directory / "certificates")
    store.directory.mkdir(mode=0o700)
    os.chown(store.directory, NOBODY, NOBODY)
    return store


def test_what_root_adds_belongs_to_the_owner_of_the_store(store_of_nobody: Store) -> None:
    store = store_of_nobody
    store.activate(answer(store, add_request(store)))
    for path in (store.directory, *store.directory.rglob("*")):
        assert path.is_symlink() or (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY), path
    # The proxy, which is not root, can go on with it.
    assert as_nobody(lambda: store.activate(add_generation(store))).how == "done"
    assert live_number(store) == 2


def test_a_key_that_the_process_may_not_read_is_said(store_of_nobody: Store) -> None:
    generation = add_generation(store_of_nobody)
    os.chown(generation.key_path, 0, 0)
    outcome = as_nobody(generation.key)
    assert outcome.how == "refused"
    assert f"{generation.key_path}: You may not read this file." in outcome.said


@pytest.mark.parametrize("closed", [".", NAME, f"{NAME}/ecdsa", f"{NAME}/ecdsa/generations"])
def test_a_store_that_the_process_may_not_read_is_said(store_of_nobody: Store, closed: str) -> None:
    store = store_of_nobody
    store.activate(add_generation(store))
    os.chown(store.directory / closed, 0, 0)
    outcome = as_nobody(lambda: overview(store, NOW))
    assert outcome.how == "refused"
    assert "The store cannot be read: Permission denied." in outcome.said
    assert as_nobody(store.problems).how == "done"


# Root, in a store of somebody who has been taken over


@pytest.fixture
def treasure(open_directory: Path) -> Path:
    """What is root's, and nobody else's to change."""
    directory = open_directory / "treasure"
    directory.mkdir(mode=0o700)
    (directory / "victim").write_text("root's own")
    return directory


def assert_unharmed(treasure: Path) -> None:
    assert [path.name for path in treasure.iterdir()] == ["victim"]
    assert (treasure / "victim").read_text() == "root's own"
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (treasure, treasure / "victim")} == {(0, 0)}


@pytest.mark.parametrize("change", ["a request comes", "a certificate comes", "unstaged"])
@pytest.mark.parametrize(
    "link", {".lock": "victim", NAME: ".", f"{NAME}/ecdsa": ".", f"{NAME}/ecdsa/requests": "."}.items()
)
def test_root_is_not_led_astray_by_a_link_in_the_store(
    store_of_nobody: Store, treasure: Path, link: tuple[str, str], change: str
) -> None:
    where, target = link

    def plant() -> None:
        planted = store_of_nobody.directory / where
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.symlink_to(treasure / target)

    assert as_nobody(plant).how == "done"
    outcome = in_a_child(lambda: CHANGES[change](store_of_nobody))
    assert outcome.how == "refused", outcome.said
    assert "The store cannot be changed" in outcome.said
    assert_unharmed(treasure)


def test_root_is_not_led_astray_by_a_link_in_place_of_the_store(store_of_nobody: Store, treasure: Path) -> None:
    own = store_of_nobody.directory / "own"
    assert as_nobody(lambda: own.symlink_to(treasure)).how == "done"
    assert in_a_child(lambda: add_request(Store(own))).how == "refused"
    assert_unharmed(treasure)


def test_a_link_of_root_to_the_store_changes_nothing_about_whose_it_is(
    store_of_nobody: Store, treasure: Path, open_directory: Path
) -> None:
    (open_directory / "link").symlink_to("certificates")
    add_request(Store(open_directory / "link"))
    assert as_nobody(lambda: add_request(store_of_nobody)).how == "done"
    assert as_nobody(lambda: (store_of_nobody.directory / "own").symlink_to(treasure)).how == "done"
    (open_directory / "further").symlink_to("link/own")
    assert in_a_child(lambda: add_request(Store(open_directory / "further"))).how == "refused"
    assert_unharmed(treasure)


def test_no_change_outside_a_store_follows_a_link_either(store_of_nobody: Store, treasure: Path) -> None:
    planted = store_of_nobody.directory / ".acme"
    assert as_nobody(lambda: planted.symlink_to(treasure)).how == "done"
    changes: tuple[Callable[[], None], ...] = (
        lambda: durable.make_directory(planted / "orders"),
        lambda: durable.put_file(planted / "victim", b""),
        lambda: durable.add_directory(planted / "keys", {}),
        lambda: durable.point(planted / "victim", "elsewhere"),
        lambda: durable.remove(planted / "victim"),
    )
    for change in changes:
        with pytest.raises(PermissionError):
            change()
    assert_unharmed(treasure)
    assert os.geteuid() == 0


def test_root_is_root_again_after_a_change_that_failed(store_of_nobody: Store) -> None:
    before = os.geteuid(), os.getegid(), os.getgroups()
    during: list[object] = []

    def fail() -> None:
        with durable.as_owner_of(store_of_nobody.directory):
            during.extend((os.geteuid(), os.getegid(), os.getgroups()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert during == [NOBODY, NOBODY, [NOBODY]]
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before

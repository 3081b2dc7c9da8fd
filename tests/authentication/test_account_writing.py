from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication.account_writing import change_accounts
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def secret(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_new_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        change_accounts(tmp_path / "a.toml", lambda content: content + b"new", make=True)
    finally:
        os.umask(before)
    assert (tmp_path / "a.toml").read_bytes() == b"new"
    assert mode_of(tmp_path / "a.toml") == 0o600


def test_a_change_that_fails_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    path = secret(tmp_path / "a.toml", b"old")

    def fails(content: bytes) -> bytes:
        raise ProblemsFound([Problem("accounts.exists", "", "No.")])

    with pytest.raises(ProblemsFound):
        change_accounts(path, fails)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_others_may_read_is_not_changed(tmp_path: Path) -> None:
    path = secret(tmp_path / "a.toml", b"old")
    path.chmod(0o644)
    with pytest.raises(ProblemsFound) as found:
        change_accounts(path, lambda _: b"new", make=True)
    assert found.value.problems[0].code == "accounts.permissions"
    assert path.read_bytes() == b"old"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path = secret(tmp_path / "a.toml", b"old")
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    change_accounts(link, lambda content: content + b"er")
    assert link.is_symlink()
    assert path.read_bytes() == b"older"


def test_without_a_file_there_is_nothing_to_change(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        change_accounts(tmp_path / "a.toml", lambda content: content)
    assert found.value.problems[0].code == "file.missing"


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        change_accounts(tmp_path / "none" / "a.toml", lambda content: content, make=True)
    assert found.value.problems[0].code == "output.unwritable"


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_who_owns_the_file_goes_on_owning_it(tmp_path: Path) -> None:
    path = secret(tmp_path / "a.toml", b"old")
    os.chown(path, 1, 1)
    change_accounts(path, lambda _: b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1, 1)
    assert mode_of(path) == 0o600


def test_of_changes_at_once_none_is_lost(tmp_path: Path) -> None:
    path = secret(tmp_path / "a.toml", b"")
    numbers = [b"%d\n" % number for number in range(12)]

    def add(number: bytes) -> None:
        change_accounts(path, lambda content: content + number)

    threads = [threading.Thread(target=add, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.read_bytes().splitlines(keepends=True)) == sorted(numbers)

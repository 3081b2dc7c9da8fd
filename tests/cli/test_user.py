from __future__ import annotations

import json
import os
import pty
import select
import stat
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication.account_list import parse_accounts, read_accounts
from bridgehead.authentication.ntlm_keys import nt_hash

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60


def run(*arguments: object, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "bridgehead", "user", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=SECONDS, input=typed)


def hashes(path: Path) -> dict[str, bytes]:
    return {name: user.nt_hash for name, user in parse_accounts(read_accounts(path), str(path)).users.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.toml"


def test_a_password_from_a_pipe_is_kept_as_its_hash_alone(file: Path) -> None:
    done = run(
        "add", file, "alice", "--group", "staff", "--group", "lync", "--password-stdin", typed="Zoë-1\r\nmore".encode()
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashes(file) == {"alice": nt_hash("Zoë-1")}
    assert "Zoë-1".encode() not in file.read_bytes() + done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_list_shows_groups_and_no_hash(file: Path) -> None:
    run("add", file, "alice", "--group", "Staff", "--password-stdin", typed=b"secret\n")
    shown = run("list", file)
    assert shown.returncode == 0
    assert b"alice" in shown.stdout
    assert b"Staff" in shown.stdout
    assert nt_hash("secret").hex().encode() not in shown.stdout
    assert json.loads(run("list", file, "--format", "json").stdout) == {
        "users": [{"name": "alice", "groups": ["Staff"], "principal": "", "disabled": False}]
    }


def test_remove_removes(file: Path) -> None:
    for name in ("alice", "bob"):
        run("add", file, name, "--password-stdin", typed=b"secret\n")
    assert run("remove", file, "Alice").returncode == 0
    assert set(hashes(file)) == {"bob"}


def test_something_wrong_is_1_and_changes_nothing(file: Path) -> None:
    run("add", file, "alice", "--password-stdin", typed=b"secret\n")
    before = file.read_bytes()
    again = run("add", file, "alice", "--password-stdin", typed=b"other\n")
    nobody = run("remove", file, "mallory")
    domain = run("add", file, "CONTOSO\\bob", "--password-stdin", typed=b"other\n")
    assert [again.returncode, nobody.returncode, domain.returncode] == [1, 1, 1]
    assert b"--replace" in again.stderr
    assert file.read_bytes() == before
    assert run("add", file, "alice", "--replace", "--password-stdin", typed=b"other\n").returncode == 0
    assert hashes(file) == {"alice": nt_hash("other")}


def test_what_could_not_run_is_2(file: Path) -> None:
    nobody_types = run("add", file, "alice")
    empty = run("add", file, "alice", "--password-stdin", typed=b"\n")
    no_text = run("add", file, "alice", "--password-stdin", typed=b"\xff\n")
    no_file = run("list", file)
    no_name = run("add", file)
    assert [one.returncode for one in (nobody_types, empty, no_text, no_file, no_name)] == [2, 2, 2, 2, 2]
    assert b"--password-stdin" in nobody_types.stderr
    assert not file.exists()


def test_a_password_is_asked_for_twice_and_not_shown(file: Path) -> None:
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "bridgehead", "user", "add", str(file), "alice"]
    started = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, start_new_session=True)
    os.close(its)
    shown, answered, answers = b"", 0, [b"secret-1\n", b"secret-2\n", b"secret-3\n", b"secret-3\n"]
    try:
        while part := more_of(ours):
            shown += part
            if answers and shown.count(b"alice:") + shown.count(b"confirmation:") > answered:
                wait_until_nothing_is_shown(ours)
                os.write(ours, answers.pop(0))
                answered += 1
        assert started.wait(SECONDS) == 0
    finally:
        started.kill()
        started.wait()
        os.close(ours)
    assert answers == []
    assert b"secret" not in shown
    assert hashes(file) == {"alice": nt_hash("secret-3")}


def more_of(terminal: int) -> bytes:
    """What is shown next; nothing where the other end is gone, or silent for too long."""
    if not select.select([terminal], [], [], SECONDS)[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def wait_until_nothing_is_shown(terminal: int) -> None:
    """What is typed before the command has turned the echo off would be thrown away."""
    deadline = time.monotonic() + SECONDS
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < deadline:
        select.select([terminal], [], [], 0.01)


@pytest.mark.parametrize("command", ["add", "remove", "list"])
def test_help_has_examples(command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert b"For example" in shown.stdout
    assert b"Exit status" in shown.stdout

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.verify.isolation.surroundings import LOOPBACK, PROTECTED, Surroundings, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 120
ONE_ROUND = ("--rounds", "1", "--connections", "6")


@pytest.fixture(scope="module")
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with ExitStack() as stack:
        yield published(tmp_path_factory.mktemp("published"), stack)


@pytest.fixture
def surroundings(_surroundings: Surroundings) -> Surroundings:
    _surroundings.forgive()
    return _surroundings


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def users(surroundings: Surroundings, tmp_path: Path) -> Path:
    file = tmp_path / "users.toml"
    file.write_text("".join(f"[[user]]\nname = '{u.name}'\npassword = '{u.password}'\n" for u in surroundings.users))
    file.chmod(0o600)
    return file


def url_of(surroundings: Surroundings) -> str:
    names = surroundings.deployment.publication
    return names.url(names.web, PROTECTED)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bridgehead", "ntlm-check", *map(str, arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=SECONDS, stdin=subprocess.DEVNULL
    )


def through_bridgehead(surroundings: Surroundings, *more: object) -> subprocess.CompletedProcess[str]:
    trust = surroundings.deployment.outside_root
    return run(url_of(surroundings), "--connect-to", LOOPBACK, "--trust", trust, *more)


def test_a_proxy_that_keeps_identities_apart(surroundings: Surroundings, users: Path) -> None:
    reload = f"{sys.executable} -m bridgehead reload --control {surroundings.control}"
    done = through_bridgehead(surroundings, "--credentials-file", users, "--reload", reload, *ONE_ROUND)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"held +24 ", done.stdout)
    assert "0 rules broken" in done.stdout


def test_a_proxy_that_lends_logins(surroundings: Surroundings, users: Path, stack: ExitStack) -> None:
    target = surroundings.through_relay(stack)
    connect_to = f"{LOOPBACK}:{target.address[1]}"
    done = run(target.url, "--connect-to", connect_to, "--credentials-file", users, "--time", "20", *ONE_ROUND)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN   2" in done.stdout
    assert "Rule 2, the proof: " in done.stdout


def test_a_shield_that_holds_logins_back_is_no_verdict(surroundings: Surroundings, users: Path) -> None:
    right = users.read_text()
    users.write_text(right.replace(surroundings.users[0].password, "mistyped"))
    through_bridgehead(surroundings, "--credentials-file", users, *ONE_ROUND)
    users.write_text(right)
    done = through_bridgehead(surroundings, "--credentials-file", users, *ONE_ROUND)
    assert done.returncode == 2, done.stdout + done.stderr
    told = " ".join(done.stdout.split())
    assert "alice-1 was answered with 429 (Retry-After: " in told
    assert "allowed_sources in [shield]" in told
    assert "BROKEN" not in told


def test_json_says_the_same(surroundings: Surroundings, users: Path) -> None:
    done = through_bridgehead(surroundings, "--credentials-file", users, "--format", "json", *ONE_ROUND)
    report = json.loads(done.stdout)
    assert [rule["number"] for rule in report["rules"]] == list(range(1, 26))
    assert report["users"] == [user.name for user in surroundings.users]
    assert not any(user.password in done.stdout for user in surroundings.users)


def test_without_users_it_says_what_that_is_worth(surroundings: Surroundings) -> None:
    done = through_bridgehead(surroundings)
    assert done.returncode == 0
    assert "says nothing about whether identities stay apart" in done.stdout


def test_users_are_asked_for_without_echo(surroundings: Surroundings) -> None:
    alice, bob = surroundings.users
    trust = surroundings.deployment.outside_root
    ours, theirs = pty.openpty()
    arguments = command(
        url_of(surroundings), "--connect-to", LOOPBACK, "--trust", trust, "--format", "json", *ONE_ROUND
    )
    process = subprocess.Popen(arguments, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    seen = shown = ""
    for question, typed in (
        ("for none):", alice.name),
        # The space after a question for a password is written once the echo is off.
        (f"Password of {alice.name}: ", alice.password),
        ("for none):", bob.name),
        (f"Password of {bob.name}: ", bob.password),
    ):
        while question not in seen:
            seen += os.read(ours, 4096).decode()
        os.write(ours, f"{typed}\n".encode())
        shown, seen = shown + seen, ""
    out, _ = process.communicate(timeout=SECONDS)
    shown += os.read(ours, 4096).decode()
    os.close(ours)
    assert alice.password not in shown
    assert bob.password not in shown
    assert json.loads(out)["users"] == [alice.name, bob.name]
    assert json.loads(out)["logins"] > 2
    assert alice.password not in out


def test_a_readable_file_is_refused_before_anything_is_sent(surroundings: Surroundings, users: Path) -> None:
    users.chmod(0o644)
    done = through_bridgehead(surroundings, "--credentials-file", users)
    assert (done.returncode, done.stdout) == (2, "")
    assert "chmod 600" in done.stderr


@pytest.mark.parametrize("url", ["webext.contoso.com", "https://alice:secret@webext.contoso.com/"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    done = run(url)
    assert done.returncode == 2
    assert "not a web address" in done.stderr
    assert "secret" not in done.stderr


def test_a_certificate_that_is_not_trusted_is_told(surroundings: Surroundings, users: Path) -> None:
    done = run(url_of(surroundings), "--connect-to", LOOPBACK, "--credentials-file", users)
    assert done.returncode == 2
    assert "certificate" in done.stdout
    assert "Traceback" not in done.stderr

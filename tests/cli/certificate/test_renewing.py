"""The command that a timer runs, as far as it comes without an authority. The rest: `tests/interop/test_acme.py`."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bridgehead.certificates.store.layout import ACME
from bridgehead.certificates.store.lock import lock
from bridgehead.certificates.store.store import Store
from tests.cli.certificate.deployment import FILE
from tests.end_to_end.command_line import Finished, run
from tests.end_to_end.free_port import free_port

ORDERED = FILE.replace('store = ["ecdsa"]', 'store = ["ecdsa"]\nacme = true')


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIDGEHEAD_CONTROL", str(tmp_path / "control.sock"))
    path = tmp_path / "bridgehead.toml"
    gone = f'[acme]\nname = "gone"\ndirectory = "https://localhost:{free_port()}/directory"\n'
    path.write_text(ORDERED + gone)
    return path


def renew(file: Path, *options: str) -> Finished:
    return run("certificate", "renew", file, *options)


def test_a_failure_is_told_once_and_then_waited_for_in_silence(file: Path) -> None:
    failed = renew(file)
    assert failed.returncode == 1
    assert "gone does not answer" in failed.stderr
    assert "public (ecdsa): not renewed; what was served goes on being served. It is tried again from " in failed.stderr
    quiet = renew(file)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    (waiting,) = json.loads(renew(file, "--format", "json").stdout)
    assert waiting["result"] == "waiting"
    assert renew(file, "--now").returncode == 1


def test_a_trial_never_waits(file: Path, tmp_path: Path) -> None:
    for _ in range(2):
        tried = renew(file, "--dry-run")
        assert tried.returncode == 1
        assert "gone does not answer" in tried.stderr
    assert json.loads(renew(file, "--format", "json").stdout)[0]["result"] == "failed"
    assert Store(tmp_path / "store").problems() == ()


def test_who_asks_at_a_terminal_is_told_that_it_waits(file: Path) -> None:
    renew(file)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bridgehead", "certificate", "renew", str(file)]
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        assert subprocess.run(command, stdout=theirs, check=False).returncode == 0
        os.close(theirs)
        assert b"public (ecdsa): tried again from " in terminal.read(4096)


def test_another_proxy_of_the_farm_orders(file: Path, tmp_path: Path) -> None:
    node = run("certificate", "node-key", "edge-one", "--store", tmp_path / "elsewhere").stdout.strip()
    file.write_text(f'{file.read_text()}[farm]\norders = "edge-one"\n[farm.nodes]\nedge-one = "{node}"\n')
    quiet = renew(file)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    (told,) = json.loads(renew(file, "--format", "json").stdout)
    assert told["result"] == "not-here"
    assert "edge-one" in told["because"]


def test_what_nobody_orders_is_told(file: Path) -> None:
    unknown = renew(file, "edge")
    assert unknown.returncode == 1
    assert "Those with acme = true: public." in unknown.stderr


def test_a_file_without_an_authority_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bridgehead.toml"
    path.write_text(FILE)
    assert "names no authority" in renew(path).stderr


def test_one_at_a_time(file: Path, tmp_path: Path) -> None:
    renew(file)
    with lock(tmp_path / "store" / ACME):
        busy = renew(file, "--now")
    assert busy.returncode == 1
    assert "Another command is changing this store" in busy.stderr


def test_what_is_remembered_and_cannot_be_read_is_named(file: Path, tmp_path: Path) -> None:
    # A directory cannot be read as a file, whoever tries.
    remembered = tmp_path / "store" / ACME / "renewals/public/ecdsa.json"
    remembered.mkdir(parents=True)
    told = renew(file)
    assert told.returncode == 1
    assert f"{remembered}: What is remembered of orders cannot be read" in told.stderr


def test_a_time_to_stage_for_is_read_before_anything_is_ordered(file: Path, tmp_path: Path) -> None:
    assert renew(file, "--at", "soon").returncode == 1
    assert not (tmp_path / "store").exists()


def test_other_commands_do_not_load_the_acme_library() -> None:
    program = "import sys, bridgehead.cli; print({'acme', 'josepy', 'dns', 'requests'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout == "set()\n"

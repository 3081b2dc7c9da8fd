"""The accounts with authorities, as far as it comes without one. The rest: `tests/interop/test_acme.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.certificate.deployment import FILE
from tests.cli.certificate.test_renewing import ORDERED
from tests.end_to_end.command_line import run
from tests.end_to_end.free_port import free_port


def test_an_authority_that_does_not_answer_is_told_and_the_account_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bridgehead.toml"
    path.write_text(f'{ORDERED}[acme]\nname = "gone"\ndirectory = "https://localhost:{free_port()}/directory"\n')
    told = run("certificate", "account", path, "--format", "json")
    assert told.returncode == 1
    found = json.loads(told.stdout)
    assert [(one["authority"], one["account"]) for one in found["accounts"]] == [("gone", None)]
    assert [one["code"] for one in found["problems"]] == ["acme.unreachable"]


@pytest.mark.parametrize("words", [("--register",), ()])
def test_a_file_without_an_authority_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "bridgehead.toml"
    path.write_text(FILE)
    told = run("certificate", "account", path, *words)
    assert told.returncode == 1
    assert "names no authority" in told.stderr

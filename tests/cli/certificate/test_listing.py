"""`bridgehead certificate list`: what the store holds, and what uses it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.store.store import Store
from tests.certificates.store.stocked import HOST, NAME, add_generation, add_request
from tests.end_to_end.command_line import run

FILE = """\
sip_domains = ["contoso.com"]
simple_urls.meet."contoso.com" = "https://meet.contoso.com"
certificate_store = "certificates"
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
[certificate.public]
store = "ecdsa"
[[listener]]
name = "outside"
address = "127.0.0.1:443"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridgehead.toml"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """One generation that is live, one that is staged, and one request."""
    store, now = Store(tmp_path / "certificates"), datetime.now(UTC)
    for _ in range(2):
        generation = add_generation(store, begins=now - timedelta(days=1), days=91)
        if generation.number == 1:
            store.activate(generation)
        else:
            store.stage(generation, now + timedelta(days=1), now=now)
    add_request(store)
    return store


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_table_shows_what_is_live_what_uses_it_and_what_waits(file: Path, store: Store) -> None:
    listed = run("certificate", "list", file)
    assert listed.returncode == 0, listed
    for words in (NAME, "ecdsa", "Contoso Root", "89", "outside", HOST):
        assert words in flat(listed.stdout)
    (waiting,) = store.requests()
    assert f"public (ecdsa): request {waiting.identifier} waits for its answer" in listed.stdout
    assert "public (ecdsa): generation 2 is staged for" in listed.stdout


def test_the_same_as_json_for_programs(file: Path, store: Store) -> None:
    (waiting,) = store.requests()
    told = json.loads(run("certificate", "list", file, "--format", "json").stdout)
    assert told["problems"] == []
    (one,) = told["certificates"]
    assert (one["name"], one["kind"], one["listeners"]) == (NAME, "ecdsa", ["outside"])
    assert (one["staged"], one["waiting"]) == (2, [waiting.identifier])
    assert [(each["number"], each["live"], each["names"]) for each in one["generations"]] == [
        (1, True, [HOST]),
        (2, False, [HOST]),
    ]


def test_a_store_can_be_shown_without_a_file(store: Store) -> None:
    listed = run("certificate", "list", "--store", store.directory, "--format", "json")
    assert json.loads(listed.stdout)["certificates"][0]["listeners"] == []


def test_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    listed = run("certificate", "list", "--store", tmp_path / "none")
    assert listed.returncode == 0
    assert "bridgehead certificate request" in listed.stdout


def test_what_is_wrong_with_the_store_is_told_beside_it(store: Store) -> None:
    store.generation(NAME, "ecdsa", 1).key_path.chmod(0o644)
    warned = run("certificate", "list", "--store", store.directory)
    assert warned.returncode == 0
    assert "chmod 600" in warned.stderr
    store.directory.chmod(0o755)
    wrong = run("certificate", "list", "--store", store.directory)
    assert wrong.returncode == 1
    assert "chmod 700" in wrong.stderr


def test_no_key_is_opened_for_it(tmp_path: Path) -> None:
    add_generation(Store(tmp_path / "certificates", b"correct horse"))
    listed = run("certificate", "list", "--store", tmp_path / "certificates")
    assert listed.returncode == 0, listed

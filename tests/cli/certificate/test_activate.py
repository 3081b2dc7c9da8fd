"""Which generation a command means. What comes of it on a running proxy is in tests/end_to_end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from bridgehead.certificates.store.store import Store
from bridgehead.cli.certificate.activate import choose
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import (
    FACTS,
    NAME,
    add_generation,
    add_request,
    certificate,
    new_key,
    subject,
)
from tests.end_to_end.command_line import run

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "certificates")


def add_rsa(store: Store) -> None:
    key = rsa.generate_private_key(65537, 2048)
    like = certificate(new_key(), begins=YESTERDAY)
    leaf = (
        x509.CertificateBuilder(subject("Contoso Root"), like.subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(like.not_valid_before_utc)
        .not_valid_after(like.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    store.add_generation(NAME, "rsa", [leaf], key, FACTS)


def code(store: Store, *arguments: object) -> str:
    with pytest.raises(ProblemsFound) as found:
        choose(store, *arguments)  # type: ignore[arg-type] # each case has its own
    return found.value.problems[0].code


def test_without_a_number_it_is_the_newest_of_each_kind(store: Store) -> None:
    add_generation(store)
    add_generation(store)
    add_rsa(store)
    assert [(one.kind, one.number) for one in choose(store, NAME, None, None)] == [("rsa", 1), ("ecdsa", 2)]


def test_a_number_that_one_kind_has_alone_needs_no_kind(store: Store) -> None:
    add_generation(store)
    add_generation(store)
    add_rsa(store)
    (chosen,) = choose(store, NAME, None, 2)
    assert (chosen.kind, chosen.number) == ("ecdsa", 2)


def test_a_number_of_both_kinds_needs_one(store: Store) -> None:
    add_generation(store)
    add_rsa(store)
    assert code(store, NAME, None, 1) == "store.which-kind"
    assert choose(store, NAME, "rsa", 1)[0].kind == "rsa"


def test_what_is_not_there_is_told(store: Store) -> None:
    assert code(store, NAME, None, None) == "store.unknown"
    add_request(store)
    assert code(store, NAME, None, None) == "store.nothing-yet"
    assert code(store, NAME, None, 3) == "store.no-generation"
    assert code(store, NAME, "rsa", None) == "store.unknown"


def test_rolling_back_what_was_never_rolled_is_told(store: Store) -> None:
    store.activate(add_generation(store))
    refused = run("certificate", "roll-back", NAME, "--store", store.directory, "--no-reload")
    assert refused.returncode == 1
    assert "No generation of public (ecdsa) was live before" in refused.stderr


def test_what_is_damaged_can_be_rolled_back(store: Store) -> None:
    for generation in (add_generation(store, begins=YESTERDAY), add_generation(store, begins=YESTERDAY)):
        store.activate(generation)
    generation.chain_path.write_text("damaged")
    done = run("certificate", "roll-back", NAME, "--store", store.directory, "--no-reload")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Live again: public (ecdsa), generation 1.")


def test_of_two_kinds_the_one_that_was_renewed_is_rolled_back(store: Store) -> None:
    add_rsa(store)
    store.activate(store.generation(NAME, "rsa", 1))
    for generation in (add_generation(store, begins=YESTERDAY), add_generation(store, begins=YESTERDAY)):
        store.activate(generation)
    done = run("certificate", "roll-back", NAME, "--store", store.directory, "--no-reload")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "Live again: public (ecdsa), generation 1, instead of 2.",
    )
    rsa_live = store.live(NAME, "rsa")
    assert rsa_live is not None
    assert rsa_live.number == 1


def test_nobody_goes_back_to_what_has_expired(store: Store) -> None:
    store.activate(add_generation(store, begins=YESTERDAY - timedelta(days=9), days=3))
    store.activate(add_generation(store, begins=YESTERDAY))
    refused = run("certificate", "roll-back", NAME, "--store", store.directory, "--no-reload")
    assert refused.returncode == 1
    assert "expired on" in refused.stderr
    live = store.live(NAME, "ecdsa")
    assert live is not None
    assert live.number == 2


def test_of_two_kinds_both_change_or_none(store: Store) -> None:
    add_rsa(store)
    add_generation(store, begins=YESTERDAY)
    (store.directory / NAME / "ecdsa" / "live").mkdir()  # no link can be put in the place of a directory
    refused = run("certificate", "activate", NAME, "--store", store.directory, "--no-reload")
    assert refused.returncode == 1
    assert "The store cannot be changed" in refused.stderr
    assert store.live(NAME, "rsa") is None


def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path) -> None:
    secret = Store(tmp_path / "certificates", b"correct horse")
    add_generation(secret, begins=YESTERDAY)
    where = ("--store", secret.directory, "--no-reload")
    refused = run("certificate", "activate", NAME, *where)
    assert refused.returncode == 1
    assert "--passphrase-file" in refused.stderr
    (tmp_path / "passphrase").write_text("correct horse\n")
    done = run("certificate", "activate", NAME, *where, "--passphrase-file", tmp_path / "passphrase")
    assert done.returncode == 0, done
    assert "horse" not in done.stdout + done.stderr


def test_a_number_in_place_of_the_file_is_told_apart(store: Store) -> None:
    add_generation(store)
    refused = run("certificate", "activate", NAME, "2", "--store", store.directory, "--no-reload")
    assert refused.returncode == 2
    assert "--generation 2" in refused.stderr

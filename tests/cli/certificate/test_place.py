"""Which store a command works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.cli.certificate.place import open_place
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import add_generation
from tests.cli.certificate.test_listing import FILE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridgehead.toml"
    path.write_text(f'certificate_passphrase_file = "passphrase"\n{FILE}', "utf-8")
    (tmp_path / "passphrase").write_text("correct horse\n")
    return path


def test_the_file_names_the_store_and_its_passphrase(file: Path, tmp_path: Path) -> None:
    place = open_place(file, None, None)
    assert place.store.directory == tmp_path / "certificates"
    assert b"ENCRYPTED" in add_generation(place.store).key_path.read_bytes()
    assert place.topology is not None


def test_a_directory_may_be_given_instead(tmp_path: Path) -> None:
    place = open_place(None, tmp_path, None)
    assert (place.store.directory, place.loaded) == (tmp_path, None)


def test_a_directory_beside_the_file_comes_first(file: Path, tmp_path: Path) -> None:
    assert open_place(file, tmp_path / "other", None).store.directory == tmp_path / "other"


def test_a_missing_passphrase_is_told_where_it_is_needed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").unlink()
    with pytest.raises(ProblemsFound) as found:
        open_place(file, None, None)
    assert str(tmp_path / "passphrase") in found.value.problems[0].where
    assert open_place(file, None, None, keys=False).store.names() == ()

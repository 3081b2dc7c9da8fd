"""PFX files as Windows and OpenSSL write them, made here by the real openssl."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read_bytes
from tests.certificates.issuing import Authority, openssl

ROOT = Authority("Root")
ISSUING = Authority("Issuing", ROOT)
LEAF = ISSUING.issue()

FORMS = {
    "AES and SHA-256": [],
    "as old Windows exports": ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"],
    "3DES throughout": ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    "RC2 with 128 bits": ["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-128", "-macalg", "sha1"],
}


def export(directory: Path, *options: str, passphrase: str = "open sesame") -> bytes:
    (directory / "leaf.pem").write_bytes(LEAF.pem)
    (directory / "leaf.key").write_bytes(LEAF.key_pem)
    (directory / "more.pem").write_bytes(ISSUING.pem + ROOT.pem)
    arguments = ["-in", "leaf.pem", "-inkey", "leaf.key", "-certfile", "more.pem", "-name", "Contoso Ü"]
    return openssl("pkcs12", "-export", *arguments, "-passout", f"pass:{passphrase}", *options, directory=directory)


def codes(data: bytes, passphrase: bytes | None) -> list[str]:
    return [problem.code for problem in read_bytes(data, passphrase, "file").problems]


@pytest.mark.parametrize("form", FORMS)
def test_every_encryption_that_windows_has_used_opens(form: str, tmp_path: Path) -> None:
    contents = read_bytes(export(tmp_path, *FORMS[form]), b"open sesame", "file")
    assert contents.form == "PFX"
    assert contents.problems == ()
    assert set(contents.certificates) == {LEAF.certificate, ISSUING.certificate, ROOT.certificate}
    assert belongs(contents.keys[0], LEAF.certificate)
    assert contents.friendly_name == "Contoso Ü"


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_passphrase_is_told_from_none(form: str, tmp_path: Path) -> None:
    data = export(tmp_path, *FORMS[form])
    assert codes(data, b"open barley") == ["certificate.passphrase-wrong"]
    assert codes(data, None) == ["certificate.passphrase-missing"]


def test_an_empty_passphrase_needs_none(tmp_path: Path) -> None:
    data = export(tmp_path, passphrase="")
    assert codes(data, None) == []
    assert codes(data, b"open sesame") == ["certificate.passphrase-wrong"]


def test_a_file_that_was_cut_short_is_no_wrong_passphrase(tmp_path: Path) -> None:
    data = export(tmp_path)
    assert codes(data[:-10], b"open sesame") == ["certificate.damaged"]


def test_one_without_a_key_has_its_certificates(tmp_path: Path) -> None:
    contents = read_bytes(export(tmp_path, "-nokeys"), b"open sesame", "file")
    assert contents.keys == ()
    assert LEAF.certificate in contents.certificates

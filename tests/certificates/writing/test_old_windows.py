"""The old form of PFX: the real openssl opens it with `-legacy` alone, and finds what Windows looks for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read_bytes
from bridgehead.certificates.writing.old_windows import RSA_PROVIDER, as_old_pfx
from tests.certificates.issuing import Authority, Issued, openssl

ROOT = Authority("Root")
ISSUING = Authority("Issuing", ROOT)
PASSPHRASE = "sésame, open"


@pytest.fixture(scope="module", params=["rsa", "ecdsa"])
def leaf(request: pytest.FixtureRequest) -> Issued:
    return ISSUING.issue(key=rsa.generate_private_key(65537, 2048) if request.param == "rsa" else None)


@pytest.fixture
def written(leaf: Issued, tmp_path: Path) -> Path:
    path = tmp_path / "old.pfx"
    chain = [leaf.certificate, ISSUING.certificate]
    path.write_bytes(as_old_pfx(chain, leaf.key, PASSPHRASE, "Edge external"))  # type: ignore[arg-type]
    return path


def test_openssl_opens_it_with_legacy(written: Path, leaf: Issued) -> None:
    shown = openssl("pkcs12", "-legacy", "-in", written, "-nodes", "-passin", f"pass:{PASSPHRASE}")
    assert b"friendlyName: Edge external" in shown
    contents = read_bytes(shown, None, "openssl")
    assert contents.certificates == (leaf.certificate, ISSUING.certificate)
    assert belongs(contents.keys[0], leaf.certificate)


def test_openssl_refuses_it_without(written: Path) -> None:
    refused = subprocess.run(
        ["openssl", "pkcs12", "-in", written, "-nodes", "-passin", f"pass:{PASSPHRASE}"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode != 0
    assert b"unsupported" in refused.stderr


def test_a_wrong_passphrase_does_not_open_it(written: Path) -> None:
    told = read_bytes(written.read_bytes(), b"open barley", "file").problems
    assert [problem.code for problem in told] == ["certificate.passphrase-wrong"]


def test_windows_finds_an_exchange_key_of_the_legacy_provider(written: Path, leaf: Issued) -> None:
    shown = openssl("pkcs12", "-legacy", "-in", written, "-nodes", "-nocerts", "-passin", f"pass:{PASSPHRASE}").decode()
    of_rsa = isinstance(leaf.key, rsa.RSAPrivateKey)
    assert (f"Microsoft CSP Name: {RSA_PROVIDER}" in shown) is of_rsa
    assert ("X509v3 Key Usage: 10" in shown) is of_rsa


def test_its_forms_are_those_of_old_windows(written: Path) -> None:
    shown = subprocess.run(
        ["openssl", "pkcs12", "-legacy", "-info", "-noout", "-in", written, "-passin", f"pass:{PASSPHRASE}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stderr
    assert "MAC: sha1, Iteration 2000" in shown
    assert "pbeWithSHA1And40BitRC2-CBC" in shown
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in shown


def test_we_read_it_back(written: Path, leaf: Issued) -> None:
    contents = read_bytes(written.read_bytes(), PASSPHRASE.encode(), "file")
    assert contents.certificates == (leaf.certificate, ISSUING.certificate)
    assert contents.friendly_name == "Edge external"


def test_it_is_sound_der(written: Path) -> None:
    assert b"SEQUENCE" in openssl("asn1parse", "-inform", "DER", "-in", written)


def test_a_name_is_not_needed(leaf: Issued) -> None:
    data = as_old_pfx([leaf.certificate], leaf.key, PASSPHRASE, "")  # type: ignore[arg-type]
    assert read_bytes(data, PASSPHRASE.encode(), "file").friendly_name == ""

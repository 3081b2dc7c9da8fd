"""The PFX that we write, opened by the real openssl and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read_bytes
from bridgehead.certificates.writing.pfx import as_pfx
from tests.certificates.issuing import Authority, Issued, openssl

ROOT = Authority("Root")
ISSUING = Authority("Issuing", ROOT)
PASSPHRASE = "sésame, open"


@pytest.fixture(params=["rsa", "ecdsa"])
def leaf(request: pytest.FixtureRequest) -> Issued:
    return ISSUING.issue(key=rsa.generate_private_key(65537, 2048) if request.param == "rsa" else None)


def test_it_opens_with_openssl(leaf: Issued, tmp_path: Path) -> None:
    written = tmp_path / "new.pfx"
    chain = [leaf.certificate, ISSUING.certificate]
    written.write_bytes(as_pfx(chain, leaf.key, PASSPHRASE.encode(), "Contoso Ü"))  # type: ignore[arg-type]
    shown = openssl("pkcs12", "-in", written, "-nodes", "-passin", f"pass:{PASSPHRASE}")
    assert b"friendlyName: Contoso" in shown
    contents = read_bytes(shown, None, "openssl")
    assert contents.certificates == tuple(chain)
    assert belongs(contents.keys[0], leaf.certificate)


def test_we_read_it_back(leaf: Issued) -> None:
    data = as_pfx([leaf.certificate, ISSUING.certificate], leaf.key, PASSPHRASE.encode(), "Contoso Ü")  # type: ignore[arg-type]
    contents = read_bytes(data, PASSPHRASE.encode(), "file")
    assert (contents.problems, contents.friendly_name) == ((), "Contoso Ü")

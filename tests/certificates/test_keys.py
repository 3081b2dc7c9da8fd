"""Private keys: written and opened, and what each fault is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridgehead.certificates.keys import (
    PrivateKey,
    key_as_pem,
    kind_of,
    public_key_bytes,
    read_key,
)
from bridgehead.problems import ProblemsFound

ECDSA = ec.generate_private_key(ec.SECP256R1())


def code(path: Path, passphrase: bytes | None = None) -> str:
    with pytest.raises(ProblemsFound) as found:
        read_key(path, passphrase)
    return found.value.problems[0].code


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
@pytest.mark.parametrize("key", [ECDSA, rsa.generate_private_key(65537, 2048)], ids=["ecdsa", "rsa"])
def test_a_key_is_read_as_it_was_written(tmp_path: Path, key: PrivateKey, passphrase: bytes | None) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(key_as_pem(key, passphrase))
    assert public_key_bytes(read_key(path, passphrase)) == public_key_bytes(key)


def test_the_two_kinds_are_told_apart() -> None:
    assert kind_of(ECDSA) == "ecdsa"
    assert kind_of(rsa.generate_private_key(65537, 2048)) == "rsa"


def test_a_key_that_no_lync_client_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    edwards = ed25519.Ed25519PrivateKey.generate()
    path.write_bytes(edwards.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert code(path) == "key.kind"


def test_each_fault_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert code(path) == "certificate.file-missing"
    path.write_bytes(key_as_pem(ECDSA, b"correct horse"))
    assert code(path) == "key.passphrase-missing"
    assert code(path, b"battery staple") == "key.passphrase-wrong"
    path.write_text("no key")
    assert code(path) == "key.damaged"
    assert code(tmp_path) == "certificate.file-unreadable"

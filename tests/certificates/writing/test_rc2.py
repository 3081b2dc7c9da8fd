"""RC2 with 40 bits, against the real one."""

from __future__ import annotations

import os

import pytest

from bridgehead.certificates.writing.rc2 import encrypt
from tests.certificates.issuing import openssl


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 1000])
def test_it_encrypts_as_openssl_does(length: int) -> None:
    key, initial, plain = os.urandom(5), os.urandom(8), os.urandom(length)
    providers = ["-provider", "legacy", "-provider", "default"]
    expected = openssl("enc", "-rc2-40-cbc", *providers, "-K", key.hex(), "-iv", initial.hex(), given=plain)
    assert encrypt(key, initial, plain) == expected


@pytest.mark.parametrize(
    ("key", "plain", "cipher"),
    [
        ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
        ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
    ],
)
def test_it_gives_what_the_rfc_says(key: str, plain: str, cipher: str) -> None:
    """RFC 2268, section 5: those whose effective length is that of the key."""
    encrypted = encrypt(bytes.fromhex(key), bytes(8), bytes.fromhex(plain))
    assert encrypted[:8].hex() == cipher

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

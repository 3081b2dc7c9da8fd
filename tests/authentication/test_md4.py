"""The test suite of RFC 1320 (appendix A.5), and messages of every length about the size of a block."""

from __future__ import annotations

import pytest
from spnego._ntlm_raw.md4 import md4 as of_pyspnego

from bridgehead.authentication.md4 import md4

SUITE = {
    b"": "31d6cfe0d16ae931b73c59d7e0c089c0",
    b"a": "bde52cb31de33e46245e05fbdbd6fb24",
    b"abc": "a448017aaf21d8525fc10ae87aa6729d",
    b"message digest": "d9130a8164549fe818874806e1c7014b",
    b"abcdefghijklmnopqrstuvwxyz": "d79e1c308aa5bbcdeea8ed63df412da9",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789": "043f8582f241db351ce627e153e7f0e4",
    b"1234567890" * 8: "e33b4ddc9c38f2199c3e7b164fcc0536",
}


@pytest.mark.parametrize("message", SUITE)
def test_the_suite_of_the_rfc(message: bytes) -> None:
    assert md4(message).hex() == SUITE[message]


def test_every_length_of_padding_is_what_another_implementation_makes_of_it() -> None:
    for length in range(200):
        message = bytes(range(length))
        assert md4(message) == of_pyspnego(message)

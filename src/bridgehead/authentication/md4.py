"""MD4 (RFC 1320), of which Windows makes its password hashes, and which OpenSSL 3 no longer offers.

Broken as a hash since 1995; here it is the name of a thing that others compute, and protects nothing.
"""

from __future__ import annotations

import struct

_MASK = 0xFFFFFFFF
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)

_ROUNDS = (
    # What is added, in which order the words come, and how far each result is turned (RFC 1320 section 3.4).
    (0x00000000, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), (3, 7, 11, 19)),
    (0x5A827999, (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13)),
    (0x6ED9EBA1, (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)),
)


def md4(message: bytes) -> bytes:
    """The sixteen bytes of a message's MD4."""
    padding = b"\x80" + bytes(-(len(message) + 9) % 64)
    padded = message + padding + struct.pack("<Q", len(message) * 8 & 0xFFFFFFFFFFFFFFFF)
    state = _START
    for words in struct.iter_unpack("<16I", padded):
        state = _mixed(state, words)
    return struct.pack("<4I", *state)


def _mixed(state: tuple[int, int, int, int], words: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    for number, (constant, order, turns) in enumerate(_ROUNDS):
        for step, word in enumerate(order):
            turned = (a + _function(number, b, c, d) + words[word] + constant) & _MASK
            by = turns[step % 4]
            a, b, c, d = d, (turned << by | turned >> (32 - by)) & _MASK, b, c
    mixed = zip(state, (a, b, c, d), strict=True)
    first, second, third, fourth = ((before + after) & _MASK for before, after in mixed)
    return first, second, third, fourth


def _function(number: int, x: int, y: int, z: int) -> int:
    if number == 0:
        return (x & y) | (~x & z)
    if number == 1:
        return (x & y) | (x & z) | (y & z)
    return x ^ y ^ z

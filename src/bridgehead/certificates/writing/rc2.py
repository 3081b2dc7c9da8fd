"""RC2 with 40 bits (RFC 2268), encryption alone: what old Windows expects around the certificates of a PFX.

It protects nothing, and need not: certificates are public. The private key beside them is under triple DES. The
library has RC2 with 128 bits only.
"""

from __future__ import annotations

BLOCK = 8
_ROTATIONS = (1, 2, 3, 5)
_MASHED_AFTER = (4, 10)
_MASK = 0xFFFF

_TABLE = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def encrypt(key: bytes, initial: bytes, plain: bytes) -> bytes:
    """CBC with PKCS #7 padding; the key's own length is its effective one."""
    words = _expand(key)
    padding = BLOCK - len(plain) % BLOCK
    padded = plain + bytes([padding]) * padding
    previous, encrypted = initial, []
    for start in range(0, len(padded), BLOCK):
        mixed = bytes(one ^ other for one, other in zip(padded[start : start + BLOCK], previous, strict=True))
        previous = _encrypt_block(words, mixed)
        encrypted.append(previous)
    return b"".join(encrypted)


def _expand(key: bytes) -> list[int]:
    """Section 2: 64 words from the key."""
    octets = [*key, *bytes(128 - len(key))]
    for index in range(len(key), 128):
        octets[index] = _TABLE[(octets[index - 1] + octets[index - len(key)]) & 0xFF]
    octets[128 - len(key)] = _TABLE[octets[128 - len(key)]]
    for index in range(127 - len(key), -1, -1):
        octets[index] = _TABLE[octets[index + 1] ^ octets[index + len(key)]]
    return [octets[index] | octets[index + 1] << 8 for index in range(0, 128, 2)]


def _encrypt_block(words: list[int], block: bytes) -> bytes:
    """Section 3: sixteen rounds of mixing, and two of mashing among them."""
    state = [int.from_bytes(block[index : index + 2], "little") for index in range(0, BLOCK, 2)]
    for turn in range(16):
        for index, bits in enumerate(_ROTATIONS):
            before, second, third = state[index - 1], state[index - 2], state[index - 3]
            mixed = (state[index] + words[4 * turn + index] + (before & second) + (~before & third)) & _MASK
            state[index] = (mixed << bits | mixed >> (16 - bits)) & _MASK
        if turn in _MASHED_AFTER:
            for index in range(4):
                state[index] = (state[index] + words[state[index - 1] & 63]) & _MASK
    return b"".join(word.to_bytes(2, "little") for word in state)

"""Just enough DER (ITU-T X.690) to write an old PFX."""

from __future__ import annotations

SEQUENCE, SET, OCTETS, INTEGER, OBJECT, NULL = 0x30, 0x31, 0x04, 0x02, 0x06, 0x05
BMP_STRING, BIT_STRING = 0x1E, 0x03
EXPLICIT_0, IMPLICIT_0 = 0xA0, 0x80


def element(tag: int, *parts: bytes) -> bytes:
    """One element: its tag, its length and its contents."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    """A number that is not negative."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def object_identifier(dotted: str) -> bytes:
    """`1.2.840.113549.1.7.1`."""
    first, second, *rest = map(int, dotted.split("."))
    return element(OBJECT, bytes([first * 40 + second]), *map(_base_128, rest))


def _base_128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))

"""Keys and signatures that clients still accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.certificates.reading.facts import Facts

SHORTEST_RSA = 2048
_CURVES = {256, 384, 521}
_BROKEN = {"md2", "md4", "md5", "sha1"}


def judge_strength(facts: Facts, where: str) -> Iterator[Problem]:
    """The leaf's key, and the hash under its signature (Baseline Requirements 6.1.5 and 7.1.3.2)."""
    yield from judge_signature(facts, where)
    if facts.key == "RSA" and facts.key_bits < SHORTEST_RSA:
        message = f"The RSA key has {facts.key_bits} bits; clients refuse fewer than {SHORTEST_RSA}."
        yield Problem("certificate.weak-key", where, message, "Make a new request with a new key of 2048 bits.")
    elif facts.key == "ECDSA" and facts.key_bits not in _CURVES:
        message = f"The key is ECDSA with {facts.key_bits} bits, a curve that clients do not know."
        yield Problem("certificate.unusual-key", where, message, "Make a new request with RSA 2048 or ECDSA P-256.")
    elif facts.key and facts.key not in {"RSA", "ECDSA"}:
        message = f"The key is {facts.key}, which browsers, phones and Windows do not accept in a server's certificate."
        yield Problem("certificate.unusual-key", where, message, "Make a new request with RSA 2048 or ECDSA P-256.")


def judge_signature(facts: Facts, where: str) -> Iterator[Problem]:
    """The hash under the signature; not asked of roots, whose signature nobody verifies."""
    if facts.signature in _BROKEN:
        shown = facts.signature.upper().replace("SHA1", "SHA-1")
        message = f"{facts.label} is signed with {shown}, which can be forged; clients refuse it."
        hint = "Ask the authority for one signed with SHA-256."
        yield Problem("certificate.weak-signature", where, message, hint)

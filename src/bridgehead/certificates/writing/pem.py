"""A certificate, its chain and its key as PEM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.keys import key_as_pem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from bridgehead.certificates.keys import PrivateKey


def as_pem(chain: Sequence[x509.Certificate], key: PrivateKey, passphrase: bytes | None) -> bytes:
    """The key, encrypted where there is a passphrase, then the chain, the leaf first."""
    return key_as_pem(key, passphrase) + b"".join(one.public_bytes(Encoding.PEM) for one in chain)

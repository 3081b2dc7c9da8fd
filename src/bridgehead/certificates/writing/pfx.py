"""PFX for Windows Server 2019 and newer, and for every OpenSSL since 1.0: AES-256 with SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from bridgehead.certificates.keys import PrivateKey

ROUNDS = 50_000
"""Of the passphrase's derivation; Windows' own exports have 2,000."""


def as_pfx(chain: Sequence[x509.Certificate], key: PrivateKey, passphrase: bytes, friendly_name: str) -> bytes:
    """The chain, the leaf first, and the key under a passphrase."""
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(SHA256())
        .build(passphrase)
    )
    return pkcs12.serialize_key_and_certificates(friendly_name.encode(), key, chain[0], chain[1:], encryption)

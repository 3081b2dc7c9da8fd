"""PFX as Windows Server 2003 to 2016 export it themselves, for machines that know no other.

The certificates are under 40-bit RC2, the key under triple DES, both with the key derivation of RFC 7292, appendix B,
and the whole has a SHA-1 MAC. Newer OpenSSL opens it with `-legacy` alone. The key is marked for key exchange, which
makes Windows import it with `KeySpec = 1`, the document's *Exchange* key type.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridgehead.certificates.writing import der, rc2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from bridgehead.certificates.keys import PrivateKey

ROUNDS = 2000
"""As Windows has it."""

_DATA, _ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_TRIPLE_DES, _RC2_40 = "1.2.840.113549.1.12.1.3", "1.2.840.113549.1.12.1.6"
_KEY_BAG, _CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.2", "1.2.840.113549.1.12.10.1.3"
_X509_CERTIFICATE = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME, _LOCAL_KEY = "1.2.840.113549.1.9.20", "1.2.840.113549.1.9.21"
_PROVIDER, _KEY_USAGE = "1.3.6.1.4.1.311.17.1", "2.5.29.15"
_SHA1 = "1.3.14.3.2.26"

RSA_PROVIDER = "Microsoft RSA SChannel Cryptographic Provider"
"""The legacy provider that the document's "(No template) Legacy key" stands for."""

_FOR_A_KEY, _FOR_AN_INITIAL_BLOCK, _FOR_A_MAC = 1, 2, 3


def as_old_pfx(chain: Sequence[x509.Certificate], key: PrivateKey, passphrase: str, friendly_name: str) -> bytes:
    """The chain, the leaf first, and the key under a passphrase."""
    contents = der.element(
        der.SEQUENCE, _certificates(chain, passphrase, friendly_name), _key(key, passphrase, friendly_name)
    )
    salt = os.urandom(8)
    mac = hmac.new(_derive(_FOR_A_MAC, passphrase, salt, 20), contents, hashlib.sha1).digest()
    digest = der.element(der.SEQUENCE, _algorithm(_SHA1, der.element(der.NULL)), der.element(der.OCTETS, mac))
    return der.element(
        der.SEQUENCE,
        der.integer(3),
        _content(_DATA, der.element(der.OCTETS, contents)),
        der.element(der.SEQUENCE, digest, der.element(der.OCTETS, salt), der.integer(ROUNDS)),
    )


def _certificates(chain: Sequence[x509.Certificate], passphrase: str, friendly_name: str) -> bytes:
    bags = b"".join(
        _bag(
            _CERTIFICATE_BAG,
            der.element(
                der.SEQUENCE,
                der.object_identifier(_X509_CERTIFICATE),
                der.element(der.EXPLICIT_0, der.element(der.OCTETS, certificate.public_bytes(Encoding.DER))),
            ),
            _own_attributes(friendly_name) if index == 0 else [],
        )
        for index, certificate in enumerate(chain)
    )
    salt = os.urandom(8)
    secret = _derive(_FOR_A_KEY, passphrase, salt, 5), _derive(_FOR_AN_INITIAL_BLOCK, passphrase, salt, rc2.BLOCK)
    encrypted = rc2.encrypt(*secret, der.element(der.SEQUENCE, bags))
    information = der.element(
        der.SEQUENCE,
        der.object_identifier(_DATA),
        _encryption(_RC2_40, salt),
        der.element(der.IMPLICIT_0, encrypted),
    )
    return _content(_ENCRYPTED_DATA, der.element(der.SEQUENCE, der.integer(0), information))


def _key(key: PrivateKey, passphrase: str, friendly_name: str) -> bytes:
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    attributes = _own_attributes(friendly_name)
    if isinstance(key, RSAPrivateKey):
        plain = _for_key_exchange(plain)
        attributes.append(_attribute(_PROVIDER, _text(RSA_PROVIDER)))
    salt = os.urandom(8)
    padder = PKCS7(64).padder()
    padded = padder.update(plain) + padder.finalize()
    cipher = Cipher(
        TripleDES(_derive(_FOR_A_KEY, passphrase, salt, 24)),
        modes.CBC(_derive(_FOR_AN_INITIAL_BLOCK, passphrase, salt, 8)),
    ).encryptor()
    encrypted = cipher.update(padded) + cipher.finalize()
    shrouded = der.element(der.SEQUENCE, _encryption(_TRIPLE_DES, salt), der.element(der.OCTETS, encrypted))
    bags = der.element(der.SEQUENCE, _bag(_KEY_BAG, shrouded, attributes))
    return _content(_DATA, der.element(der.OCTETS, bags))


def _for_key_exchange(pkcs8: bytes) -> bytes:
    """The key with the attribute by which Windows knows AT_KEYEXCHANGE: key usage 10, as its own exports have it."""
    usage = _attribute(_KEY_USAGE, der.element(der.BIT_STRING, b"\x04\x10"))
    octets = pkcs8[1] & 0x7F if pkcs8[1] > 0x80 else 0
    return der.element(der.SEQUENCE, pkcs8[2 + octets :], der.element(der.EXPLICIT_0, usage))


def _derive(purpose: int, passphrase: str, salt: bytes, length: int) -> bytes:
    """RFC 7292, appendix B.2, with SHA-1: an own derivation, older than PBKDF2."""
    block = 64
    secret = passphrase.encode("utf-16-be") + b"\x00\x00"
    diversifier = bytes([purpose]) * block
    mixed = bytearray(_repeated(salt, block) + _repeated(secret, block))
    derived = b""
    while len(derived) < length:
        digest = hashlib.sha1(diversifier + mixed).digest()  # noqa: S324 - the format has no other
        for _ in range(ROUNDS - 1):
            digest = hashlib.sha1(digest).digest()  # noqa: S324 - the format has no other
        derived += digest
        added = int.from_bytes(_repeated(digest, block)[:block], "big") + 1
        for start in range(0, len(mixed), block):
            total = int.from_bytes(mixed[start : start + block], "big") + added
            mixed[start : start + block] = (total % (1 << 8 * block)).to_bytes(block, "big")
    return derived[:length]


def _repeated(data: bytes, block: int) -> bytes:
    length = block * -(-len(data) // block)
    return (data * (length // len(data) + 1))[:length]


def _own_attributes(friendly_name: str) -> list[bytes]:
    named = [_attribute(_FRIENDLY_NAME, _text(friendly_name))] if friendly_name else []
    return [*named, _attribute(_LOCAL_KEY, der.element(der.OCTETS, b"\x01\x00\x00\x00"))]


def _text(text: str) -> bytes:
    return der.element(der.BMP_STRING, text.encode("utf-16-be"))


def _attribute(identifier: str, value: bytes) -> bytes:
    return der.element(der.SEQUENCE, der.object_identifier(identifier), der.element(der.SET, value))


def _bag(identifier: str, value: bytes, attributes: Sequence[bytes]) -> bytes:
    more = der.element(der.SET, *sorted(attributes)) if attributes else b""
    return der.element(der.SEQUENCE, der.object_identifier(identifier), der.element(der.EXPLICIT_0, value), more)


def _content(identifier: str, value: bytes) -> bytes:
    return der.element(der.SEQUENCE, der.object_identifier(identifier), der.element(der.EXPLICIT_0, value))


def _algorithm(identifier: str, parameters: bytes) -> bytes:
    return der.element(der.SEQUENCE, der.object_identifier(identifier), parameters)


def _encryption(identifier: str, salt: bytes) -> bytes:
    return _algorithm(identifier, der.element(der.SEQUENCE, der.element(der.OCTETS, salt), der.integer(ROUNDS)))

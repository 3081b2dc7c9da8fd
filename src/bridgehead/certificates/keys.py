"""Private keys: the kinds there are, and how they are written and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, get_args

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.reading.private_keys import read_pem_key
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

Kind = Literal["rsa", "ecdsa"]
"""What may stand side by side under one name: each client gets the kind that it knows."""
KINDS: tuple[Kind, ...] = get_args(Kind)

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


class HasPublicKey(Protocol):
    """A private key, a certificate or a request."""

    def public_key(self) -> PublicKeyTypes:
        """The public half."""
        ...


def kind_of(key: object) -> Kind:
    """The kind of a private key. Raises ProblemsFound for one that no Lync client could use."""
    if isinstance(key, RSAPrivateKey):
        return "rsa"
    if isinstance(key, EllipticCurvePrivateKey):
        return "ecdsa"
    message = f"This key is neither RSA nor ECDSA ({type(key).__name__.removesuffix('PrivateKey')})."
    raise ProblemsFound([Problem("key.kind", "", message, "Clients know RSA, newer ones ECDSA as well.")])


def public_key_bytes(holder: HasPublicKey) -> bytes:
    """The public key in its one encoding (SubjectPublicKeyInfo, DER): equal for a key, its request, its certificate."""
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_as_pem(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """PKCS #8, encrypted (PBES2: AES-256 with a derived key) where there is a passphrase."""
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def read_key(path: Path, passphrase: bytes | None) -> PrivateKey:
    """The private key in a PEM file. Raises ProblemsFound where it cannot be read or opened."""
    contents = read_pem_key(read_file(path), passphrase or None, str(path))
    if contents.problems:
        raise ProblemsFound(contents.problems)
    (key,) = contents.keys
    kind_of(key)
    assert isinstance(key, PrivateKey), "or kind_of has raised"
    return key

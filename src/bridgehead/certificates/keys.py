"""Private keys: the kinds there are, and how they are written and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, get_args

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

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
    data = read_file(path)
    encrypted = b"ENCRYPTED" in data
    if encrypted and not passphrase:
        hint = "Give its passphrase: --passphrase-file FILE, or certificate_passphrase_file in the topology file."
        raise ProblemsFound([Problem("key.passphrase-missing", str(path), "This private key is encrypted.", hint)])
    try:
        key = load_pem_private_key(data, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            problem = Problem("key.passphrase-wrong", str(path), "The passphrase does not open this private key.")
        else:
            problem = Problem("key.damaged", str(path), "This private key is damaged, or of an unknown kind.")
        raise ProblemsFound([problem]) from None
    kind_of(key)
    assert isinstance(key, PrivateKey), "or kind_of has raised"
    return key


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file: its first line. Raises ProblemsFound where there is none."""
    first_line = read_file(path).split(b"\n", 1)[0].rstrip(b"\r")
    if not first_line:
        message = "The first line of this file is empty; a passphrase is expected there."
        raise ProblemsFound([Problem("passphrase.empty", str(path), message)])
    return first_line


def read_file(path: Path) -> bytes:
    """What is in a file. Raises ProblemsFound where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problem = Problem("certificate.file-missing", str(path), "There is no such file.", "Check the path.")
    except PermissionError:
        hint = "Check the owner and permissions of the file and of the directories above it."
        problem = Problem("certificate.file-unreadable", str(path), "You may not read this file.", hint)
    except (OSError, ValueError) as error:
        problem = Problem("certificate.file-unreadable", str(path), f"The file cannot be read: {error}.")
    raise ProblemsFound([problem])

"""Private keys: PKCS #8, PKCS #1, SEC 1, encrypted or not. No message ever shows a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes


def read_pem_key(text: bytes, passphrase: bytes | None, where: str) -> Contents:
    """The key in one armoured part."""
    if b"ENCRYPTED" in text:
        return _read_encrypted(text, passphrase, where)
    try:
        with quietly():
            return Contents("PEM", keys=(load_pem_private_key(text, None),))
    except UNREADABLE:
        return Contents("PEM", problems=(_damaged(where),))


def read_der_key(data: bytes, passphrase: bytes | None, where: str) -> Contents | None:
    """The key in DER, or None where this is something else."""
    try:
        with quietly():
            return Contents("DER", keys=(load_der_private_key(data, None),))
    except TypeError:  # it is encrypted
        pass
    except UNREADABLE:
        return None
    if not passphrase:
        return Contents("DER", problems=(_passphrase_missing(where),))
    try:
        with quietly():
            return Contents("DER", keys=(load_der_private_key(data, passphrase),))
    except UNREADABLE:
        return Contents("DER", problems=(_passphrase_wrong(where),))


def belongs(key: PrivateKeyTypes, certificate: x509.Certificate | x509.CertificateSigningRequest) -> bool:
    """Whether a certificate, or a request, was made for this key."""
    own = public_bytes(key.public_key())
    return own is not None and own == public_bytes_of(certificate)


def public_bytes_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> bytes | None:
    """The public key of a certificate or request as SubjectPublicKeyInfo in DER; None where it cannot be read."""
    try:
        with quietly():
            return public_bytes(certificate.public_key())
    except UNREADABLE:
        return None


def public_bytes(key: PublicKeyTypes) -> bytes | None:
    """A public key as SubjectPublicKeyInfo in DER."""
    try:
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE:
        return None


def _read_encrypted(text: bytes, passphrase: bytes | None, where: str) -> Contents:
    if passphrase is None:
        return Contents("PEM", problems=(_passphrase_missing(where),))
    try:
        with quietly():
            return Contents("PEM", keys=(load_pem_private_key(text, passphrase),))
    except UNREADABLE:
        return Contents("PEM", problems=(_passphrase_wrong(where),))


def _damaged(where: str) -> Problem:
    return Problem("key.damaged", where, "This private key is damaged, or of an unknown kind.")


def _passphrase_missing(where: str) -> Problem:
    hint = "Name a passphrase_file, for the store certificate_passphrase_file, on the command line --passphrase-file."
    return Problem("key.passphrase-missing", where, "This private key needs a passphrase.", hint)


def _passphrase_wrong(where: str) -> Problem:
    hint = "Of a passphrase file, its first line is what counts."
    return Problem("key.passphrase-wrong", where, "The passphrase does not open this private key.", hint)

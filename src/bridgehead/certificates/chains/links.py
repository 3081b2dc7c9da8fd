"""Whether one certificate was issued by another."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bridgehead.certificates.reading.quietly import UNREADABLE, quietly


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the name fits and the signature is true. Two authorities may have one name; the signature tells."""
    try:
        with quietly():
            return certificate.issuer == issuer.subject and _signed_by(certificate, issuer)
    except UNREADABLE:
        return False


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether it is its own issuer, as a root is."""
    return issued_by(certificate, certificate)


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _signed_in_an_old_way(certificate, issuer)
    return True


def _signed_in_an_old_way(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    # The library verifies neither SHA-1 nor MD5 signatures of certificates. They are refused later, with the reason.
    key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or algorithm is None:
        return False
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True

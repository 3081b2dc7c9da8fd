"""The private key and the PKCS #10 request (RFC 2986)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bridgehead.certificates.request.requested import rsa_bits

if TYPE_CHECKING:
    from bridgehead.certificates.keys import PrivateKey
    from bridgehead.certificates.request.requested import KeyType, RequestedCertificate, Subject

FileFormat = Literal["base64", "binary"]
"""Step 19 of the document: Base 64 (PEM) unless the authority directs otherwise, or Binary (DER)."""

_ORDER = (
    ("country", NameOID.COUNTRY_NAME),
    ("state", NameOID.STATE_OR_PROVINCE_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("unit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("common_name", NameOID.COMMON_NAME),
)
"""From the general to the particular (CA/Browser Forum, Baseline Requirements 7.1.4.2); Windows shows the reverse."""


def make_key(key_type: KeyType) -> PrivateKey:
    """A new private key. Every request has its own: a renewal that keeps the old key keeps its old risks."""
    bits = rsa_bits(key_type)
    if bits is not None:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP384R1() if key_type == "ecdsa-p384" else ec.SECP256R1())


def make_request(requested: RequestedCertificate, key: PrivateKey) -> x509.CertificateSigningRequest:
    """The signed request of a sound `RequestedCertificate`, with the fields of the document's steps and no others.

    Friendly name and description are not in it: Windows keeps them as properties beside the certificate
    (IX509Enrollment::CertificateFriendlyName, ::CertificateDescription), and PKCS #9 knows friendlyName for PKCS #12
    alone (RFC 2985, section 5.5.1).
    """
    builder = (
        x509.CertificateSigningRequestBuilder(subject_name=_distinguished_name(requested.subject))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one.name) for one in requested.names]), critical=False)
        .add_extension(_key_usage(encipherment=isinstance(key, rsa.RSAPrivateKey)), critical=True)
        .add_extension(_extended_key_usage(client=requested.client_authentication), critical=False)
    )
    if not requested.suppress_default_extensions:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(key, signature_hash(key))


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """The hash that the key's strength calls for (NIST SP 800-57, part 1, section 5.6.1)."""
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256 else hashes.SHA256()


def encoded(request: x509.CertificateSigningRequest, file_format: FileFormat) -> bytes:
    """The request as the file to send."""
    return request.public_bytes(Encoding.PEM if file_format == "base64" else Encoding.DER)


def _distinguished_name(subject: Subject) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for part, oid in _ORDER if (value := getattr(subject, part))])


def _key_usage(*, encipherment: bool) -> x509.KeyUsage:
    """Step 11. With ECDSA nothing is enciphered with the key (RFC 5480, section 3)."""
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=encipherment,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _extended_key_usage(*, client: bool) -> x509.ExtendedKeyUsage:
    """Step 12."""
    also = [ExtendedKeyUsageOID.CLIENT_AUTH] if client else []
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, *also])

"""Certificates of every kind, right and wrong, made once."""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
HOST = "webext.contoso.com"


class Issuer:
    """An authority: a root where it has no `parent`."""

    def __init__(self, name: str, parent: Issuer | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = parent or self
        self.certificate = (
            builder(self.name, signer.name, self.key.public_key(), NOW - DAY, NOW + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(signer.key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        return pem_of(self.certificate)

    def issue(
        self,
        *names: str,
        common_name: str = HOST,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
        until: dt.datetime = NOW + 90 * DAY,
        since: dt.datetime = NOW - DAY,
        usages: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.SERVER_AUTH,),
        signs: bool = True,
    ) -> str:
        """A leaf, as PEM."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        made = builder(subject, self.name, own.public_key(), since, until)
        if names:
            entries = [x509.DNSName(name) for name in names]
            made = made.add_extension(x509.SubjectAlternativeName(entries), critical=False)
        if usages:
            made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        made = made.add_extension(key_usage(signs=signs), critical=True)
        return pem_of(made.sign(self.key, hashes.SHA256()))


def builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    since: dt.datetime,
    until: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


ROOT = Issuer("Public root")
INTERMEDIATE = Issuer("Issuing authority", ROOT)
LEAF = INTERMEDIATE.issue(HOST)

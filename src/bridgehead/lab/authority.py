"""Private certificate authorities of the laboratory.

Two of them play the parts of the real world: one stands for the public authority that signs the proxy's certificate,
the other for the company's own, which signs the servers' certificates.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bridgehead.certificates.reading.facts import LABORATORY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LABEL = LABORATORY
"""The organisation in every subject: whoever looks at a certificate of these knows what it is."""

KindOfKey = Literal["rsa", "ecdsa"]
_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class IssuedCertificate:
    """A leaf with its intermediates and its private key, as PEM."""

    chain_pem: bytes
    """The leaf first, then its intermediates; never the root."""
    key_pem: bytes

    def write(self, directory: Path, stem: str) -> tuple[Path, Path]:
        """Write `stem.pem` and `stem.key` (the key for its owner alone, 0600); returns both paths."""
        chain, key = directory / f"{stem}.pem", directory / f"{stem}.key"
        chain.write_bytes(self.chain_pem)
        write_secret(key, self.key_pem)
        return chain, key


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read (0600), from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


class LabAuthority:
    """A certificate authority that exists only in memory; `parent` signs an issuing one."""

    def __init__(self, name: str, parent: LabAuthority | None = None) -> None:
        self.parent = parent
        self.subject = _subject(name)
        self._key: _PrivateKey = _new_key("rsa")
        self.public_key = self._key.public_key()
        self.certificate = self._own_certificate()

    @property
    def root_pem(self) -> bytes:
        """The certificate of the root, which is what clients trust."""
        return self.parent.root_pem if self.parent else _pem(self.certificate)

    @property
    def intermediates_pem(self) -> bytes:
        """What a leaf's chain carries above the leaf: nothing where this is a root."""
        return _pem(self.certificate) + self.parent.intermediates_pem if self.parent else b""

    def subordinate(self, name: str) -> LabAuthority:
        """An issuing authority below this one; chains of its leaves carry its certificate."""
        return LabAuthority(name, parent=self)

    def write_root(self, directory: Path, stem: str) -> Path:
        """Write the root's certificate as `stem.pem`."""
        path = directory / f"{stem}.pem"
        path.write_bytes(self.root_pem)
        return path

    def issue(
        self,
        names: Sequence[str],
        *,
        key: KindOfKey = "rsa",
        not_before: dt.datetime | None = None,
        not_after: dt.datetime | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> IssuedCertificate:
        """A server certificate for these names or addresses; the first is also the subject's common name.

        Times are UTC; without them the certificate is valid from yesterday for ninety days. Another `usage` than Server
        Authentication makes one that no client accepts.
        """
        private = _new_key(key)
        now = dt.datetime.now(dt.UTC)
        builder = (
            _builder(_subject(names[0]), private.public_key(), not_before or now - _DAY, not_after or now + 90 * _DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False, rsa_key=key == "rsa"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        )
        return IssuedCertificate(_pem(self.sign(builder)) + self.intermediates_pem, _key_pem(private))

    @staticmethod
    def self_signed(names: Sequence[str]) -> IssuedCertificate:
        """A server certificate that nobody but itself has signed, as products make them at their installation."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject, now = _subject(names[0]), dt.datetime.now(dt.UTC)
        builder = (
            _builder(subject, key.public_key(), now - _DAY, now + 90 * _DAY)
            .issuer_name(subject)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        )
        return IssuedCertificate(_pem(builder.sign(key, hashes.SHA256())), _key_pem(key))

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Put this authority's name and signature on a certificate."""
        own_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.public_key)
        return (
            builder.issuer_name(self.subject)
            .add_extension(own_identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _own_certificate(self) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            _builder(self.subject, self.public_key, now - _DAY, now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_key_usage(authority=True, rsa_key=True), critical=True)
        )
        return (self.parent or self).sign(builder)


def _builder(subject: x509.Name, key: _PublicKey, start: dt.datetime, end: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _new_key(kind: KindOfKey) -> _PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _subject(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, LABEL),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, authority: bool, rsa_key: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_encipherment=not authority and rsa_key,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: _PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

"""The same certificates for every proxy, made anew for each run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bench.testbed import BACKEND_HOST, PUBLIC_HOST

if TYPE_CHECKING:
    from pathlib import Path

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key, in PEM files."""

    chain: Path
    key: Path
    both: Path
    """Certificate and key in one file, as HAProxy reads them."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """A root, two public certificates and the backend's."""

    root: Path
    rsa: KeyPair
    ecdsa: KeyPair
    backend: KeyPair


def make_certificates(directory: Path) -> Certificates:
    """RSA 2048 and ECDSA P-256 certificates for the public name and an RSA one for the backend, under one root."""
    authority = _Authority()
    root = directory / "root.pem"
    root.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return Certificates(
        root=root,
        rsa=authority.issue(directory, "public-rsa", PUBLIC_HOST, _new_rsa_key()),
        ecdsa=authority.issue(directory, "public-ecdsa", PUBLIC_HOST, ec.generate_private_key(ec.SECP256R1())),
        backend=authority.issue(directory, "backend", BACKEND_HOST, _new_rsa_key()),
    )


def _new_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class _Authority:
    """A root that signs for one run and is forgotten."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bridgehead benchmark root")])
        self.certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def issue(self, directory: Path, name: str, host: str, key: PrivateKey) -> KeyPair:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain_pem = certificate.public_bytes(serialization.Encoding.PEM)
        key_pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pair = KeyPair(directory / f"{name}.pem", directory / f"{name}.key", directory / f"{name}-both.pem")
        pair.chain.write_bytes(chain_pem)
        pair.key.write_bytes(key_pem)
        pair.both.write_bytes(chain_pem + key_pem)
        return pair

    def _builder(self, subject: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=2))
        )

"""An authority for tests that issues whatever it is told, however wrong, in milliseconds."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
HOST = "webext.contoso.com"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def usage(*names: str) -> x509.KeyUsage:
    every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    every += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{name: name in names for name in every})


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Wish:
    """What a leaf is to be like; a good one unless changed."""

    names: tuple[str, ...] = (HOST,)
    subject: str | None = None
    begins: datetime = NOW - DAY
    days: int = 90
    key: Key | None = None
    key_usage: x509.KeyUsage | None = usage("digital_signature", "key_encipherment")  # noqa: RUF009 - it is frozen
    extended_key_usage: tuple[x509.ObjectIdentifier, ...] | None = (SERVER,)
    extended_key_usage_critical: bool = False
    authority: bool = False


GOOD = Wish()


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return pem(self.certificate)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A root, or an authority below one."""

    def __init__(
        self, name: str, parent: Self | None = None, *, days: int = 3650, begins: datetime = NOW - DAY
    ) -> None:
        self.name, self.key = named(name), new_key()
        signer, issuer = (parent.key, parent.name) if parent is not None else (self.key, self.name)
        self.certificate = (
            x509.CertificateBuilder(issuer, self.name, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
            .sign(signer, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return pem(self.certificate)

    def issue(self, wish: Wish = GOOD, **changes: object) -> Issued:
        wish = replace(wish, **changes)  # type: ignore[arg-type]
        key = wish.key or new_key()
        subject = wish.subject if wish.subject is not None else next(iter(wish.names), "")
        return Issued(self.sign(key.public_key(), subject, wish), key)

    def sign(self, public: object, subject: str, wish: Wish = GOOD) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder(self.name, named(subject), public, x509.random_serial_number())  # type: ignore[arg-type]
            .not_valid_before(wish.begins)
            .not_valid_after(wish.begins + timedelta(days=wish.days))
        )
        if wish.names:
            entries = [x509.DNSName(name) for name in wish.names]
            builder = builder.add_extension(x509.SubjectAlternativeName(entries), critical=False)
        if wish.key_usage is not None:
            builder = builder.add_extension(wish.key_usage, critical=True)
        if wish.extended_key_usage is not None:
            extended = x509.ExtendedKeyUsage(wish.extended_key_usage)
            builder = builder.add_extension(extended, critical=wish.extended_key_usage_critical)
        if wish.authority:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.sign(self.key, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def openssl(*arguments: str | Path, given: bytes | None = None, directory: Path | None = None) -> bytes:
    """Run the real one; what it writes. Fails with what it says."""
    finished = subprocess.run(
        ["openssl", *map(str, arguments)], input=given, capture_output=True, check=False, timeout=60, cwd=directory
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return finished.stdout


def outdated(directory: Path, digest: str, bits: int, names: Sequence[str] = (HOST,)) -> tuple[Path, Path]:
    """A leaf of another time, signed by a root of its own: `old.pem` with its `old.key`; the root is `old-root.pem`."""
    entries = ",".join(f"DNS:{name}" for name in names)
    subject = ["-subj", f"/CN={names[0]}", "-newkey", f"rsa:{bits}", "-nodes"]
    root = ["-subj", "/CN=Old Root", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "90"]
    openssl("req", "-x509", *root, "-keyout", "old-root.key", "-out", "old-root.pem", directory=directory)
    openssl("req", "-new", *subject, "-keyout", "old.key", "-out", "old.csr", directory=directory)
    (directory / "old.cnf").write_text(
        f"subjectAltName={entries}\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"
    )
    signing = ["-CA", "old-root.pem", "-CAkey", "old-root.key", "-CAcreateserial", "-extfile", "old.cnf", "-days", "90"]
    openssl("x509", "-req", "-in", "old.csr", *signing, f"-{digest}", "-out", "old.pem", directory=directory)
    (directory / "old.key").chmod(0o600)
    return directory / "old.pem", directory / "old.key"

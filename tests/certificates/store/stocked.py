"""A store with something in it, for tests: certificates of a small authority, made in milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bridgehead.certificates.keys import PrivateKey
from bridgehead.certificates.store.entries import Generation, StoredRequest
from bridgehead.certificates.store.facts import GenerationFacts, RequestFacts
from bridgehead.certificates.store.store import Store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "meet.contoso.com"
NAME = "public"
FACTS = GenerationFacts(exportable=True, made_at=NOW, origin="pem", friendly_name="Contoso")
REQUEST_FACTS = RequestFacts(exportable=False, made_at=NOW, description="for the proxy")


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate(
    key: ec.EllipticCurvePrivateKey, *, begins: datetime = NOW - timedelta(days=1), days: int = 90
) -> x509.Certificate:
    return (
        x509.CertificateBuilder(subject("Contoso Root"), subject(HOST), key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(new_key(), hashes.SHA256())
    )


def request(key: PrivateKey) -> x509.CertificateSigningRequest:
    return x509.CertificateSigningRequestBuilder().subject_name(subject(HOST)).sign(key, hashes.SHA256())


def add_request(store: Store, name: str = NAME) -> StoredRequest:
    key = new_key()
    return store.add_request(name, "ecdsa", request(key), key, REQUEST_FACTS)


def add_generation(
    store: Store, name: str = NAME, *, begins: datetime = NOW - timedelta(days=1), days: int = 90
) -> Generation:
    key = new_key()
    return store.add_generation(name, "ecdsa", [certificate(key, begins=begins, days=days)], key, FACTS)


def answer(store: Store, waiting: StoredRequest) -> Generation:
    key = waiting.key()
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return store.add_generation(waiting.name, "ecdsa", [certificate(key)], key, FACTS, from_request=waiting)


def live_number(store: Store, name: str = NAME) -> int | None:
    live = store.live(name, "ecdsa")
    return live.number if live is not None else None


def everything_below(directory: Path) -> dict[str, bytes]:
    """Every file that means something, by its path; links as what they lead to."""
    return {
        str(path.relative_to(directory)): (
            str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        )
        for path in directory.rglob("*")
        if path.name != ".lock"
    }

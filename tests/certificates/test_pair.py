"""Certificates and keys as files: what can be wrong with them, told in one sentence each."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from bridgehead.certificates.pair import check_pair, check_trust, names_in

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def issue(
    name: str, key: Key, issuer: str | None = None, signer: Key | None = None, *, begins: datetime = NOW, days: int = 90
) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issued_by = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or name)])
    builder = (
        x509.CertificateBuilder(issued_by, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=1))
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(signer or key, hashes.SHA256()).public_bytes(Encoding.PEM)


def pem(key: Key, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


class Pair:
    """A sound certificate and its key in two files, to be spoilt by a test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.authority = ec.generate_private_key(ec.SECP256R1())
        self.leaf = issue("meet.contoso.com", self.key, "authority", self.authority)
        self.intermediate = issue("authority", self.authority)
        self.chain_path = self.write("chain.pem", self.leaf + self.intermediate)
        self.key_path = self.write("key.pem", pem(self.key))

    def write(self, name: str, data: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(data)
        path.chmod(0o600)
        return path

    def codes(self, passphrase_file: Path | None = None) -> list[str]:
        return [problem.code for problem in check_pair(self.chain_path, self.key_path, passphrase_file, now=NOW)]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_a_sound_pair_has_no_problems(pair: Pair) -> None:
    assert pair.codes() == []
    assert names_in(pair.chain_path) == ("meet.contoso.com",)


def test_an_rsa_pair_is_sound_too(pair: Pair) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pair.write("chain.pem", issue("meet.contoso.com", key))
    pair.write("key.pem", pem(key))
    assert pair.codes() == []


def test_files_that_are_not_there_are_told_each(pair: Pair) -> None:
    pair.chain_path.unlink()
    pair.key_path.unlink()
    assert pair.codes() == ["certificate.file-missing", "certificate.file-missing"]


def test_a_directory_is_no_certificate(pair: Pair) -> None:
    pair.chain_path.unlink()
    pair.chain_path.mkdir()
    assert pair.codes() == ["certificate.file-unreadable"]


def test_a_key_that_may_not_be_read_is_told(pair: Pair) -> None:
    pair.key_path.chmod(0)
    before = os.geteuid()
    try:
        if before == 0:  # root may read everything
            os.seteuid(65534)
        told = pair.codes()
    finally:
        os.seteuid(before)
    assert told[-1] == "certificate.file-unreadable"


@pytest.mark.parametrize("data", [b"", b"\x30\x82\x01\x00", b"hello"])
def test_what_is_not_pem_is_told(pair: Pair, data: bytes) -> None:
    pair.write("chain.pem", data)
    assert pair.codes() == ["certificate.none"]
    pair.write("chain.pem", pair.leaf)
    pair.write("key.pem", data)
    assert pair.codes() == ["key.none"]


def test_files_in_one_another_s_place_are_told(pair: Pair) -> None:
    pair.chain_path, pair.key_path = pair.key_path, pair.chain_path
    assert pair.codes() == ["certificate.none", "key.none"]


def test_damaged_files_are_told(pair: Pair) -> None:
    pair.write("chain.pem", pair.leaf.replace(b"MII", b"AAA", 1))
    pair.write("key.pem", pem(pair.key).replace(b"MI", b"AA", 1))
    assert pair.codes() == ["certificate.damaged", "key.damaged"]


def test_a_key_of_another_certificate_does_not_match(pair: Pair) -> None:
    pair.write("key.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    assert pair.codes() == ["certificate.key-does-not-match"]


def test_the_leaf_must_come_first(pair: Pair) -> None:
    pair.write("chain.pem", pair.intermediate + pair.leaf)
    assert pair.codes() == ["certificate.leaf-not-first"]


def test_a_chain_out_of_order_is_warned_about(pair: Pair) -> None:
    other = issue("another authority", ec.generate_private_key(ec.SECP256R1()))
    pair.write("chain.pem", pair.leaf + other)
    (problem,) = check_pair(pair.chain_path, pair.key_path, now=NOW)
    assert (problem.code, problem.severity) == ("certificate.chain-order", "warning")


@pytest.mark.parametrize(
    ("begins", "days", "code", "severity"),
    [
        (NOW + timedelta(days=2), 90, "certificate.not-yet-valid", "error"),
        (NOW - timedelta(days=100), 90, "certificate.expired", "error"),
        (NOW - timedelta(days=80), 90, "certificate.expires-soon", "warning"),
    ],
)
def test_dates_are_judged_by_the_time_given(pair: Pair, begins: datetime, days: int, code: str, severity: str) -> None:
    pair.write("chain.pem", issue("meet.contoso.com", pair.key, begins=begins, days=days))
    (problem,) = check_pair(pair.chain_path, pair.key_path, now=NOW)
    assert (problem.code, problem.severity) == (code, severity)


def test_an_encrypted_key_needs_its_passphrase(pair: Pair) -> None:
    pair.write("key.pem", pem(pair.key, BestAvailableEncryption(b"open sesame")))
    assert pair.codes() == ["key.passphrase-missing"]
    assert pair.codes(pair.write("wrong.txt", b"open barley\n")) == ["key.passphrase-wrong"]
    assert pair.codes(pair.directory / "none.txt") == ["certificate.file-missing"]
    assert pair.codes(pair.write("right.txt", b"open sesame\r\nsecond line")) == []


def test_a_key_that_everybody_can_read_is_warned_about(pair: Pair) -> None:
    pair.key_path.chmod(0o644)
    (problem,) = check_pair(pair.chain_path, pair.key_path, now=NOW)
    assert (problem.code, problem.severity) == ("key.readable-by-others", "warning")


def test_no_message_shows_a_secret(pair: Pair) -> None:
    pair.write("key.pem", pem(pair.key, BestAvailableEncryption(b"open sesame")))
    told = check_pair(pair.chain_path, pair.key_path, pair.write("wrong.txt", b"open barley"), now=NOW)
    assert "barley" not in str(told)


def test_roots_of_trust_must_be_readable_and_valid(pair: Pair) -> None:
    assert check_trust(pair.write("root.pem", pair.intermediate), now=NOW) == []
    assert [one.code for one in check_trust(pair.directory / "none.pem", now=NOW)] == ["certificate.file-missing"]
    assert [one.code for one in check_trust(pair.write("root.pem", b"hello"), now=NOW)] == ["certificate.none"]
    old = issue("old root", pair.authority, begins=NOW - timedelta(days=400))
    assert [one.code for one in check_trust(pair.write("root.pem", pair.intermediate + old), now=NOW)] == [
        "trust.expired"
    ]


def test_names_of_what_cannot_be_read_are_none(pair: Pair) -> None:
    assert names_in(pair.directory / "none.pem") == ()

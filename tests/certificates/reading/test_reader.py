"""Whatever a person gives us as a certificate: what it holds, or one sentence about why it holds nothing."""

from __future__ import annotations

import base64
import codecs
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)

from bridgehead.certificates.reading.files import LARGEST
from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read, read_bytes
from tests.certificates.issuing import Authority, der, named, new_key, openssl

ROOT = Authority("Root")
ISSUING = Authority("Issuing", ROOT)
LEAF = ISSUING.issue()
BOTH = [LEAF.certificate, ISSUING.certificate]
P7B = pkcs7.serialize_certificates(BOTH, Encoding.DER)


def codes(data: bytes, passphrase: bytes | None = None) -> list[str]:
    return [problem.code for problem in read_bytes(data, passphrase, "file").problems]


@pytest.mark.parametrize(
    "data",
    [
        LEAF.pem + ISSUING.pem,
        (LEAF.pem + ISSUING.pem).replace(b"\n", b"\r\n"),
        b"Bag Attributes\n  friendlyName: x\n" + LEAF.pem + b"\nissued by\n" + ISSUING.pem + b"\x1a",
        codecs.BOM_UTF8 + LEAF.pem + ISSUING.pem,
        codecs.BOM_UTF16_LE + (LEAF.pem + ISSUING.pem).decode().replace("\n", "\r\n").encode("utf-16-le"),
        codecs.BOM_UTF16_BE + (LEAF.pem + ISSUING.pem).decode().encode("utf-16-be"),
        (LEAF.pem + ISSUING.pem).decode().encode("utf-16-le"),
        b"".join(b"   " + line + b"  \n" for line in (LEAF.pem + ISSUING.pem).splitlines()),
    ],
    ids=["pem", "crlf", "text between", "utf-8 with mark", "notepad", "utf-16 big", "utf-16 without mark", "indented"],
)
def test_pem_is_read_as_people_save_it(data: bytes) -> None:
    contents = read_bytes(data, None, "file")
    assert (contents.form, contents.certificates, contents.problems) == ("PEM", tuple(BOTH), ())


def test_a_key_may_stand_anywhere_among_the_certificates() -> None:
    contents = read_bytes(ISSUING.pem + LEAF.key_pem + LEAF.pem, None, "file")
    assert belongs(contents.keys[0], LEAF.certificate)
    assert contents.certificates == (ISSUING.certificate, LEAF.certificate)


def test_der_is_read() -> None:
    contents = read_bytes(der(LEAF.certificate), None, "file")
    assert (contents.form, contents.certificates) == ("DER", (LEAF.certificate,))


@pytest.mark.parametrize(
    "data",
    [
        P7B,
        pkcs7.serialize_certificates(BOTH, Encoding.PEM),
        b"-----BEGIN CERTIFICATE-----\r\n" + base64.encodebytes(P7B) + b"-----END CERTIFICATE-----\r\n",
    ],
    ids=["der", "pem", "as Windows labels it"],
)
def test_pkcs7_is_read(data: bytes) -> None:
    contents = read_bytes(data, None, "file")
    assert (contents.form, set(contents.certificates)) == ("PKCS #7", set(BOTH))


def test_a_request_is_told_from_a_certificate() -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(named("x")).sign(new_key(), hashes.SHA256())
    as_windows = request.public_bytes(Encoding.PEM).replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
    for data in (request.public_bytes(Encoding.PEM), request.public_bytes(Encoding.DER), as_windows):
        assert read_bytes(data, None, "file").requests == (request,)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_an_encrypted_key_opens_with_its_passphrase_alone(encoding: Encoding) -> None:
    data = LEAF.key.private_bytes(encoding, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    assert codes(data) == ["key.passphrase-missing"]
    assert codes(data, b"open barley") == ["key.passphrase-wrong"]
    assert belongs(read_bytes(data, b"open sesame", "file").keys[0], LEAF.certificate)


def test_an_encrypted_key_of_the_old_form_opens_too(tmp_path: Path) -> None:
    (tmp_path / "plain.pem").write_bytes(LEAF.key_pem)
    old = openssl("ec", "-in", "plain.pem", "-aes128", "-passout", "pass:open sesame", directory=tmp_path)
    assert b"Proc-Type: 4,ENCRYPTED" in old
    assert belongs(read_bytes(old, b"open sesame", "file").keys[0], LEAF.certificate)
    assert codes(old, b"open barley") == ["key.passphrase-wrong"]


def test_a_key_in_der_is_read() -> None:
    data = LEAF.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert belongs(read_bytes(data, None, "file").keys[0], LEAF.certificate)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 100, b"<html>404</html>", b"\xff\xfe", b"\x30", b"\x30\x82"])
def test_what_is_none_of_these_holds_nothing(data: bytes) -> None:
    contents = read_bytes(data, None, "file")
    assert (contents.certificates, contents.keys, contents.requests) == ((), (), ())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LEAF.pem[:300], "certificate.damaged"),
        (LEAF.pem.replace(b"MII", b"AAA", 1), "certificate.damaged"),
        (LEAF.pem.replace(b"M", b"*", 1), "certificate.damaged"),
        (LEAF.key_pem[:100], "key.damaged"),
        (der(LEAF.certificate)[:300], "certificate.damaged"),
        (P7B[:300], "certificate.damaged"),
    ],
    ids=["cut off", "another tag", "not base 64", "a key cut off", "der cut off", "pkcs 7 cut off"],
)
def test_damage_is_one_sentence(data: bytes, code: str) -> None:
    assert codes(data) == [code]


def test_what_is_sound_beside_the_damage_is_still_read() -> None:
    contents = read_bytes(LEAF.pem[:300] + b"\n" + ISSUING.pem, None, "file")
    assert contents.certificates == (ISSUING.certificate,)
    assert [problem.code for problem in contents.problems] == ["certificate.damaged"]


def test_files_are_bounded(tmp_path: Path) -> None:
    large = tmp_path / "large.pem"
    large.write_bytes(b" " * (LARGEST + 1))
    assert [problem.code for problem in read(large).problems] == ["certificate.file-too-large"]
    assert codes(b"-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n" * 2000) == ["certificate.file-too-large"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert [problem.code for problem in read(tmp_path / "none.pem").problems] == ["certificate.file-missing"]
    assert [problem.code for problem in read(tmp_path).problems] == ["certificate.file-unreadable"]


def test_no_message_shows_a_key_or_a_passphrase() -> None:
    data = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    assert "barley" not in str(read_bytes(data, b"open barley", "file"))

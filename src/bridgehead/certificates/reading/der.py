"""DER: a certificate, a request, a key, PKCS #7 or PFX, told apart by what they begin with."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.pfx import read_pfx
from bridgehead.certificates.reading.private_keys import read_der_key
from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.problems import Problem

_SEQUENCE, _INTEGER, _OBJECT_IDENTIFIER = 0x30, 0x02, 0x06


def read_der(data: bytes, passphrase: bytes | None, where: str) -> Contents:
    """What is in a file that is not text. What it is not, it is told to be; nothing is raised."""
    first = _first_element(data)
    if first == _OBJECT_IDENTIFIER:
        return read_pkcs7(data, where)
    if first == _INTEGER and _is_pfx(data):
        return read_pfx(data, passphrase, where)
    if first in (_SEQUENCE, _INTEGER):
        found = _certificate(data) or _request(data) or read_der_key(data, passphrase, where)
        if found is not None:
            return found
        hint = "Copy it again in binary mode, or export it again."
        return Contents(
            "DER", problems=(Problem("certificate.damaged", where, "What this file holds is damaged.", hint),)
        )
    return Contents("unknown")


def read_pkcs7(data: bytes, where: str) -> Contents:
    """The certificates of a PKCS #7 file (`.p7b`, `.p7c`), in whatever order it has them."""
    try:
        with quietly():
            return Contents("PKCS #7", tuple(pkcs7.load_der_pkcs7_certificates(data)))
    except UNREADABLE:
        message = "This PKCS #7 file is damaged, or holds no certificates."
        hint = "Export it again, with all certificates in the certification path if possible."
        return Contents("PKCS #7", problems=(Problem("certificate.damaged", where, message, hint),))


def _certificate(data: bytes) -> Contents | None:
    try:
        with quietly():
            return Contents("DER", (x509.load_der_x509_certificate(data),))
    except UNREADABLE:
        return None


def _request(data: bytes) -> Contents | None:
    try:
        with quietly():
            return Contents("DER", requests=(x509.load_der_x509_csr(data),))
    except UNREADABLE:
        return None


def _content(data: bytes) -> bytes:
    """What follows the header of the outermost SEQUENCE; empty where there is none."""
    if len(data) < 4 or data[0] != _SEQUENCE:
        return b""
    octets = data[1] & 0x7F if data[1] > 0x80 else 0
    return data[2 + octets :]


def _first_element(data: bytes) -> int | None:
    content = _content(data)
    return content[0] if content else None


def _is_pfx(data: bytes) -> bool:
    # RFC 7292, section 4: version v3(3), then authSafe, a SEQUENCE. An encrypted key begins with 0 or 1.
    return _content(data)[:4] == b"\x02\x01\x03\x30"

"""PFX, also called PKCS #12 (RFC 7292): a certificate, its chain and its key under one passphrase.

What Windows exports is read in every form: AES with SHA-256 (Windows Server 2019 on), and the older ones, triple DES
for the key and 40-bit RC2 for the certificates, both with a SHA-1 MAC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import pkcs12

from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_pfx(data: bytes, passphrase: bytes | None, where: str) -> Contents:
    """What is in a PFX. Without a passphrase the empty one is tried, which some exports have."""
    for attempt in _attempts(passphrase):
        try:
            with quietly():
                return _contents(pkcs12.load_pkcs12(data, attempt))
        except UNREADABLE as error:
            failure = error
    return Contents("PFX", problems=(_why_not(data, passphrase, where, failure),))


def _attempts(passphrase: bytes | None) -> Iterable[bytes | None]:
    # OpenSSL tells an empty passphrase from none at all, and writers of such files differ.
    return (passphrase,) if passphrase else (b"", None)


def _contents(read: pkcs12.PKCS12KeyAndCertificates) -> Contents:
    own = (read.cert,) if read.cert is not None else ()
    names = [one.friendly_name for one in own if one.friendly_name]
    return Contents(
        "PFX",
        tuple(one.certificate for one in (*own, *read.additional_certs)),
        (read.key,) if read.key is not None else (),
        friendly_name=names[0].decode("utf-8", errors="replace") if names else "",
    )


def _why_not(data: bytes, passphrase: bytes | None, where: str, failure: Exception) -> Problem:
    if not _whole(data):
        message = "This PFX file is damaged: it is not as long as it says of itself."
        return Problem("certificate.damaged", where, message, "Copy it again in binary mode, or export it again.")
    if "unsupported" in str(failure).lower() or "algorithm" in str(failure).lower():
        message = f"This PFX file is encrypted in a way that cannot be read here: {failure}."
        hint = "Export it again (Windows: Export-PfxCertificate -CryptoAlgorithmOption AES256_SHA256), or convert it: "
        hint += "openssl pkcs12 -legacy -in FILE -nodes -out FILE.pem"
        return Problem("certificate.pfx-unsupported", where, message, hint)
    if not passphrase:
        message = "This PFX file needs a passphrase."
        return Problem("certificate.passphrase-missing", where, message, "Give it with --passphrase-file, or type it.")
    message = "The passphrase does not open this PFX file."
    hint = "Ask whoever exported it. Of a passphrase file, its first line is what counts."
    return Problem("certificate.passphrase-wrong", where, message, hint)


def _whole(data: bytes) -> bool:
    """Whether the outermost length agrees with the file's; of an indefinite one (BER) nothing can be said."""
    if len(data) < 2 or data[1] == 0x80:
        return len(data) >= 2
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    octets = data[1] & 0x7F
    return len(data) == 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")

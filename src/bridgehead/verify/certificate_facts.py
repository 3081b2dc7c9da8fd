"""What a certificate says to a client, read from the bytes that a server sent."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from cryptography import x509

from bridgehead.certificates.reading import facts
from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.names import covers

if TYPE_CHECKING:
    from bridgehead.certificates.reading.facts import Facts

_SHOWN_NAMES = 8
_SERVING = {"server authentication", "any purpose"}
# Warnings of the library are silenced for the whole process, which two threads must not do at once.
_READING = threading.Lock()


@functools.lru_cache(maxsize=512)
def facts_of(pem: str) -> Facts | None:
    """The facts; None for bytes that are no certificate."""
    with _READING:
        try:
            with quietly():
                certificate = x509.load_pem_x509_certificate(pem.encode("ascii", "replace"))
        except UNREADABLE:
            return None
        return facts.facts_of(certificate)


def entry_for(certificate: Facts, host: str) -> str | None:
    """The entry of the subject alternative name that covers a host name or address (RFC 9525)."""
    entries = (*certificate.names, *certificate.addresses)
    return next((entry for entry in entries if entry == host or covers(entry, host)), None)


def shown_names(certificate: Facts) -> str:
    """The names, cut short where there are many."""
    shown = ", ".join(certificate.names[:_SHOWN_NAMES])
    more = len(certificate.names) - _SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def key_of(certificate: Facts) -> str:
    """`RSA 2048`."""
    return f"{certificate.key} {certificate.key_bits}" if certificate.key_bits else certificate.key or "unreadable key"


def line_of(certificate: Facts) -> str:
    """The certificate in a line, to copy."""
    until = f"{certificate.not_after:%Y-%m-%d}" if certificate.not_after else "an unreadable date"
    whose = f"{certificate.subject} by {certificate.issuer}"
    return f"{whose}, {key_of(certificate)}, until {until}, SHA-256 {certificate.sha256}"


def is_self_issued(certificate: Facts) -> bool:
    """Whether it names itself as its issuer, as roots do."""
    return certificate.subject == certificate.issuer


def is_issued_by(certificate: Facts, issuer: Facts) -> bool:
    """Whether one names the other as its issuer."""
    return certificate.issuer == issuer.subject


def may_serve(certificate: Facts) -> bool:
    """Whether its extended key usage allows servers; without the extension anything is allowed (RFC 5280, 4.2.1.12)."""
    return certificate.extended_key_usage is None or bool(_SERVING & set(certificate.extended_key_usage))


def may_sign(certificate: Facts) -> bool:
    """Whether its key usage allows signatures, which (EC)DHE and TLS 1.3 need; without the extension it does."""
    return certificate.key_usage is None or "digital signature" in certificate.key_usage

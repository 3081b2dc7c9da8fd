"""Roots of trust: those that were given, and those of the system, which stand for the public ones."""

from __future__ import annotations

import ssl
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.chains.links import issued_by
from bridgehead.certificates.reading.quietly import UNREADABLE, quietly
from bridgehead.certificates.reading.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

Trust = Literal["given", "public"]


@dataclass(frozen=True)
class Roots:
    """Certificates by their subject."""

    trust: Trust
    by_subject: dict[bytes, list[x509.Certificate]] = field(repr=False)

    @classmethod
    def of(cls, certificates: Iterable[x509.Certificate], trust: Trust = "given") -> Roots:
        """Roots that somebody gave, or those of a store."""
        found: dict[bytes, list[x509.Certificate]] = defaultdict(list)
        for certificate in certificates:
            try:
                with quietly():
                    found[certificate.subject.public_bytes()].append(certificate)
            except UNREADABLE:
                continue
        return cls(trust, dict(found))

    def __bool__(self) -> bool:
        return bool(self.by_subject)

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The root that issued this certificate (or is it), None where there is none."""
        try:
            with quietly():
                named = self.by_subject.get(certificate.issuer.public_bytes(), [])
        except UNREADABLE:
            return None
        return next((root for root in named if issued_by(certificate, root)), None)


def system_roots() -> Roots:
    """The roots that this system's OpenSSL trusts; none where it has no store.

    SSL_CERT_FILE and SSL_CERT_DIR name another store, as for every program that uses OpenSSL.
    """
    places = ssl.get_default_verify_paths()
    certificates: list[x509.Certificate] = []
    if places.cafile:
        certificates += read(places.cafile).certificates
    if not certificates and places.capath:
        for path in sorted(Path(places.capath).glob("*.pem")):
            certificates += read(path).certificates
    return Roots.of(certificates, "public")

"""When the authority itself wants a certificate to be renewed: renewal information, ARI (RFC 9773)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    from bridgehead.certificates.acme.session import Session


@dataclass(frozen=True)
class Suggestion:
    """What the authority says about one certificate."""

    start: datetime
    end: datetime
    retry_after: float | None
    """When it wants to be asked again, in seconds."""


def identifier(certificate: x509.Certificate) -> str | None:
    """What the authority knows a certificate by: its issuer's key identifier and its serial (RFC 9773, 4.1).

    None for a certificate that does not name its issuer's key.
    """
    try:
        issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except (x509.ExtensionNotFound, ValueError):
        return None
    serial = certificate.serial_number
    # As DER has it: with a zero in front where the first bit would make it negative.
    encoded = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{_base64url(issuer)}.{_base64url(encoded)}" if issuer else None


def suggestion(session: Session, certificate: x509.Certificate) -> Suggestion | None:
    """The window that the authority suggests; None where it suggests none, or one that makes no sense.

    Raises AttemptFailed where it does not answer.
    """
    known_by = identifier(certificate)
    if known_by is None or not session.has("renewalInfo"):
        return None
    with session.failures():
        told = session.get(f"{session.url_of('renewalInfo').rstrip('/')}/{known_by}").json()["suggestedWindow"]
        start, end = (datetime.fromisoformat(told[key]) for key in ("start", "end"))
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        return None  # RFC 9773, 4.2: such a window is treated as if there were none
    return Suggestion(start, end, session.retry_after)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")

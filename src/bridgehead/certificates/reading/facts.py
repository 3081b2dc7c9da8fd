"""What a certificate says, read once and by the only place that knows how the library fails on odd ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from bridgehead.certificates.reading.quietly import UNREADABLE, quietly

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

T = TypeVar("T")

LABORATORY = "Bridgehead laboratory, not for production"
"""The organisation in the subject of everything that the laboratory's authorities sign."""

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (rsa.RSAPublicKey, "RSA"),
    (ec.EllipticCurvePublicKey, "ECDSA"),
    (dsa.DSAPublicKey, "DSA"),
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (ed448.Ed448PublicKey, "Ed448"),
)

_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client authentication",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any purpose",
}


@dataclass(frozen=True)
class Facts:
    """A certificate, or a request, in words. What is absent is empty or None; what cannot be read, too."""

    subject: str
    common_name: str
    issuer: str
    names: tuple[str, ...]
    """DNS names of the subject alternative name, lower case, as they are written otherwise."""
    addresses: tuple[str, ...]
    """IP addresses of the subject alternative name."""
    not_before: datetime | None
    not_after: datetime | None
    """The last second of its life."""
    serial_number: str
    key: str
    """`RSA`, `ECDSA`, …; empty where it cannot be read."""
    key_bits: int
    signature: str
    """The hash that is signed, `sha256`; empty for schemes that have none of their own."""
    key_usage: tuple[str, ...] | None
    extended_key_usage: tuple[str, ...] | None
    extended_key_usage_critical: bool
    is_authority: bool
    issuer_url: str
    """Where the issuer's certificate can be downloaded, as the certificate says (RFC 5280, 4.2.2.1)."""
    sha1: str
    """Fingerprint, as Windows shows it (thumbprint)."""
    sha256: str
    laboratory: bool
    unreadable: tuple[str, ...] = ()
    """Parts that are there and cannot be read."""

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return self.common_name or self.subject or (self.names[0] if self.names else "a certificate without a subject")


@dataclass
class _Reader:
    """Reads part after part; a part that cannot be read gets its default and is noted."""

    unreadable: list[str] = field(default_factory=list)

    def part(self, name: str, read: Callable[[], T], default: T) -> T:
        try:
            with quietly():
                return read()
        except x509.ExtensionNotFound:
            return default
        except UNREADABLE:
            self.unreadable.append(name)
            return default


def facts_of(certificate: x509.Certificate) -> Facts:
    """The facts of a certificate. Never raises."""
    reader = _Reader()
    common = _common_parts(certificate, reader)
    return Facts(
        **common,
        issuer=reader.part("issuer", lambda: certificate.issuer.rfc4514_string(), ""),  # noqa: PLW0108 - the attribute itself may raise
        not_before=reader.part("validity", lambda: certificate.not_valid_before_utc, None),
        not_after=reader.part("validity", lambda: certificate.not_valid_after_utc, None),
        serial_number=reader.part("serial number", lambda: f"{certificate.serial_number:x}", ""),
        issuer_url=reader.part("authority information access", lambda: _issuer_url(certificate), ""),
        sha1=reader.part("fingerprint", lambda: certificate.fingerprint(hashes.SHA1()).hex(), ""),  # noqa: S303 - a name that Windows shows, not a protection
        sha256=reader.part("fingerprint", lambda: certificate.fingerprint(hashes.SHA256()).hex(), ""),
        laboratory=reader.part("issuer", lambda: _of_laboratory(certificate), default=False),
        unreadable=tuple(dict.fromkeys(reader.unreadable)),
    )


def facts_of_request(request: x509.CertificateSigningRequest) -> Facts:
    """The facts of a request: it has neither issuer, dates nor fingerprints. Never raises."""
    reader = _Reader()
    common = _common_parts(request, reader)
    return Facts(
        **common,
        issuer="",
        not_before=None,
        not_after=None,
        serial_number="",
        issuer_url="",
        sha1="",
        sha256="",
        laboratory=False,
        unreadable=tuple(dict.fromkeys(reader.unreadable)),
    )


def _common_parts(one: x509.Certificate | x509.CertificateSigningRequest, reader: _Reader) -> dict[str, Any]:
    subject = reader.part("subject", lambda: one.subject.rfc4514_string(), "")  # noqa: PLW0108 - the attribute itself may raise
    key, bits = reader.part("public key", lambda: _key(one), ("", 0))
    names: x509.SubjectAlternativeName | None
    names = reader.part("subject alternative name", lambda: _extension(one, x509.SubjectAlternativeName), None)
    usage = reader.part("extended key usage", lambda: _purposes(one), None)
    return {
        "subject": subject,
        "common_name": reader.part("subject", lambda: _common_name(one.subject), ""),
        "names": tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)) if names else (),
        "addresses": tuple(str(ip) for ip in names.get_values_for_type(x509.IPAddress)) if names else (),
        "key": key,
        "key_bits": bits,
        "signature": reader.part("signature algorithm", lambda: _hash(one), ""),
        "key_usage": reader.part("key usage", lambda: _usages(one), None),
        "extended_key_usage": usage[0] if usage else None,
        "extended_key_usage_critical": bool(usage and usage[1]),
        "is_authority": reader.part("basic constraints", lambda: _is_authority(one), default=False),
    }


def _extension(one: x509.Certificate | x509.CertificateSigningRequest, kind: type[Any]) -> Any:  # noqa: ANN401 - as the library has it
    return one.extensions.get_extension_for_class(kind).value


def _common_name(subject: x509.Name) -> str:
    found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _of_laboratory(certificate: x509.Certificate) -> bool:
    both = (certificate.subject, certificate.issuer)
    return any(
        one.value == LABORATORY for name in both for one in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    )


def _key(one: x509.Certificate | x509.CertificateSigningRequest) -> tuple[str, int]:
    key = one.public_key()
    kind = next((name for type_, name in _KINDS if isinstance(key, type_)), type(key).__name__)
    return kind, int(getattr(key, "key_size", 0))


def _hash(one: x509.Certificate | x509.CertificateSigningRequest) -> str:
    algorithm = one.signature_hash_algorithm
    return algorithm.name if algorithm is not None else ""


def _usages(one: x509.Certificate | x509.CertificateSigningRequest) -> tuple[str, ...]:
    usage: x509.KeyUsage = _extension(one, x509.KeyUsage)
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return tuple(name.replace("_", " ") for name in (*every, "key_cert_sign", "crl_sign") if getattr(usage, name))


def _purposes(one: x509.Certificate | x509.CertificateSigningRequest) -> tuple[tuple[str, ...], bool]:
    found = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    return tuple(_PURPOSES.get(oid, oid.dotted_string) for oid in found.value), found.critical


def _is_authority(one: x509.Certificate | x509.CertificateSigningRequest) -> bool:
    constraints: x509.BasicConstraints = _extension(one, x509.BasicConstraints)
    return constraints.ca


def _issuer_url(certificate: x509.Certificate) -> str:
    access: x509.AuthorityInformationAccess = _extension(certificate, x509.AuthorityInformationAccess)
    for description in access:
        location = description.access_location
        if description.access_method == AuthorityInformationAccessOID.CA_ISSUERS and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            return location.value
    return ""

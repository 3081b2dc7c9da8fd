"""A request as a person checks it: every field as it stands in the request, the document's step, and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import idna
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.certificates.request.requested import RequestedCertificate


@dataclass(frozen=True)
class Line:
    """One field of a request."""

    step: int
    """The step of "Request and configure a certificate for your reverse HTTP proxy" that fills it in."""
    field: str
    value: str
    because: str


_USAGES = {
    "digital_signature": "digital signature",
    "content_commitment": "non-repudiation",
    "key_encipherment": "key encipherment",
    "data_encipherment": "data encipherment",
    "key_agreement": "key agreement",
    "key_cert_sign": "certificate signing",
    "crl_sign": "CRL signing",
}
_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client authentication",
}


def review(requested: RequestedCertificate, request: x509.CertificateSigningRequest) -> tuple[Line, ...]:
    """The lines, in the document's order. What the request holds is read from it, not from what was asked for."""
    return (
        *_form(request),
        *_kept_beside(requested),
        *_subject(requested, request),
        *_names(requested, request),
        *_usages(requested, request),
        *_key(requested, request),
    )


def _form(request: x509.CertificateSigningRequest) -> Iterator[Line]:
    algorithm = request.signature_hash_algorithm
    signed = algorithm.name.upper().replace("SHA", "SHA-") if algorithm else "no hash"
    yield Line(5, "Request format", f"PKCS #10, signed with {signed}", "No enrollment policy and no template (step 4).")
    known = {
        x509.SubjectAlternativeName.oid: "",
        x509.KeyUsage.oid: "",
        x509.ExtendedKeyUsage.oid: "",
        x509.SubjectKeyIdentifier.oid: "subject key identifier",
    }
    found = [known.get(one.oid, one.oid.dotted_string) for one in request.extensions]
    defaults = ", ".join(name for name in found if name)
    yield Line(
        5,
        "Default extensions",
        defaults or "suppressed",
        "An authority may take it over or make its own. Windows would add S/MIME capabilities and the names of the "
        "machine and the user, which have no place in a server's certificate."
        if defaults
        else "The request has only the extensions of steps 9, 11 and 12.",
    )


def _kept_beside(requested: RequestedCertificate) -> Iterator[Line]:
    beside = "Not in the request: kept beside the key, and written into a PFX when it is exported."
    if requested.friendly_name:
        yield Line(7, "Friendly name", requested.friendly_name, beside)
    if requested.description:
        yield Line(7, "Description", requested.description, "Not in the request: kept beside the key.")


def _subject(requested: RequestedCertificate, request: x509.CertificateSigningRequest) -> Iterator[Line]:
    titles = {
        x509.NameOID.COMMON_NAME: "Common name",
        x509.NameOID.ORGANIZATION_NAME: "Organization",
        x509.NameOID.ORGANIZATIONAL_UNIT_NAME: "Organizational unit",
        x509.NameOID.LOCALITY_NAME: "Locality",
        x509.NameOID.STATE_OR_PROVINCE_NAME: "State or province",
        x509.NameOID.COUNTRY_NAME: "Country",
    }
    for part in sorted(request.subject, key=lambda one: list(titles).index(one.oid)):
        own = part.oid == x509.NameOID.COMMON_NAME
        because = requested.because.common_name if own else "The document asks for the common name alone."
        yield Line(8, titles[part.oid], _readable(str(part.value)) if own else str(part.value), because)


def _names(requested: RequestedCertificate, request: x509.CertificateSigningRequest) -> Iterator[Line]:
    reasons = {one.name: one.because for one in requested.names}
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in names.get_values_for_type(x509.DNSName):
        yield Line(9, "DNS name", _readable(name), reasons.get(name, ""))


def _usages(requested: RequestedCertificate, request: x509.CertificateSigningRequest) -> Iterator[Line]:
    usage = request.extensions.get_extension_for_class(x509.KeyUsage)
    set_ones = [title for attribute, title in _USAGES.items() if getattr(usage.value, attribute)]
    yield Line(
        11,
        "Key usage",
        f"{', '.join(set_ones)}; {_criticality(usage)}",
        "TLS 1.3 and every ECDHE cipher need the signature, old RSA key exchange the encipherment."
        if usage.value.key_encipherment
        else "An ECDSA key signs and enciphers nothing, so key encipherment is left out.",
    )
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    value = ", ".join(_PURPOSES.get(one, one.dotted_string) for one in purposes.value)
    yield Line(12, "Extended key usage", f"{value}; {_criticality(purposes)}", requested.because.extended_key_usage)


def _criticality(extension: x509.Extension[x509.KeyUsage] | x509.Extension[x509.ExtendedKeyUsage]) -> str:
    return "critical" if extension.critical else "not critical"


def _key(requested: RequestedCertificate, request: x509.CertificateSigningRequest) -> Iterator[Line]:
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        yield Line(13, "Key", f"RSA, {key.key_size} bits", requested.because.key)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        because = "Signing costs the server far less than with RSA. Old clients need an RSA certificate beside it."
        yield Line(13, "Key", f"ECDSA, P-{key.key_size}", because)
    exportable = "yes" if requested.exportable else "no"
    binds = " `bridgehead certificate export` holds to this; who may read the file can copy it all the same."
    yield Line(13, "Private key exportable", exportable, requested.because.exportable + binds)
    if isinstance(key, rsa.RSAPublicKey):
        because = "A matter of Windows' providers, and not in the request: KeySpec = 1 in the INF for certreq."
        yield Line(14, "Key type", "Exchange", because)


def _readable(name: str) -> str:
    """The name; an internationalised one with how people write it."""
    if "xn--" not in name:
        return name
    wildcard = "*." if name.startswith("*.") else ""
    try:
        return f"{name} ({wildcard}{idna.decode(name.removeprefix('*.'))})"
    except idna.IDNAError:
        return name

"""The same request as an INF file for Windows' `certreq`, for a key that is born on a Windows machine.

Source: certreq, reference article of Windows Server; "How to add a subject alternative name to a secure LDAP
certificate" (Microsoft Knowledge Base 931351) for the form of the alternative names.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from bridgehead.certificates.request.requested import rsa_bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.certificates.request.requested import KeyType, RequestedCertificate, Subject

SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
ALTERNATIVE_NAMES = "2.5.29.17"

_SUBJECT_KEYS = {"common_name": "CN", "unit": "OU", "organization": "O", "locality": "L", "state": "S", "country": "C"}
_SPECIAL = set(',+="<>#;\n')
"""What CertStrToName takes for itself unless the value stands in quotation marks."""


def certreq_inf(requested: RequestedCertificate, key_type: KeyType) -> str:
    """The text of the INF file for one key of a sound request."""
    sections = {
        "Version": ['Signature = "$Windows NT$"'],
        "NewRequest": [
            f"Subject = {_quoted(_subject(requested.subject))}",
            *_key(key_type),
            *_settings(requested, key_type),
        ],
        "Extensions": list(_alternative_names(requested)),
        "EnhancedKeyUsageExtension": [f"OID = {one}" for one in _purposes(requested)],
    }
    head = [
        f"; {requested.name}: certreq -new request.inf request.req, in an elevated prompt.",
        "; Look at it before you send it: certutil -dump request.req. 2.5.29.15, the key usage, is to be critical.",
        "; When the answer comes, on the same machine: certreq -accept answer.cer",
        *([] if not requested.description else [f"; {requested.description}"]),
    ]
    return "\n\n".join(["\n".join(head), *(_section(name, lines) for name, lines in sections.items())]) + "\n"


def as_inf_file(text: str) -> bytes:
    """The file's bytes: lines as Windows ends them, and UTF-16, which it can read, where ASCII does not suffice."""
    text = text.replace("\n", "\r\n")
    return text.encode("ascii") if text.isascii() else codecs.BOM_UTF16_LE + text.encode("utf-16-le")


def _section(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"[{name}]", *lines])


def _key(key_type: KeyType) -> Iterator[str]:
    bits = rsa_bits(key_type)
    if bits is None:
        curve = key_type.removeprefix("ecdsa-p")
        yield 'ProviderName = "Microsoft Software Key Storage Provider"'
        yield f"KeyAlgorithm = ECDSA_P{curve}"
        yield f"KeyLength = {curve}"
        yield f"HashAlgorithm = SHA{'384' if curve == '384' else '256'}"
        yield "KeyUsage = 0x80     ; digital signature"
        return
    # The document's "(No template) Legacy key" and "Exchange": a CryptoAPI provider and AT_KEYEXCHANGE. Parts of Lync
    # and Exchange of that time cannot open keys of the newer key storage providers.
    yield 'ProviderName = "Microsoft RSA SChannel Cryptographic Provider"'
    yield "ProviderType = 12"
    yield "KeySpec = 1         ; AT_KEYEXCHANGE, the document's key type Exchange"
    yield f"KeyLength = {bits}"
    yield "HashAlgorithm = SHA256"
    yield "KeyUsage = 0xa0     ; digital signature 0x80, key encipherment 0x20"


def _settings(requested: RequestedCertificate, key_type: KeyType) -> Iterator[str]:
    yield "MachineKeySet = TRUE"
    yield f"Exportable = {_true(requested.exportable)}"
    yield "RequestType = PKCS10"
    yield "UseExistingKeySet = FALSE"
    if rsa_bits(key_type) is not None:
        yield "SMIME = FALSE"
    yield f"SuppressDefaults = {_true(requested.suppress_default_extensions)}"
    if requested.friendly_name:
        yield f"FriendlyName = {_quoted(requested.friendly_name)}"


def _alternative_names(requested: RequestedCertificate) -> Iterator[str]:
    """One line for each name; all but the last end in `&`, without which certreq runs them together."""
    yield f'{ALTERNATIVE_NAMES} = "{{text}}"'
    *others, last = requested.names
    for one in others:
        yield f'_continue_ = "DNS={one.name}&"'
    yield f'_continue_ = "DNS={last.name}"'


def _purposes(requested: RequestedCertificate) -> tuple[str, ...]:
    return (
        (SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION) if requested.client_authentication else (SERVER_AUTHENTICATION,)
    )


def _subject(subject: Subject) -> str:
    parts = ((key, getattr(subject, part)) for part, key in _SUBJECT_KEYS.items())
    return ",".join(f"{key}={_value(value)}" for key, value in parts if value)


def _value(value: str) -> str:
    """The value as CertStrToName reads it: in quotation marks, doubled inside, where it holds a separator."""
    if not _SPECIAL.intersection(value) and value == value.strip():
        return value
    return '"' + value.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    """The text as a string of an INF file, where a quotation mark or a percent sign of its own is doubled."""
    return '"' + text.replace("%", "%%").replace('"', '""') + '"'


def _true(value: bool) -> str:
    return "TRUE" if value else "FALSE"

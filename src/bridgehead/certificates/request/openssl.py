"""The same request as a command for OpenSSL 1.1.1 or later, for a key that is born on another machine."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from bridgehead.certificates.request.requested import rsa_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.certificates.request.pkcs10 import FileFormat
    from bridgehead.certificates.request.requested import KeyType, RequestedCertificate, Subject

_SUBJECT_KEYS = {"country": "C", "state": "ST", "locality": "L", "organization": "O", "unit": "OU", "common_name": "CN"}


def openssl_command(
    requested: RequestedCertificate, key_type: KeyType, stem: str, file_format: FileFormat = "base64"
) -> str:
    """A shell command that writes `stem.key` (for its owner alone) and `stem.req`, with the fields of a sound request.

    It reads no configuration of the machine, so that it makes the same request everywhere.
    """
    options = [
        "openssl req -new -nodes -utf8 -batch -config /dev/null",
        *_key(key_type),
        f"-keyout {shlex.quote(f'{stem}.key')} -out {shlex.quote(f'{stem}.req')}"
        + (" -outform DER" if file_format == "binary" else ""),
        f"-subj {shlex.quote(_subject(requested.subject))}",
        *(f"-addext {shlex.quote(extension)}" for extension in _extensions(requested, key_type)),
    ]
    return " \\\n    ".join(options)


def _key(key_type: KeyType) -> Iterator[str]:
    bits = rsa_bits(key_type)
    if bits is not None:
        yield f"-newkey rsa:{bits} -sha256"
        return
    curve = key_type.removeprefix("ecdsa-p")
    yield f"-newkey ec -pkeyopt ec_paramgen_curve:P-{curve} -sha{'384' if curve == '384' else '256'}"


def _extensions(requested: RequestedCertificate, key_type: KeyType) -> Iterator[str]:
    yield "subjectAltName=" + ",".join(f"DNS:{one.name}" for one in requested.names)
    yield "keyUsage=critical,digitalSignature" + (",keyEncipherment" if rsa_bits(key_type) is not None else "")
    yield "extendedKeyUsage=serverAuth" + (",clientAuth" if requested.client_authentication else "")
    if not requested.suppress_default_extensions:
        yield "subjectKeyIdentifier=hash"


def _subject(subject: Subject) -> str:
    parts = ((key, getattr(subject, part)) for part, key in _SUBJECT_KEYS.items())
    return "".join(f"/{key}={_escaped(value)}" for key, value in parts if value)


def _escaped(value: str) -> str:
    """A slash begins the next part and a plus sign joins two (openssl-req, -subj)."""
    return re.sub(r"([\\/+])", r"\\\1", value)

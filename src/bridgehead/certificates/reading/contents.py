"""What a file turned out to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from bridgehead.problems import Problem

Form = Literal["PEM", "DER", "PKCS #7", "PFX", "unknown"]


@dataclass(frozen=True)
class Contents:
    """Certificates, keys and requests of one file, in its order, and what could not be read of it."""

    form: Form
    certificates: tuple[x509.Certificate, ...] = ()
    keys: tuple[PrivateKeyTypes, ...] = ()
    requests: tuple[x509.CertificateSigningRequest, ...] = ()
    friendly_name: str = ""
    """The name that a PFX gives its certificate."""
    problems: tuple[Problem, ...] = ()
    """Damaged parts, keys that stay closed. Nothing is raised for them: the rest may be all that is needed."""


def together(form: Form, parts: Iterable[Contents]) -> Contents:
    """Several parts as one; the first friendly name counts."""
    some = tuple(parts)
    return Contents(
        form,
        tuple(one for part in some for one in part.certificates),
        tuple(one for part in some for one in part.keys),
        tuple(one for part in some for one in part.requests),
        next((part.friendly_name for part in some if part.friendly_name), ""),
        tuple(one for part in some for one in part.problems),
    )

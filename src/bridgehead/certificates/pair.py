"""Whether a certificate and its private key can be served, and whether roots of trust can be read."""

from __future__ import annotations

import stat
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

EXPIRES_SOON = timedelta(days=14)


def check_pair(
    chain_path: str | Path, key_path: str | Path, passphrase_file: str | Path | None = None, *, now: datetime
) -> list[Problem]:
    """Everything that would keep this certificate from being served, and warnings about what soon might.

    `now` must know its time zone. Nothing is raised.
    """
    problems: list[Problem] = []
    chain = _load_chain(Path(chain_path), problems)
    key = _load_key(Path(key_path), passphrase_file, problems)
    if chain:
        problems += _dates(chain[0], str(chain_path), now)
        problems += _order(chain, key, str(chain_path))
    if chain and key is not None and not any(_belongs(key, certificate) for certificate in chain):
        problems.append(
            Problem(
                "certificate.key-does-not-match",
                str(key_path),
                f"This private key does not belong to the certificate in {chain_path}.",
                "Use the key that the certificate was requested with.",
            )
        )
    if key is not None:
        problems += _permissions(Path(key_path))
    return problems


def check_trust(path: str | Path, *, now: datetime) -> list[Problem]:
    """Everything that keeps a file of root certificates from being used. Nothing is raised."""
    problems: list[Problem] = []
    for certificate in _load_chain(Path(path), problems):
        if certificate.not_valid_after_utc < now:
            name = certificate.subject.rfc4514_string()
            problems.append(
                Problem("trust.expired", str(path), f"{name} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
            )
    return problems


def names_in(chain_path: str | Path) -> tuple[str, ...]:
    """DNS names in the certificate that a chain begins with; none where it cannot be read."""
    chain = _load_chain(Path(chain_path), [])
    try:
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value if chain else None
    except (x509.ExtensionNotFound, ValueError):
        names = None
    return tuple(names.get_values_for_type(x509.DNSName)) if names is not None else ()


def _read(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problem = Problem(
            "certificate.file-missing", str(path), "There is no such file.", "Check the path and the name."
        )
    except IsADirectoryError:
        problem = Problem("certificate.file-unreadable", str(path), "This is a directory; a PEM file is expected.")
    except PermissionError:
        hint = "Check the owner and permissions of the file and of the directories above it."
        problem = Problem("certificate.file-unreadable", str(path), "You may not read this file.", hint)
    except (OSError, ValueError) as error:
        problem = Problem("certificate.file-unreadable", str(path), f"The file cannot be read: {error}.")
    problems.append(problem)
    return None


def _load_chain(path: Path, problems: list[Problem]) -> list[x509.Certificate]:
    data = _read(path, problems)
    if data is None:
        return []
    if b"-----BEGIN CERTIFICATE-----" not in data:
        problems.append(_no_certificate(path, data))
        return []
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        message = f"A certificate in this file is damaged: {error}."
        problems.append(Problem("certificate.damaged", str(path), message, "Export it again, as PEM (Base64)."))
        return []


def _no_certificate(path: Path, data: bytes) -> Problem:
    if b"-----BEGIN" in data:
        message, hint = "This PEM file has no certificate.", "A key or a request? The certificate itself is expected."
    else:
        message = "This is not a PEM file."
        hint = "For DER: openssl x509 -inform der -in FILE -out FILE.pem; for PFX: openssl pkcs12 -in FILE -nokeys."
    return Problem("certificate.none", str(path), message, hint)


def _load_key(path: Path, passphrase_file: str | Path | None, problems: list[Problem]) -> PrivateKeyTypes | None:
    data = _read(path, problems)
    passphrase = None
    if passphrase_file is not None:
        first_line = _read(Path(passphrase_file), problems)
        if first_line is None:
            return None
        passphrase = first_line.split(b"\n", 1)[0].rstrip(b"\r")
    if data is None:
        return None
    if b"PRIVATE KEY-----" not in data:
        message = "This PEM file has no private key." if b"-----BEGIN" in data else "This is not a PEM file."
        problems.append(
            Problem("key.none", str(path), message, "The private key of the certificate is expected, as PEM.")
        )
        return None
    return _open_key(path, data, passphrase, problems)


def _open_key(path: Path, data: bytes, passphrase: bytes | None, problems: list[Problem]) -> PrivateKeyTypes | None:
    encrypted = b"ENCRYPTED" in data
    if encrypted and passphrase is None:
        hint = "Name a passphrase_file, readable only by its owner."
        problems.append(Problem("key.passphrase-missing", str(path), "This private key needs a passphrase.", hint))
        return None
    try:
        return load_pem_private_key(data, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            message = "The passphrase does not open this private key."
            problems.append(Problem("key.passphrase-wrong", str(path), message, "Its first line is what counts."))
        else:
            problems.append(Problem("key.damaged", str(path), "This private key is damaged, or of an unknown kind."))
    return None


def _dates(leaf: x509.Certificate, where: str, now: datetime) -> list[Problem]:
    if leaf.not_valid_before_utc > now:
        message = f"The certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC."
        return [Problem("certificate.not-yet-valid", where, message, "Is the clock of this machine right?")]
    if leaf.not_valid_after_utc < now:
        message = f"The certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC."
        return [Problem("certificate.expired", where, message, "Clients refuse it: renew it.")]
    if leaf.not_valid_after_utc < now + EXPIRES_SOON:
        message = f"The certificate expires on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC."
        return [Problem("certificate.expires-soon", where, message, "Renew it in time.", "warning")]
    return []


def _order(chain: list[x509.Certificate], key: PrivateKeyTypes | None, where: str) -> list[Problem]:
    if key is not None and not _belongs(key, chain[0]) and any(_belongs(key, other) for other in chain):
        hint = "Put the server's certificate at the beginning of the file, its intermediates after it."
        return [Problem("certificate.leaf-not-first", where, "The certificate of this key is not the first one.", hint)]
    for issued, issuer in pairwise(chain):
        if issued.issuer != issuer.subject:
            name = issued.subject.rfc4514_string()
            message = f"The certificate after {name} is not that of its issuer."
            hint = "Order the file: the server's certificate, then its issuer, then the issuer's issuer."
            return [Problem("certificate.chain-order", where, message, hint, "warning")]
    return []


def _permissions(path: Path) -> list[Problem]:
    # A warning: the file works, and on some systems access is given by other means than these bits.
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        hint = f"chmod o-rwx {path}"
        message = "Everybody on this machine can read this private key."
        return [Problem("key.readable-by-others", str(path), message, hint, "warning")]
    return []


def _belongs(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    try:
        return _public_bytes(key.public_key()) == _public_bytes(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

"""The files that a certificate comes in: read together, everything told that cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgehead.certificates.pair import judge_permissions
from bridgehead.certificates.reading.contents import Contents, together
from bridgehead.cli.certificate.passphrases import given_passphrase, read_opened
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography import x509


@dataclass(frozen=True)
class Given:
    """All that the files hold."""

    contents: Contents
    roots: tuple[x509.Certificate, ...]
    warnings: tuple[Problem, ...]

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Leaf and intermediates, in any order."""
        return self.contents.certificates

    @property
    def keys(self) -> tuple[object, ...]:
        """Keys that came with them."""
        return self.contents.keys


def gather(
    files: Sequence[Path], key: Path | None, passphrase_file: Path | None, chain: Sequence[Path], root: Sequence[Path]
) -> Given:
    """Read everything. Raises ProblemsFound with all that cannot be read."""
    problems: list[Problem] = []
    passphrase = given_passphrase(passphrase_file)
    own = [read_opened(path, passphrase) for path in files]
    for part in own:
        problems += part.problems
    if not problems and not any(part.certificates for part in own):
        problems.append(_nothing(files, own))
    more = _certificates_alone(chain, problems)
    roots = _certificates_alone(root, problems)
    warnings: list[Problem] = []
    if key is not None:
        # A key that was named is meant: those in the other files are not looked at.
        own = [replace(part, keys=()) for part in own]
        own.append(_key_alone(key, passphrase, problems))
    if problems:
        raise ProblemsFound(problems)
    for path, part in zip((*files, key), own, strict=False):
        warnings += judge_permissions(path) if path is not None and part.keys and part.form == "PEM" else []
    return Given(together(own[0].form, [*own, Contents("PEM", tuple(more))]), tuple(roots), tuple(warnings))


def _nothing(files: Sequence[Path], own: Sequence[Contents]) -> Problem:
    where = ", ".join(map(str, files))
    if any(part.requests for part in own):
        message = "This is a certificate request, not the answer to it."
        hint = "Send it to the authority, and import the certificate that comes back."
    elif any(part.keys for part in own):
        message = "This is a private key, and no certificate."
        hint = "Give the certificate as FILE, and this file with --key. Was a key sent to the authority? Then make a "
        hint += "new one: it is no secret any more."
    else:
        message = "There is no certificate in this file."
        hint = "PEM, DER, PKCS #7 (.p7b) or PFX is expected."
    return Problem("certificate.none", where, message, hint)


def _certificates_alone(paths: Sequence[Path], problems: list[Problem]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for path in paths:
        contents = read_opened(path, None)
        problems += contents.problems
        if not contents.problems and not contents.certificates:
            problems.append(_nothing([path], [contents]))
        found += contents.certificates
    return found


def _key_alone(path: Path, passphrase: bytes | None, problems: list[Problem]) -> Contents:
    contents = read_opened(path, passphrase)
    problems += contents.problems
    if not contents.problems and not contents.keys:
        message = "There is no private key in this file."
        hint = "The private key of the certificate is expected here." if contents.certificates else ""
        problems.append(Problem("key.none", str(path), message, hint))
    return Contents(contents.form, keys=contents.keys)

"""A pool's trust file: the roots of its own authority, never mixed with public ones. Written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.reading.facts import facts_of
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509


def as_trust_file(roots: Sequence[x509.Certificate]) -> bytes:
    """The roots as PEM, each below a line that says what it is."""
    return b"".join(_described(root) + root.public_bytes(Encoding.PEM) for root in roots)


def write_trust_file(path: Path, roots: Sequence[x509.Certificate]) -> None:
    """Put the roots in place of what is there: beside it first, then renamed. Raises ProblemsFound."""
    try:
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(as_trust_file(roots))
                file.flush()
                # Roots are no secret, and the proxy may run as another user.
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"The trust file cannot be written: {error.strerror or error}. What was there is as it was."
        hint = "Check the directory's owner and permissions, and the space there."
        raise ProblemsFound([Problem("trust.unwritable", str(path), message, hint)]) from None


def _described(root: x509.Certificate) -> bytes:
    facts = facts_of(root)
    return f"# {facts.subject}\n# SHA-256 {facts.sha256}\n".encode("ascii", errors="backslashreplace")

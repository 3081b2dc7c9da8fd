"""Any file to what it holds. Whatever comes in, this answers with contents and problems, never with a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.reading.contents import Contents, together
from bridgehead.certificates.reading.der import read_der
from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.reading.pem import Block, blocks
from bridgehead.certificates.reading.private_keys import read_pem_key
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

MOST_CERTIFICATES = 1000
"""In one file. A system's bundle of roots has 150."""

_IGNORED = {"X509 CRL", "EC PARAMETERS", "DH PARAMETERS", "PUBLIC KEY", "RSA PUBLIC KEY"}


def read(path: str | Path, passphrase: bytes | None = None) -> Contents:
    """What a file holds; problems are in the contents, also those of a file that cannot be opened."""
    try:
        data = read_file(path)
    except ProblemsFound as found:
        return Contents("unknown", problems=found.problems)
    return read_bytes(data, passphrase, str(path))


def read_bytes(data: bytes, passphrase: bytes | None, where: str) -> Contents:
    """What some bytes hold; `where` is what problems call them. `passphrase` opens encrypted keys and PFX files."""
    armoured = blocks(data)
    if armoured:
        if len(armoured) > MOST_CERTIFICATES:
            message = f"This file has {len(armoured)} parts; {MOST_CERTIFICATES} are the most that are read."
            return Contents("PEM", problems=(Problem("certificate.file-too-large", where, message),))
        parts = [_read_block(block, passphrase, where) for block in armoured]
        return together("PKCS #7" if all(part.form == "PKCS #7" for part in parts) else "PEM", parts)
    return read_der(data, passphrase, where)


def _read_block(block: Block, passphrase: bytes | None, where: str) -> Contents:
    if not block.complete:
        message = f"A part of this file is cut off: -----BEGIN {block.label}----- has no -----END {block.label}-----."
        code = "key.damaged" if "PRIVATE KEY" in block.label else "certificate.damaged"
        return Contents("PEM", problems=(Problem(code, where, message, "Copy the whole of it, armour included."),))
    if block.label in _IGNORED:
        return Contents("PEM")
    if "PRIVATE KEY" in block.label:
        return read_pem_key(block.text, passphrase, where)
    # Windows writes BEGIN CERTIFICATE around anything that it saves in Base64, PKCS #7 and PFX included.
    der = block.der
    found = read_der(der, passphrase, where) if der is not None else Contents("unknown")
    if found.form in ("unknown", "DER") and not (found.certificates or found.keys or found.requests):
        message = f"A part of this file is damaged: its {block.label} cannot be read."
        hint = "Copy it again or export it again, as PEM (Base64)."
        return Contents("PEM", problems=(Problem("certificate.damaged", where, message, hint),))
    return found

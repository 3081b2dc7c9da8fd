"""Whether a certificate and its private key can be served as they lie there, and whether roots of trust can be read.

The files are read and judged by the same code as those that are imported; what is special here is that OpenSSL will
load them as they are: PEM, the leaf first.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.chains.chain import in_order
from bridgehead.certificates.judging.dates import EXPIRES_SOON, judge_dates
from bridgehead.certificates.judging.judgement import judge_laboratory, key_does_not_match
from bridgehead.certificates.reading.contents import Contents, Form
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.files import read_file, read_passphrase
from bridgehead.certificates.reading.private_keys import belongs
from bridgehead.certificates.reading.reader import read, read_bytes
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


def check_pair(
    chain_path: str | Path,
    key_path: str | Path,
    passphrase_file: str | Path | None = None,
    *,
    now: datetime,
    soon: timedelta = EXPIRES_SOON,
) -> list[Problem]:
    """Everything that would keep this certificate from being served, and warnings about what soon might.

    `now` must know its time zone. Nothing is raised.
    """
    problems: list[Problem] = []
    chain = read_chain(chain_path, problems)
    key = _read_key(key_path, passphrase_file, problems)
    if chain:
        problems += judge_dates(facts_of(chain[0]), str(chain_path), now, soon)
        problems += _order(chain, key, str(chain_path))
    if chain and key is not None and not any(belongs(key, certificate) for certificate in chain):
        problems.append(key_does_not_match(str(key_path), str(chain_path)))
    if key is not None:
        problems += judge_permissions(key_path)
    return problems


def check_trust(path: str | Path, *, now: datetime) -> list[Problem]:
    """Everything that keeps a file of root certificates from being used. Nothing is raised."""
    problems: list[Problem] = []
    # Windows exports roots as DER (.cer) unless told otherwise, and the proxy loads them.
    for certificate in read_chain(path, problems, forms=("PEM", "DER")):
        facts = facts_of(certificate)
        if facts.not_after is not None and facts.not_after < now:
            message = f"{facts.subject} expired on {facts.not_after:%Y-%m-%d}."
            problems.append(Problem("trust.expired", str(path), message))
    return problems


def check_laboratory(chain_path: str | Path) -> list[Problem]:
    """A warning where this is a certificate of the laboratory."""
    chain = read_chain(chain_path, [])
    return list(judge_laboratory(facts_of(chain[0]), str(chain_path))) if chain else []


def names_in(chain_path: str | Path) -> tuple[str, ...]:
    """DNS names in the certificate that a chain begins with; none where it cannot be read."""
    chain = read_chain(chain_path, [])
    return facts_of(chain[0]).names if chain else ()


def read_chain(
    path: str | Path, problems: list[Problem], forms: tuple[Form, ...] = ("PEM",)
) -> tuple[x509.Certificate, ...]:
    """The certificates of a file as they lie there; none where there is any problem, which is noted."""
    contents = read(path)
    found = [problem for problem in contents.problems if problem.code.startswith("certificate.")]
    opened = not any(problem.code.startswith("certificate.file-") for problem in found)
    if opened and (contents.form not in forms or not (contents.certificates or found)):
        found = [_no_certificate(str(path), contents)]
    problems += found
    return () if found else contents.certificates


def judge_permissions(key_path: str | Path) -> list[Problem]:
    """A warning where everybody on the machine can read a private key.

    A warning: the file works, and on some systems access is given by other means than these bits.
    """
    if Path(key_path).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        hint = f"chmod o-rwx {key_path}"
        message = "Everybody on this machine can read this private key."
        return [Problem("key.readable-by-others", str(key_path), message, hint, "warning")]
    return []


def _no_certificate(where: str, contents: Contents) -> Problem:
    if contents.form == "PEM":
        message, hint = "This PEM file has no certificate.", "A key or a request? The certificate itself is expected."
    elif contents.certificates:
        message = f"This file is {contents.form}, not PEM."
        hint = f"Import it, and the chain is put in order: bridgehead certificate import {where} --help"
    else:
        message = "This is not a PEM file."
        hint = "DER, PKCS #7 and PFX files can be imported: bridgehead certificate import --help"
    return Problem("certificate.none", where, message, hint)


def _read_key(path: str | Path, passphrase_file: str | Path | None, problems: list[Problem]) -> PrivateKeyTypes | None:
    try:
        passphrase = read_passphrase(passphrase_file) if passphrase_file is not None else None
    except ProblemsFound as found:
        problems += found.problems
        return None
    try:
        data = read_file(path)
    except ProblemsFound as found:
        problems += found.problems
        return None
    contents = read_bytes(data, passphrase, str(path))
    told = [problem for problem in contents.problems if problem.code.startswith("key.")]
    if contents.form != "PEM" or not (contents.keys or told):
        message = "This PEM file has no private key." if contents.form == "PEM" else "This is not a PEM file."
        told = [Problem("key.none", str(path), message, "The private key of the certificate is expected, as PEM.")]
    problems += told
    return None if told else contents.keys[0]


def _order(chain: tuple[x509.Certificate, ...], key: PrivateKeyTypes | None, where: str) -> list[Problem]:
    if key is not None and not belongs(key, chain[0]) and any(belongs(key, other) for other in chain):
        hint = "Put the server's certificate at the beginning of the file, its intermediates after it."
        return [Problem("certificate.leaf-not-first", where, "The certificate of this key is not the first one.", hint)]
    if not in_order(chain):
        message = "The certificates of this file are not each followed by that of its issuer."
        hint = "Order the file: the server's certificate, then its issuer, then the issuer's issuer."
        return [Problem("certificate.chain-order", where, message, hint, "warning")]
    return []

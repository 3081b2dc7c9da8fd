"""The files that a ProxySpec refers to, read once and by the one process that may read them.

Workers get certificates, keys and roots as bytes from the supervisor, so that a reload needs no path that an
unprivileged worker could not read, and all workers use the same bytes.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.authentication.account_list import read_accounts
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from bridgehead.problems import Findings
    from bridgehead.spec import KeyPair, ProxySpec

Material = dict[str, bytes]
"""Contents by path."""


def read_material(spec: ProxySpec, findings: Findings) -> Material:
    """Every file of certificates, keys, passphrases, roots, accounts. What cannot be read is noted, and absent."""
    material: Material = {}
    for path in _paths(spec):
        try:
            material[path] = Path(path).read_bytes()
        except OSError as error:
            findings.add("file.unreadable", path, f"this file cannot be read: {error.strerror}.")
    for accounts in spec.accounts:
        if accounts.source == "file" and accounts.file:
            try:
                material[accounts.file] = read_accounts(accounts.file)
            except ProblemsFound as found:
                findings.problems += found.problems
    return material


def _paths(spec: ProxySpec) -> Iterator[str]:
    for certificate in spec.certificates:
        for pair in certificate.pairs:
            yield from (pair.chain, pair.key)
            if pair.passphrase_file:
                yield pair.passphrase_file
    for pool in spec.pools:
        yield from pool.trust
    for accounts in spec.accounts:
        if accounts.keytab:
            yield accounts.keytab


def load_pair(context: ssl.SSLContext, pair: KeyPair, material: Material) -> None:
    """Load a chain and its key into a context. Raises OSError (ssl.SSLError), KeyError for a file that was not read."""
    passphrase = material[pair.passphrase_file] if pair.passphrase_file else b""
    with _in_memory(material[pair.chain]) as chain, _in_memory(material[pair.key]) as key:
        # A given passphrase, even an empty one, keeps OpenSSL from asking for one on the terminal.
        context.load_cert_chain(chain, key, passphrase.split(b"\n", 1)[0].rstrip(b"\r"))


@contextmanager
def _in_memory(content: bytes) -> Iterator[str]:
    """A path to bytes that are on no disk: the standard library loads certificates and keys from paths alone."""
    descriptor = os.memfd_create("bridgehead", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)

"""From a sound request to keys, requests and the files that hold them: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.certificates.keys import key_as_pem
from bridgehead.certificates.request.output_files import OutputFiles
from bridgehead.certificates.request.pkcs10 import encoded, make_key, make_request
from bridgehead.certificates.request.requested import kind_of_type
from bridgehead.certificates.request.submission import MadeRequest
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.facts import RequestFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from bridgehead.certificates.keys import PrivateKey
    from bridgehead.certificates.request.pkcs10 import FileFormat
    from bridgehead.certificates.request.requested import KeyType, RequestedCertificate
    from bridgehead.certificates.store.entries import StoredRequest
    from bridgehead.certificates.store.store import Store


@dataclass(frozen=True, repr=False)
class Prepared:
    """A key and its request, in memory alone."""

    key_type: KeyType
    key: PrivateKey
    request: x509.CertificateSigningRequest


@dataclass(frozen=True)
class KeyFiles:
    """Files of one's own for the keys, where no store is wanted: one path for each key."""

    paths: Sequence[Path]
    passphrase: bytes | None = None
    """Encrypts the keys."""

    def __repr__(self) -> str:
        return f"KeyFiles({self.paths})"


def prepare(requested: RequestedCertificate) -> tuple[Prepared, ...]:
    """A new key and a request for each type of key that a sound request asks for. Nothing is written."""
    made = []
    for key_type in requested.key_types:
        key = make_key(key_type)
        made.append(Prepared(key_type, key, make_request(requested, key)))
    return tuple(made)


def keep(
    requested: RequestedCertificate,
    prepared: Sequence[Prepared],
    request_files: Sequence[Path],
    file_format: FileFormat,
    keys_in: Store | KeyFiles,
    *,
    replace: bool,
    now: datetime,
    beside: Sequence[tuple[Path, bytes]] = (),
) -> tuple[MadeRequest, ...]:
    """Write the files to send, and the keys into the store or files of their own.

    `beside` are further files to leave, such as an INF. `replace` lets a file that is no key take the place of one that
    is there. Raises ProblemsFound where anything cannot be written; then, and where it is interrupted, nothing is left
    of all.
    """
    with OutputFiles() as files:
        if isinstance(keys_in, KeyFiles):
            for one, path in zip(prepared, keys_in.paths, strict=True):
                files.add(path, key_as_pem(one.key, keys_in.passphrase), secret=True)
        for one, path in zip(prepared, request_files, strict=True):
            files.add(path, encoded(one.request, file_format), replace=replace)
        for path, content in beside:
            files.add(path, content, replace=replace)
        if isinstance(keys_in, KeyFiles):
            places = list(keys_in.paths)
        else:
            places = [one.key_path for one in _store(requested, prepared, keys_in, now)]
    stored = not isinstance(keys_in, KeyFiles)
    return tuple(MadeRequest(str(path), str(key), stored) for path, key in zip(request_files, places, strict=True))


def _store(
    requested: RequestedCertificate, prepared: Sequence[Prepared], store: Store, now: datetime
) -> list[StoredRequest]:
    facts = RequestFacts(
        exportable=requested.exportable,
        made_at=now,
        friendly_name=requested.friendly_name,
        description=requested.description,
    )
    stored: list[StoredRequest] = []
    try:
        for one in prepared:
            kind = kind_of_type(one.key_type)
            stored.append(store.add_request(requested.name, kind, one.request, one.key, facts))
    except BaseException:
        for done in stored:
            durable.remove(done.directory)
        raise
    return stored

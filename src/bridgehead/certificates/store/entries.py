"""What is read from the store: generations of certificates, and requests that wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from pydantic import ValidationError

from bridgehead.certificates.keys import Kind, PrivateKey, public_key_bytes, read_key
from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.store.facts import GenerationFacts, RequestFacts
from bridgehead.certificates.store.layout import CHAIN, FACTS, KEY, REQUEST
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

_Known = TypeVar("_Known", RequestFacts, GenerationFacts)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Generation:
    """One certificate with its chain and key. It never changes."""

    name: str
    kind: Kind
    number: int
    chain: tuple[x509.Certificate, ...]
    """The leaf first."""
    facts: GenerationFacts
    directory: Path
    passphrase: bytes | None = field(repr=False, compare=False)

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]

    @property
    def chain_path(self) -> Path:
        """PEM, the leaf first."""
        return self.directory / CHAIN

    @property
    def key_path(self) -> Path:
        """PEM, PKCS #8."""
        return self.directory / KEY

    def key(self) -> PrivateKey:
        """The private key. Raises ProblemsFound where it cannot be read or opened."""
        return read_key(self.key_path, self.passphrase)


@dataclass(frozen=True)
class StoredRequest:
    """A request that waits for an answer, and its key."""

    name: str
    kind: Kind
    identifier: str
    csr: x509.CertificateSigningRequest
    facts: RequestFacts
    directory: Path
    passphrase: bytes | None = field(repr=False, compare=False)

    @property
    def request_path(self) -> Path:
        """PEM, PKCS #10."""
        return self.directory / REQUEST

    @property
    def key_path(self) -> Path:
        """PEM, PKCS #8."""
        return self.directory / KEY

    @property
    def public_key_bytes(self) -> bytes:
        """By this an answer is known to belong to the request."""
        return public_key_bytes(self.csr)

    def key(self) -> PrivateKey:
        """The private key. Raises ProblemsFound where it cannot be read or opened."""
        return read_key(self.key_path, self.passphrase)


def read_generation(directory: Path, name: str, kind: Kind, number: int, passphrase: bytes | None) -> Generation:
    """A generation. Raises ProblemsFound where its chain cannot be read; facts that cannot be read are unknown."""
    path = directory / CHAIN
    try:
        chain = tuple(x509.load_pem_x509_certificates(read_file(path)))
    except ValueError as error:
        message = f"A certificate in this file is damaged: {error}."
        raise ProblemsFound([Problem("certificate.damaged", str(path), message, _OTHER_GENERATIONS)]) from None
    facts, _ = read_facts(directory, GenerationFacts)
    return Generation(name, kind, number, chain, facts, directory, passphrase)


def read_request(directory: Path, name: str, kind: Kind, passphrase: bytes | None) -> StoredRequest:
    """A request. Raises ProblemsFound where it cannot be read; facts that cannot be read are unknown."""
    path = directory / REQUEST
    try:
        csr = x509.load_pem_x509_csr(read_file(path))
    except ValueError as error:
        hint = "Make a new one, and remove this directory when no answer to it can come any more."
        problem = Problem("request.damaged", str(path), f"This request is damaged: {error}.", hint)
        raise ProblemsFound([problem]) from None
    facts, _ = read_facts(directory, RequestFacts)
    return StoredRequest(name, kind, directory.name, csr, facts, directory, passphrase)


def read_facts(directory: Path, known: type[_Known]) -> tuple[_Known, Problem | None]:
    """The facts of an entry; where they are missing or damaged, the least that may be assumed, and the problem."""
    path = directory / FACTS
    try:
        return known.model_validate_json(read_file(path)), None
    except ProblemsFound as found:
        problem = found.problems[0]
    except ValidationError:
        problem = Problem("store.facts-damaged", str(path), "This file does not hold what was written to it.", "")
    hint = "The certificate works without it; it counts as not exportable."
    unknown = known(exportable=False, made_at=_LONG_AGO, origin="unknown")
    return unknown, Problem("store.facts-damaged", str(path), problem.message, hint, "warning")


_OTHER_GENERATIONS = "Import it again, or bring back an earlier one: bridgehead certificate roll-back."

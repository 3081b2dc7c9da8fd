"""Which key an answer belongs to: one that came with it, a request that waits for it, or one that is known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.chains.chain import find_leaves
from bridgehead.certificates.judging.judgement import key_does_not_match
from bridgehead.certificates.keys import PrivateKey, kind_of
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.private_keys import belongs, public_bytes_of
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.store.entries import Generation, StoredRequest
    from bridgehead.certificates.store.store import Store


@dataclass(frozen=True)
class Answer:
    """A certificate and the key that it belongs to."""

    leaf: x509.Certificate
    key: PrivateKey
    kind: Kind
    came_by: Literal["request", "generation", "file"]
    request: StoredRequest | None = None
    generation: Generation | None = None

    @property
    def name(self) -> str | None:
        """The certificate's name in the store, where its key is known there."""
        known = self.request or self.generation
        return known.name if known is not None else None


def find_answer(
    certificates: Sequence[x509.Certificate],
    keys: Sequence[object],
    store: Store,
    where: str,
    key_where: str | None = None,
) -> Answer:
    """The certificate among these whose key is at hand, and that key. `key_where` is the key's file, if it has one.

    Keys that were given come first; then those of requests that wait in the store, and of earlier generations (an
    authority may issue anew for the same key). Raises ProblemsFound where there is none.
    """
    given = [_usable(key, key_where or where) for key in keys]
    for key in given:
        for certificate in certificates:
            if belongs(key, certificate):
                return _with_its_request(Answer(certificate, key, kind_of(key), "file"), store)
    if given:
        raise ProblemsFound([key_does_not_match(key_where or where, where if key_where else "this file")])
    by_key = {public_bytes_of(certificate): certificate for certificate in reversed(certificates)}
    for request in store.requests():
        leaf = by_key.get(request.public_key_bytes)
        if leaf is not None:
            return Answer(leaf, request.key(), request.kind, "request", request=request)
    for generation in _generations(store):
        known = public_bytes_of(generation.leaf)
        leaf = by_key.get(known) if known is not None else None
        if leaf is not None:
            return Answer(leaf, generation.key(), generation.kind, "generation", generation=generation)
    raise ProblemsFound([_no_key(certificates, store, where)])


def _usable(key: object, where: str) -> PrivateKey:
    try:
        kind_of(key)
    except ProblemsFound as found:
        raise ProblemsFound(
            Problem(problem.code, where, problem.message, problem.hint) for problem in found.problems
        ) from None
    assert isinstance(key, PrivateKey)
    return key


def _with_its_request(answer: Answer, store: Store) -> Answer:
    """The same, with the request that it answers as well: a PFX may bring back a key that was requested here."""
    own = public_bytes_of(answer.leaf)
    request = next((one for one in store.requests() if one.public_key_bytes == own), None)
    return Answer(answer.leaf, answer.key, answer.kind, answer.came_by, request) if request is not None else answer


def _generations(store: Store) -> list[Generation]:
    return [
        generation
        for name in store.names()
        for kind in store.kinds(name)
        for generation in reversed(store.generations(name, kind))
    ]


def _no_key(certificates: Sequence[x509.Certificate], store: Store, where: str) -> Problem:
    leaves = find_leaves(certificates)
    what = facts_of(leaves[0]).label if leaves else "any of these certificates"
    waiting = ", ".join(f"{one.name} ({one.kind}, {one.identifier})" for one in store.requests())
    message = f"The private key of {what} is not here. Requests that wait in {store.directory}: {waiting or 'none'}."
    hint = "Give the key with --key FILE, or import the PFX from the machine that made the request. If it was made "
    hint += "here, is this the right store (--store, --topology)?"
    return Problem("certificate.no-key", where, message, hint)

"""Facts from chains and from the store. Reads files; changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from bridgehead.certificates.alarms.facts import Dated, Fact, NotLoaded, Unusable, Waiting
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.reader import read_bytes
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cryptography import x509

    from bridgehead.certificates.alarms.facts import Role
    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.store.store import Store

_OF_SHELVES = "live", "staged", "missed", "not-loaded"
"""What alarms about what is in the store begin with."""


def served_fact(name: str, path: str, content: bytes) -> Fact:
    """The fact about a chain that is served, from the bytes of its file."""
    contents = read_bytes(content, None, path)
    if contents.certificates:
        found = dated("served", name, contents.certificates[0])
        if found is not None:
            return found
    return Unusable(path, f"The certificate {name} cannot be read from {path}.", (f"served:{name}:",))


def dated(role: Role, name: str, leaf: x509.Certificate, kind: str = "") -> Dated | None:
    """The fact about one certificate; None where it has no dates that can be read."""
    facts = facts_of(leaf)
    if facts.not_before is None or facts.not_after is None:
        return None
    return Dated(role, name, kind or _kind(leaf), facts.not_before, facts.not_after)


def store_facts(store: Store, served: Collection[tuple[str, str]]) -> Iterator[Fact]:
    """What the store knows besides: what is live and not served here, staged, refused. `served`: names and kinds."""
    try:
        shelves = [(name, kind) for name in store.names() for kind in store.kinds(name)]
    except ProblemsFound as found:
        yield Unusable(str(store.directory), str(found), tuple(f"{what}:" for what in _OF_SHELVES))
        return
    for name, kind in shelves:
        try:
            if (name, kind) not in served:
                yield from _live(store, name, kind)
            yield from _staged(store, name, kind)
        except ProblemsFound as found:
            yield Unusable(f"{name}:{kind}", str(found), tuple(f"{what}:{name}:{kind}" for what in _OF_SHELVES))


def _live(store: Store, name: str, kind: Kind) -> Iterator[Fact]:
    live = store.live(name, kind)
    found = dated("live", name, live.leaf, kind) if live is not None else None
    if found is not None:
        yield found


def _staged(store: Store, name: str, kind: Kind) -> Iterator[Fact]:
    staged = store.staged(name, kind)
    if staged is None:
        return
    leaf, number = staged.generation.leaf, staged.generation.number
    yield Dated("staged", name, kind, leaf.not_valid_before_utc, leaf.not_valid_after_utc, staged.at)
    if staged.refused:
        yield NotLoaded(name, kind, number, staged.at, staged.refused)
    else:
        yield Waiting(name, kind, number, staged.at)


def _kind(leaf: x509.Certificate) -> Kind:
    try:
        return "ecdsa" if isinstance(leaf.public_key(), EllipticCurvePublicKey) else "rsa"
    except ValueError:  # a key that cannot be read is told of where the certificate is judged
        return "rsa"

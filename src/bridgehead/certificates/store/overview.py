"""The store in one look: for each name and kind what is live, what is staged, and what waits for an answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509

from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.store import Store


@dataclass(frozen=True)
class GenerationSummary:
    """One generation, in a few words."""

    number: int
    live: bool
    names: tuple[str, ...]
    issuer: str
    valid_until: str
    days_left: int
    origin: str
    exportable: bool


@dataclass(frozen=True)
class ShelfSummary:
    """One name and kind."""

    name: str
    kind: Kind
    generations: tuple[GenerationSummary, ...]
    """The oldest first."""
    waiting: tuple[str, ...]
    """Identifiers of the requests without an answer."""
    staged: int | None
    """The number of the generation that goes live later."""
    staged_at: str | None
    refused: str
    """Why it did not, when it was due."""

    @property
    def live(self) -> GenerationSummary | None:
        """The one that is served."""
        return next((generation for generation in self.generations if generation.live), None)

    def as_json(self) -> dict[str, Any]:
        """The same as a plain dictionary."""
        return asdict(self)


def overview(store: Store, now: datetime) -> tuple[ShelfSummary, ...]:
    """Everything that the store knows. Raises ProblemsFound where it cannot be read at all."""
    return tuple(_summary(store, name, kind, now) for name in store.names() for kind in store.kinds(name))


def _summary(store: Store, name: str, kind: Kind, now: datetime) -> ShelfSummary:
    live = staged = None
    with suppress(ProblemsFound):  # told by Store.problems
        live = store.live(name, kind)
    with suppress(ProblemsFound):
        staged = store.staged(name, kind)
    return ShelfSummary(
        name=name,
        kind=kind,
        generations=tuple(
            _generation(one, now, live=live is not None and one.number == live.number)
            for one in store.generations(name, kind)
        ),
        waiting=tuple(request.identifier for request in store.requests(name) if request.kind == kind),
        staged=staged.generation.number if staged is not None else None,
        staged_at=staged.at.isoformat() if staged is not None else None,
        refused=staged.refused if staged is not None else "",
    )


def _generation(generation: Generation, now: datetime, *, live: bool) -> GenerationSummary:
    leaf = generation.leaf
    return GenerationSummary(
        number=generation.number,
        live=live,
        names=_names(leaf),
        issuer=_common_name(leaf.issuer),
        valid_until=leaf.not_valid_after_utc.isoformat(),
        days_left=(leaf.not_valid_after_utc - now).days,
        origin=generation.facts.origin,
        exportable=generation.facts.exportable,
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return (_common_name(leaf.subject),)
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()

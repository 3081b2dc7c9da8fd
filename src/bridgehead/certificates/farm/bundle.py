"""What is inside a sealed file: one generation of a certificate, with its key, and what is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridgehead.certificates.keys import Kind, key_as_pem
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.store.entries import Generation


class Bundle(BaseModel):
    """A generation on its way."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    name: str
    kind: Kind
    generation: int
    """Its number where it comes from."""
    sealed_at: AwareDatetime
    exportable: bool
    friendly_name: str = ""
    description: str = ""
    root: str = ""
    """The root above the chain, as PEM, where it was given by hand."""
    chain: str
    """PEM, the leaf first."""
    key: str
    """PEM, PKCS #8, not encrypted: what is around it protects it."""

    def __repr__(self) -> str:
        return f"Bundle({self.name!r}, {self.kind!r}, {self.generation})"


def bundle_of(generation: Generation, now: datetime) -> Bundle:
    """A generation, to be sealed. Raises ProblemsFound where its key cannot be opened."""
    facts = generation.facts
    return Bundle(
        name=generation.name,
        kind=generation.kind,
        generation=generation.number,
        sealed_at=now,
        exportable=facts.exportable,
        friendly_name=facts.friendly_name,
        description=facts.description,
        root=facts.root,
        chain="".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in generation.chain),
        key=key_as_pem(generation.key(), None).decode("ascii"),
    )


def read_bundle(content: bytes, where: str) -> Bundle:
    """What was sealed. Raises ProblemsFound where it is nothing that this version knows."""
    try:
        return Bundle.model_validate_json(content)
    except ValidationError:
        message = "It was opened, and what is inside is no certificate that this version knows."
        raise ProblemsFound([Problem("sealed.unknown-content", where, message, "Are the versions the same?")]) from None

"""`certificate export --seal` and `certificate import --sealed`: certificate and key on their way to other proxies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.certificates.farm.bundle import Bundle, bundle_of, read_bundle
from bridgehead.certificates.farm.node import public_node, read_node
from bridgehead.certificates.farm.sealed import LARGEST, open_sealed, seal
from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.reader import read_bytes
from bridgehead.cli.certificate.farm_nodes import named_nodes, nodes_of
from bridgehead.cli.certificate.gathering import Given
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology import file as files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from bridgehead.certificates.farm.node import PublicNode
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.cli.certificate.place import Place


@dataclass(frozen=True)
class Unsealed:
    """What came sealed."""

    bundle: Bundle
    sender: PublicNode
    given: Given


def sealed(generation: Generation, words: Sequence[str], place: Place, now: datetime) -> tuple[bytes, list[str]]:
    """The file for the nodes that these words name, and their names. Raises ProblemsFound."""
    recipients = named_nodes(words, place)
    sender = read_node(place.store.directory, place.passphrase)
    content = bundle_of(generation, now).model_dump_json().encode()
    return seal(content, sender, recipients), [node.name for node in recipients]


def unseal(path: Path, senders: Sequence[str], place: Place) -> Unsealed:
    """What was sealed to this node by a node of the file, or by one that is named. Raises ProblemsFound."""
    data = files.read_bytes(path, LARGEST + 1)
    own = public_node(place.store.directory)
    trusted = named_nodes(senders, place) if senders else [one for one in nodes_of(place).values() if one != own]
    opened = open_sealed(data, read_node(place.store.directory, place.passphrase), trusted, str(path))
    bundle = read_bundle(opened.content, str(path))
    chain, key = (read_bytes(text.encode(), None, str(path)) for text in (bundle.chain, bundle.key))
    problems = (*chain.problems, *key.problems)
    if problems:
        raise ProblemsFound(problems)
    if not chain.certificates or len(key.keys) != 1:
        message = "It was opened, and what is inside is not a certificate with its key."
        raise ProblemsFound([Problem("sealed.unknown-content", str(path), message, "Seal it again.")])
    roots = read_bytes(bundle.root.encode(), None, str(path)).certificates if bundle.root else ()
    contents = Contents("PEM", chain.certificates, key.keys, friendly_name=bundle.friendly_name)
    return Unsealed(bundle, opened.sender, Given(contents, roots, ()))


def known_already(unsealed: Unsealed, place: Place) -> Generation | None:
    """The generation that it is, where it is in the store already."""
    leaf = unsealed.given.certificates[0]
    generations = place.store.generations(unsealed.bundle.name, unsealed.bundle.kind)
    return next((one for one in generations if one.leaf == leaf), None)


def judge_age(unsealed: Unsealed, place: Place, where: str) -> list[Problem]:
    """An error where something newer is in the store: an old file shown again, by mistake or not."""
    begins = unsealed.given.contents.certificates[0].not_valid_before_utc
    newer = [
        one
        for one in place.store.generations(unsealed.bundle.name, unsealed.bundle.kind)
        if one.leaf.not_valid_before_utc > begins
    ]
    if not newer:
        return []
    message = (
        f"It is older than generation {newer[-1].number}, which is here: it is valid from {begins:%Y-%m-%d %H:%M} "
    )
    message += f"UTC, and was sealed on {unsealed.bundle.sealed_at:%Y-%m-%d %H:%M %Z} by {unsealed.sender.name}."
    hint = "An old file, shown again? To go back to an earlier generation: bridgehead certificate roll-back."
    return [Problem("sealed.older", where, message, hint)]

"""The nodes of a farm as a command line names them: by the file's names, by a file, or by their public text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.farm.node import FORMAT, public_node, read_public
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.file import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.farm.node import PublicNode
    from bridgehead.cli.certificate.place import Place

EVERYBODY = "*"


def nodes_of(place: Place) -> dict[str, PublicNode]:
    """The nodes that the file has. Raises ProblemsFound where one of their texts is damaged."""
    farm = place.topology.farm.nodes if place.topology is not None else {}
    return {name: read_public(text, f"farm.nodes.{name}") for name, text in farm.items()}


def farm_problems(place: Place) -> list[Problem]:
    """What is wrong with the farm of a file: texts that were damaged, and whether this proxy is one of its nodes."""
    if place.topology is None or not place.topology.farm.nodes:
        return []
    try:
        known, own = nodes_of(place), public_node(place.store.directory)
    except ProblemsFound as found:
        return list(found.problems)
    if own is None:
        message, hint = "This proxy has no keys for its farm.", "bridgehead certificate node-key NAME makes them."
        return [Problem("farm.no-node", "farm.nodes", f"{message} It gets no certificates, and orders none.", hint)]
    if known.get(own.name) != own:
        message = f"The file does not have the public text of this proxy, {own.name}."
        hint = f"What the others seal to that name cannot be opened here. Its text is:\n    {own.text}"
        return [Problem("farm.other-node", f"farm.nodes.{own.name}", message, hint)]
    return []


def named_nodes(words: Sequence[str], place: Place) -> list[PublicNode]:
    """The nodes meant by these words, each once. Raises ProblemsFound with every word that means none."""
    known = nodes_of(place)
    found: list[PublicNode] = []
    problems: list[Problem] = []
    for word in words:
        try:
            found += _meant(word, known, place)
        except ProblemsFound as one:
            problems += one.problems
    if problems:
        raise ProblemsFound(problems)
    return list(dict.fromkeys(found))


def _meant(word: str, known: dict[str, PublicNode], place: Place) -> list[PublicNode]:
    if word == EVERYBODY:
        own = public_node(place.store.directory)
        others = [node for node in known.values() if node != own]
        if not others:
            message = "The file names no other node of a farm."
            hint = "Write their public texts below [farm.nodes], or name one by its text: --seal NODE."
            raise ProblemsFound([Problem("farm.alone", "--seal", message, hint)])
        return others
    if word in known:
        return [known[word]]
    if word.startswith(FORMAT):
        return [read_public(word, "the public text")]
    if Path(word).is_file():
        return [read_public(read_text(word), word)]
    message = f"{word!r} is neither a node of the file, nor a file, nor the public text of a node."
    hint = f"The file has: {', '.join(known) or 'none'}. `bridgehead certificate node-key` prints a node's text."
    raise ProblemsFound([Problem("farm.unknown-node", "", message, hint)])

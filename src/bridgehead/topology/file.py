"""Reads the file: every problem at once, each with its line."""

from __future__ import annotations

import os
import re
import socket
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bridgehead.problems import Findings, Problem, ProblemsFound
from bridgehead.topology.consistency import inconsistencies
from bridgehead.topology.explanations import explain
from bridgehead.topology.model import Topology
from bridgehead.topology.places import Places
from bridgehead.topology.positions import lines_of
from bridgehead.topology.sound_parts import sound_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


USUAL_CREDENTIALS = "/run/credentials/bridgehead.service"
"""Where systemd keeps the credentials of the running service; for commands that are not of the service itself."""


@dataclass(frozen=True)
class TopologyFile:
    """A topology and where its values are in the file."""

    topology: Topology
    places: Places


def read_topology(path: str | Path, interfaces: Mapping[str, Sequence[str]] | None = None) -> Topology:
    """The topology in a TOML file. Raises ProblemsFound with everything that is wrong with it.

    `interfaces` has the addresses of this machine's network interfaces by name; without it nothing is said about them.
    """
    return read_file(path, interfaces).topology


def read_file(path: str | Path, interfaces: Mapping[str, Sequence[str]] | None = None) -> TopologyFile:
    """The same, with the places of its values."""
    text = read_text(path)
    # Absolute, so that what is read now is what is opened later, whatever the working directory is then.
    return parse(text, str(path), Path(path).absolute().parent, interfaces)


def parse(
    text: str, name: str, directory: Path | None = None, interfaces: Mapping[str, Sequence[str]] | None = None
) -> TopologyFile:
    """The topology in a TOML text. `name` stands for the file in problems; relative paths count from `directory`."""
    data = _toml(text, name)
    places = Places(name, lines_of(text))
    return TopologyFile(judge(data, places, directory, interfaces), places)


def judge(
    data: dict[str, Any],
    places: Places,
    directory: Path | None = None,
    interfaces: Mapping[str, Sequence[str]] | None = None,
) -> Topology:
    """The topology in the tables of a file, wherever they came from; `places` says where each value was.

    Raises ProblemsFound with everything that is wrong with it.
    """
    context = {
        "directory": directory,
        "credentials": os.environ.get("CREDENTIALS_DIRECTORY", USUAL_CREDENTIALS),
        "machine": socket.gethostname(),
    }
    try:
        topology = Topology.model_validate(data, context=context)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        sound, moved, touched = sound_parts(data, faults, context)
        found = explain(faults, places)
        found += inconsistencies(sound, replace(places, moved=moved), interfaces, incomplete=touched)
    else:
        found = inconsistencies(topology, places, interfaces)
    if found:
        raise ProblemsFound(sorted(found, key=_line))
    return topology


def read_text(path: str | Path) -> str:
    """A file of UTF-8 text, with or without a byte order mark. Raises ProblemsFound where it cannot be read."""
    return _decoded(read_bytes(path), str(path))


def read_bytes(path: str | Path, at_most: int = -1) -> bytes:
    """What is in a file; not more than `at_most` bytes of it. Raises ProblemsFound where it cannot be read."""
    findings = Findings()
    data = b""
    try:
        with Path(path).open("rb") as file:
            data = file.read(at_most)
    except FileNotFoundError:
        findings.add("file.missing", str(path), "There is no such file.", "Check the path; relative to where you are.")
    except IsADirectoryError:
        findings.add("file.directory", str(path), "This is a directory; a file is expected.")
    except PermissionError:
        findings.add("file.unreadable", str(path), "You may not read this file.", "Check its owner and permissions.")
    except (OSError, ValueError) as error:
        findings.add("file.unreadable", str(path), f"The file cannot be read: {error}.")
    findings.raise_any()
    return data


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "Save it as UTF-8. PowerShell's Out-File does so with -Encoding utf8."
        raise ProblemsFound([Problem("file.utf-16", name, "The file is UTF-16 text; UTF-8 is expected.", hint)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "The file is not UTF-8 text."
        raise ProblemsFound(
            [Problem("file.not-text", f"{name}:{line}", message, "A binary file, or text in another encoding.")]
        ) from None
    if "\0" in text:
        raise ProblemsFound([Problem("file.not-text", name, "The file is binary; UTF-8 text is expected.")])
    return text


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
        sentence = found[1] if found else str(error)
        line = (found and found[2]) or text.count("\n") + 1
        column = f", at column {found[3]}" if found and found[3] else ""
        problem = Problem(
            "file.not-toml", f"{name}:{line}", f"This is not TOML{column}: {sentence}.", _toml_hint(sentence)
        )
    except RecursionError:
        problem = Problem("file.not-toml", name, "Lists or tables are nested too deeply.")
    raise ProblemsFound([problem])


def _toml_hint(sentence: str) -> str:
    hints = {
        "Unescaped '\\'": r"A backslash stands for itself in single quotes alone: 'CONTOSO\alice'.",
        "Invalid value": "Text needs quotes; true, false and numbers have none.",
        "Expected '='": "A line is key = value, [table], [[list of tables]] or # comment.",
        "Cannot overwrite": "This key has been given before.",
        "Cannot declare": "This table has been given before; a list of tables has two brackets, [[pool]].",
    }
    return next((hint for start, hint in hints.items() if sentence.startswith(start)), "")


def _line(problem: Problem) -> int:
    found = re.match(r".*?:(\d+): ", problem.where)
    return int(found[1]) if found else 0

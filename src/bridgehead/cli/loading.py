"""From a file on the command line to what the proxy runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bridgehead.planning.integrity import broken_references
from bridgehead.planning.publishing import proxy_spec
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.spec import ProxySpec
from bridgehead.topology.advice import advice
from bridgehead.topology.file import read_file, read_text
from bridgehead.topology.interfaces import machine_addresses
from bridgehead.topology.model import Topology


@dataclass(frozen=True)
class Loaded:
    """What a file says, and what follows from it."""

    spec: ProxySpec
    topology: Topology | None
    """None where the file was a ProxySpec."""
    advice: tuple[Problem, ...] = ()
    """Warnings."""


def load_spec(path: str | Path) -> ProxySpec:
    """What the proxy runs: from a topology (`.toml`), or a ProxySpec (`.json`) as it is.

    Raises ProblemsFound with everything that is wrong with the file. The files that it refers to are not opened.
    """
    return load(path).spec


def load(path: str | Path) -> Loaded:
    """The same, with the topology and the warnings about it."""
    if Path(path).suffix.lower() == ".json":
        return Loaded(_read_spec(Path(path)), None)
    interfaces = machine_addresses()
    file = read_file(path, interfaces)
    spec = proxy_spec(file.topology, interfaces)
    return Loaded(spec, file.topology, tuple(advice(file.topology, file.places)))


def _read_spec(path: Path) -> ProxySpec:
    text = read_text(path)
    try:
        spec = ProxySpec.model_validate_json(text)
    except ValidationError as error:
        raise ProblemsFound(
            Problem(f"spec.{found['type']}", _where(path, found["loc"]), f"{found['msg']}.")
            for found in error.errors(include_url=False)
        ) from None
    broken = broken_references(spec)
    if broken:
        raise ProblemsFound(
            Problem(problem.code, f"{path}: {problem.where}", problem.message, problem.hint) for problem in broken
        )
    return spec


def _where(path: Path, location: tuple[int | str, ...]) -> str:
    return ": ".join(filter(None, (str(path), ".".join(map(str, location)))))

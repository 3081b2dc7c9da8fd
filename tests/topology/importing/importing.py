"""Importing in one line, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.importing.importer import Imported, import_topology
from tests.topology.importing.exports import Deployment, clixml, get_cs_topology, tbxml, write

if TYPE_CHECKING:
    from pathlib import Path


def from_tbxml(deployment: Deployment, directory: Path, encoding: str = "utf-8-sig") -> Imported:
    return import_topology(write(directory / "contoso.tbxml", tbxml(deployment), encoding))


def from_get_cs_topology(deployment: Deployment, directory: Path, encoding: str = "utf-16-le") -> Imported:
    topology = write(directory / "topology.xml", get_cs_topology(deployment), encoding)
    return import_topology(topology, write(directory / "urls.xml", clixml(deployment.simple_urls), encoding))


def problems_of(text: str, directory: Path) -> list[Problem]:
    """What is said about an export that cannot be used."""
    with pytest.raises(ProblemsFound) as raised:
        import_topology(write(directory / "contoso.tbxml", text))
    return list(raised.value.problems)


def problem_of(text: str, directory: Path) -> Problem:
    """The same where it is one thing."""
    (problem,) = problems_of(text, directory)
    assert problem.where.startswith(str(directory / "contoso.tbxml"))
    assert problem.hint
    return problem


def codes(imported: Imported) -> list[str]:
    return [problem.code for problem in imported.warnings]

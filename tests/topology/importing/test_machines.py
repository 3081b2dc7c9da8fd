from __future__ import annotations

from pathlib import Path

from tests.topology.importing.exports import CONTOSO, tbxml
from tests.topology.importing.importing import problem_of


def test_an_address_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    text = tbxml(CONTOSO).replace('IPAddress="131.107.155.10"', 'IPAddress="131.107.155.300"')
    problem = problem_of(text, tmp_path)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "131.107.155.300" in line)
    assert (problem.code, problem.where) == ("import.address", f"{tmp_path / 'contoso.tbxml'}:{line}")

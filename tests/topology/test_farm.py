"""The proxies of a farm, in the file."""

from __future__ import annotations

import pytest

from bridgehead.problems import ProblemsFound
from bridgehead.topology.file import parse
from tests.certificates.farm.nodes import node

ONE, TWO = node("proxy1").public.text, node("proxy2").public.text


def problem_of(text: str) -> str:
    with pytest.raises(ProblemsFound) as found:
        parse(f'sip_domains = ["contoso.com"]\n{text}', "file.toml")
    return "\n".join(f"{one.code} {one}" for one in found.value.problems if one.code.startswith("farm."))


def test_nodes_are_known_by_name() -> None:
    text = f'[farm]\norders = "proxy1"\n[farm.nodes]\nproxy1 = "{ONE}"\nproxy2 = "  {TWO}  "\n'
    with pytest.raises(ProblemsFound) as found:
        parse(text, "file.toml")
    assert not [one for one in found.value.problems if "farm" in one.code], "a farm alone is no deployment"


def test_without_one_nobody_orders_for_others() -> None:
    assert problem_of("") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'[farm.nodes]\nproxy1 = "{ONE}"', "farm.nobody-orders"),
        (f'[farm]\norders = "proxy3"\n[farm.nodes]\nproxy1 = "{ONE}"', "Nodes are: proxy1."),
        ('[farm]\norders = "proxy1"', "farm.unknown-node"),
        (f'[farm]\norders = "proxy2"\n[farm.nodes]\nproxy2 = "{ONE}"', "the text of proxy1, not of proxy2"),
        ('[farm]\norders = "proxy1"\n[farm.nodes]\nproxy1 = "10.0.0.1"', "farm.not-a-node"),
    ],
)
def test_a_farm_that_cannot_be_meant_is_told(text: str, expected: str) -> None:
    assert expected in problem_of(text)

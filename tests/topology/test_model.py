from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridgehead.topology.consistency import inconsistencies
from bridgehead.topology.file import parse
from bridgehead.topology.model import Topology

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_a_topology_comes_back_from_json_unchanged(name: str) -> None:
    topology = parse((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"), name).topology
    assert Topology.model_validate_json(topology.model_dump_json()) == topology


def test_every_part_is_frozen() -> None:
    topology = Topology.model_validate({"sip_domains": "contoso.com"})
    with pytest.raises(ValidationError):
        topology.sip_domains[0].name = "fabrikam.com"  # type: ignore[misc] # the type checker knows it too


def test_an_empty_file_describes_nothing_and_lacks_a_certificate_only() -> None:
    assert [problem.code for problem in inconsistencies(Topology())] == ["listener.no-certificate"]


def test_the_edge_is_kept_for_plans() -> None:
    topology = parse((EXAMPLES / "two-pools.toml").read_text(encoding="utf-8"), "two-pools").topology
    (edge,) = topology.edges
    assert (edge.access_fqdn, edge.web_conferencing_fqdn, edge.internal_fqdn) == (
        "sip.contoso.com",
        "webcon.contoso.com",
        "lsedge.contoso.local",
    )
    assert (edge.client_auto_configuration, edge.federation) == (True, True)

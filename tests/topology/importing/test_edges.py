from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bridgehead.planning.plan import make_plan
from bridgehead.topology.edge import Edge as WrittenEdge
from bridgehead.topology.importing.importer import Imported
from tests.planning.deployments import DAY, plan_of
from tests.topology.importing.exports import CONTOSO, Deployment, Edge, Server, tbxml
from tests.topology.importing.importing import from_get_cs_topology, from_tbxml, problem_of

EDGE = CONTOSO.edges[0]
NAME = "edge.contoso.com"
ONE_NAME = replace(
    EDGE, access=NAME, conferencing=NAME, av=NAME, ports=("5061", "444", "443"), interfaces=("1", "1", "1")
)


def imported(edge: Edge, directory: Path) -> tuple[WrittenEdge, Imported]:
    result = from_tbxml(replace(CONTOSO, edges=(edge,)), directory)
    return result.topology.edges[0], result


@pytest.mark.parametrize("read", [from_tbxml, from_get_cs_topology])
def test_one_name_for_all_three_services_is_three_ports(
    read: Callable[[Deployment, Path], Imported], tmp_path: Path
) -> None:
    result = read(replace(CONTOSO, edges=(ONE_NAME,)), tmp_path)
    (edge,) = result.topology.edges
    assert [(service.fqdn, service.port) for service in edge.services] == [(NAME, 5061), (NAME, 444), (NAME, 443)]
    plan = make_plan(result.topology, DAY)
    outside = [row for row in plan.ports if row.at == "edge-outside" and row.protocol == "TCP"]
    assert [(row.port, row.destination) for row in outside] == [
        ("5061", f"Access Edge {NAME}"),
        ("444", f"Web Conferencing Edge {NAME}"),
        ("443", f"A/V Edge {NAME}"),
    ]
    records = [record.value for record in plan.records if record.name == "_sip._tls.contoso.com"]
    assert records == [f"0 0 5061 {NAME}"]
    assert plan_of(result.text) == plan


def test_the_usual_ports_are_not_written_and_those_of_udp_and_federation_are_no_clients(tmp_path: Path) -> None:
    edge, result = imported(EDGE, tmp_path)
    assert [service.port for service in edge.services] == [443, 443, 443]
    assert "access_port" not in result.text
    assert "av_port" not in result.text


def test_a_port_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    problem = problem_of(tbxml(replace(CONTOSO, edges=(replace(EDGE, ports=("70000", "443", "443")),))), tmp_path)
    assert problem.code == "import.port"
    assert "70000" in problem.message


def test_addresses_behind_nat_are_not_taken_for_public_ones(tmp_path: Path) -> None:
    interfaces = (("Internal", "1", "10.1.0.1", ""), ("External", "1", "10.2.0.1", "131.107.155.30"))
    three = (*interfaces[:1], ("External", "1", "192.168.0.1", ""), ("External", "2", "192.168.0.2", ""), interfaces[1])
    edge, result = imported(
        replace(
            EDGE,
            servers=(Server("edge01.contoso.local", (*three[:3], ("External", "3", "10.2.0.1", "131.107.155.30"))),),
        ),
        tmp_path,
    )
    assert (edge.access_address, edge.web_conferencing_address, edge.av_address) == (None, None, "131.107.155.30")
    assert any("behind NAT" in one for one in result.left)


def test_one_external_address_counts_for_all_three_services(tmp_path: Path) -> None:
    interfaces = (("Internal", "1", "10.1.0.1", ""), ("External", "1", "10.2.0.1", "131.107.155.30"))
    edge, _ = imported(replace(EDGE, servers=(Server("e.contoso.local", interfaces),), interfaces=("1",) * 3), tmp_path)
    assert (edge.access_address, edge.web_conferencing_address, edge.av_address) == ("131.107.155.30", None, None)


def test_the_addresses_of_several_servers_are_left_to_the_administrator(tmp_path: Path) -> None:
    second = replace(EDGE.servers[0], fqdn="edge02.contoso.local")
    edge, result = imported(replace(EDGE, servers=(*EDGE.servers, second)), tmp_path)
    assert edge.servers == ("edge01.contoso.local", "edge02.contoso.local")
    assert edge.access_address is None
    assert any("several servers" in one for one in result.left)


def test_services_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    edge, _ = imported(replace(EDGE, conferencing="", av=""), tmp_path)
    assert (edge.web_conferencing_fqdn, edge.av_fqdn) == (None, None)


def test_an_edge_without_access_fqdn_is_half_a_topology(tmp_path: Path) -> None:
    problem = problem_of(tbxml(replace(CONTOSO, edges=(replace(EDGE, access=""),))), tmp_path)
    assert problem.code == "import.half"
    assert "Access Edge" in problem.message

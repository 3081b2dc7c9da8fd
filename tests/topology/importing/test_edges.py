from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridgehead.topology.edge import Edge as WrittenEdge
from bridgehead.topology.importing.importer import Imported
from tests.topology.importing.exports import CONTOSO, Edge, Server, tbxml
from tests.topology.importing.importing import from_tbxml, problem_of

EDGE = CONTOSO.edges[0]


def imported(edge: Edge, directory: Path) -> tuple[WrittenEdge, Imported]:
    result = from_tbxml(replace(CONTOSO, edges=(edge,)), directory)
    return result.topology.edges[0], result


def test_one_name_for_all_three_services_is_three_ports(tmp_path: Path) -> None:
    name = "edge.contoso.com"
    edge, result = imported(
        replace(
            EDGE, access=name, conferencing=name, av=name, ports=("5061", "444", "443"), interfaces=("1", "1", "1")
        ),
        tmp_path,
    )
    assert {edge.access_fqdn, edge.web_conferencing_fqdn, edge.av_fqdn} == {name}
    assert "# Access Edge: port 5061, not 443." in result.text
    assert "# Web Conferencing Edge: port 444, not 443." in result.text


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

"""Firewall tables: to the proxy, from it, and of the Edge."""

from __future__ import annotations

from bridgehead.planning.planned import Plan, Port
from tests.planning.deployments import EDGE, contoso, example, plan_of


def rows(plan: Plan, at: str) -> list[Port]:
    return [row for row in plan.ports if row.at == at]


def test_443_is_needed_and_80_only_where_discovery_uses_it() -> None:  # SC-14, SC-15, SC-39
    outside = {row.port: row.optional for row in rows(contoso(), "proxy-outside")}
    assert outside == {"443": False, "80": True}
    over_http = contoso(
        **{'sip_domains = ["contoso.com"]': 'sip_domains = [{ name = "contoso.com", discovery_over_http = true }]'}
    )
    assert {row.port: row.optional for row in rows(over_http, "proxy-outside")} == {"443": False, "80": False}


def test_8080_is_opened_for_discovery_without_tls_alone() -> None:  # SC-34
    assert "8080" not in {row.port for row in rows(contoso(), "proxy-inside")}
    plan = plan_of(example("two-pools"))
    assert [(row.port, row.destination) for row in rows(plan, "proxy-inside") if row.port == "8080"] == [
        ("8080", "10.0.0.10")
    ]


def test_ports_changed_in_topology_builder_are_the_ones_planned() -> None:  # SC-21
    plan = plan_of(example("two-pools"))
    assert ("4444", "fe01.lisbon.contoso.local") in [(row.port, row.destination) for row in rows(plan, "proxy-inside")]


def test_the_two_kinds_of_4443_are_told_apart() -> None:
    plan = contoso(EDGE)
    inside = next(row for row in rows(plan, "proxy-inside") if row.port == "4443")
    edge = next(row for row in rows(plan, "edge-inside") if row.port == "4443")
    assert edge.source == "Central Management Server"
    assert "keep the two rules apart" in inside.because.reason
    assert "keep the two rules apart" in edge.because.reason


def test_every_server_that_the_proxy_connects_to_is_in_the_table() -> None:
    plan = plan_of(example("with-exchange"))
    planned = {(host, row.port) for row in rows(plan, "proxy-inside") for host in row.destination.split(", ")}
    assert planned == {(server.host, str(server.port)) for pool in plan.proxy.pools for server in pool.servers}


def test_addresses_of_servers_are_given_where_the_file_has_them() -> None:
    berlin = next(row for row in rows(plan_of(example("two-pools")), "proxy-inside") if "10.1.0.11" in row.destination)
    assert berlin.addresses == ("10.1.0.11", "10.1.0.12")


def test_the_edge_has_its_ports_and_those_of_federation_only_with_it() -> None:
    without = {(row.protocol, row.port) for row in rows(contoso(EDGE), "edge-outside")}
    assert without == {("TCP", "443"), ("UDP", "3478")}
    with_it = {(row.protocol, row.port) for row in rows(contoso(f"{EDGE}federation = true\n"), "edge-outside")}
    assert with_it - without == {("TCP", "5061"), ("TCP", "50000-59999")}


def test_the_edges_internal_ports_are_the_documents() -> None:
    ports = {(row.protocol, row.port) for row in rows(contoso(EDGE), "edge-inside")}
    assert ports == {
        ("TCP", "5061"),
        ("TCP", "5062"),
        ("TCP", "8057"),
        ("UDP", "3478"),
        ("TCP", "443"),
        ("TCP", "4443"),
        ("TCP", "50001-50003"),
    }


def test_each_service_of_the_edge_has_the_port_of_the_file() -> None:
    ports = "access_port = 5061\nweb_conferencing_port = 444\n"
    outside = [row for row in rows(contoso(EDGE + ports), "edge-outside") if row.source == "any"]
    assert [(row.protocol, row.port, row.destination) for row in outside] == [
        ("TCP", "5061", "Access Edge sip.contoso.com"),
        ("TCP", "444", "Web Conferencing Edge sip.contoso.com"),
        ("TCP", "443", "A/V Edge sip.contoso.com"),
        ("UDP", "3478", "A/V Edge sip.contoso.com"),
    ]

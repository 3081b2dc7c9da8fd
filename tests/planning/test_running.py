"""What a plan changes about a proxy that runs."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from bridgehead.planning.changes import Changes
from bridgehead.planning.plan import make_plan
from bridgehead.planning.running import changes_of_running
from tests.planning.deployments import DAY, EDGE, consistent, contoso, example, plan_of, topologies

NEW_POOL = """
[[pool]]
role = "front-end"
external_fqdn = "webext2.contoso.com"
servers = ["fe11.contoso.local"]
"""
WILDCARD = "[plan]\nwildcard = true\n"


def from_contoso_to(text: str) -> Changes:
    return changes_of_running(contoso().proxy, plan_of(text))


@given(topologies())
@settings(max_examples=40, deadline=None)
def test_what_runs_already_changes_nothing(data: dict[str, Any]) -> None:
    plan = make_plan(consistent(data), DAY)
    assert changes_of_running(plan.proxy, plan).nothing


def test_a_new_pool_is_a_name_a_port_inside_and_a_rule() -> None:
    found = from_contoso_to(example("contoso", NEW_POOL))
    (certificate,) = found.certificates
    assert (certificate.gained, certificate.not_covered) == (("webext2.contoso.com",), ("webext2.contoso.com",))
    assert [port.destination for port in found.ports_to_open] == ["fe11.contoso.local"]
    assert ("added", "webext2.contoso.com") in [(rule.kind, rule.rule) for rule in found.rules]
    assert found.records_to_add == ()


def test_a_pool_that_goes_is_a_name_less_and_its_clients_drain() -> None:
    found = changes_of_running(plan_of(example("contoso", NEW_POOL)).proxy, contoso())
    assert [one.lost for one in found.certificates] == [("webext2.contoso.com",)]
    assert [port.destination for port in found.ports_to_close] == ["fe11.contoso.local"]
    assert found.drained == ("clients of webext2.contoso.com /*: no longer published",)


def test_a_wildcard_counts_only_where_every_name_behind_it_is_served() -> None:
    assert from_contoso_to(example("contoso", WILDCARD)).certificates == ()
    joined = example("contoso", WILDCARD).replace(
        '"https://meet.contoso.com"', '["https://join.contoso.com", "https://meet.contoso.com"]'
    )
    assert from_contoso_to(joined).certificates[0].not_covered == ("join.contoso.com",)


def test_names_of_the_edge_in_a_combined_certificate_are_none_of_the_proxys() -> None:
    combined = example("contoso", EDGE + "[plan]\ncombined_with_edge = true\n")
    assert from_contoso_to(combined).certificates == ()


def test_a_login_that_runs_already_opens_nothing() -> None:
    plan = plan_of(example("preauthentication"))
    assert changes_of_running(plan.proxy, plan).nothing


def test_a_domain_that_is_no_longer_asked_needs_no_way_to_it() -> None:
    found = changes_of_running(plan_of(example("preauthentication")).proxy, contoso())
    assert ("TCP", "88", "domain controllers of CONTOSO") in [
        (port.protocol, port.port, port.destination) for port in found.ports_to_close
    ]
    assert "HTTP/intranet.contoso.com" in [one.name for one in found.principal_names_to_remove]

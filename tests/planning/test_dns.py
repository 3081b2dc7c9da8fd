"""DNS records outside, of the Edge, inside, and on the proxy itself."""

from __future__ import annotations

import pytest

from bridgehead.planning.planned import Plan, Record
from tests.planning.deployments import EDGE, contoso, example, plan_of

WITH_ADDRESS = """
[[listener]]
address = "192.168.1.10:443"
public_address = "203.0.113.10"
[[listener]]
address = "192.168.1.10:80"
public_address = "203.0.113.10"
"""


def records(plan: Plan, view: str, name: str) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in plan.records if one.view == view and one.name == name]


def one_of(plan: Plan, view: str, name: str) -> Record:
    (found,) = [one for one in plan.records if one.view == view and one.name == name]
    return found


@pytest.mark.parametrize(
    "name",
    [
        "webext.contoso.com",
        "webdirext.contoso.com",
        "meet.contoso.com",
        "dialin.contoso.com",
        "officewebapps01.contoso.com",
    ],
)
def test_each_published_name_leads_to_the_listeners_public_address(name: str) -> None:  # SC-40
    assert records(contoso(WITH_ADDRESS), "outside", name) == [("A", "203.0.113.10")]


def test_discovery_is_an_alias_below_the_same_parent_domain() -> None:  # SC-16
    plan = contoso(WITH_ADDRESS)
    assert records(plan, "outside", "lyncdiscover.contoso.com") == [("CNAME", "webdirext.contoso.com")]


def test_discovery_of_another_domain_is_an_address_because_phones_accept_no_alias_across() -> None:
    plan = plan_of(example("two-pools"))
    assert records(plan, "outside", "lyncdiscover.fabrikam.com") == [("A", "203.0.113.10"), ("AAAA", "2001:db8::10")]


def test_an_internal_or_unknown_address_is_never_given_to_the_internet() -> None:
    internal = WITH_ADDRESS.replace('public_address = "203.0.113.10"\n', "")
    for plan in (contoso(), contoso(internal)):
        record = one_of(plan, "outside", "webext.contoso.com")
        assert (record.value, record.missing.startswith("public address of the listener")) == ("", True)
        assert any(question.answer_in == "public_address in [[listener]]" for question in plan.questions)


def test_relayed_names_need_records_too() -> None:
    assert records(plan_of(example("with-exchange")), "outside", "payroll.contoso.com") == [("A", "")]


def test_mobile_clients_inside_come_back_through_the_proxy() -> None:
    record = one_of(contoso(WITH_ADDRESS), "inside", "webext.contoso.com")
    assert record.value == "203.0.113.10"
    assert "hairpin" in record.because.reason


def test_lyncdiscoverinternal_leads_inside_and_is_never_outside() -> None:
    plan = plan_of(example("two-pools"))
    assert records(plan, "inside", "lyncdiscoverinternal.contoso.com") == [("CNAME", "dirpool.contoso.local")]
    assert [one for one in plan.records if one.view == "outside" and "internal" in one.name] == []


def test_simple_urls_inside_lead_to_the_pool_itself() -> None:
    assert records(plan_of(example("two-pools")), "inside", "lync.contoso.com") == [("A", "10.0.0.10")]


def test_clients_inside_find_the_pool_by_service_record() -> None:
    plan = plan_of(example("two-pools"))
    assert records(plan, "inside", "_sipinternaltls._tcp.fabrikam.com") == [("SRV", "0 0 5061 dirpool.contoso.local")]


def test_phones_inside_need_a_time_server_that_no_file_names() -> None:
    record = one_of(contoso(), "inside", "_ntp._udp.contoso.com")
    assert (record.kind, record.value, record.missing) == ("SRV", "", "time server, UDP 123")


def test_the_proxy_must_resolve_the_servers_that_have_no_address_and_no_others() -> None:
    own = [one.name for one in plan_of(example("two-pools")).records if one.view == "proxy"]
    assert own == ["fe01.lisbon.contoso.local", "owa01.contoso.local", "owa02.contoso.local"]


def test_a_server_with_a_published_name_is_told_as_a_loop() -> None:
    plan = contoso(**{'servers = ["dir01.contoso.local"]': 'servers = ["webdirext.contoso.com"]'})
    assert "round in a circle" in one_of(plan, "proxy", "webdirext.contoso.com").because.reason
    assert plan.questions[0].about == "webdirext.contoso.com"


def test_another_proxy_needs_each_published_pool_to_resolve_inside() -> None:
    found = one_of(plan_of(example("two-pools")), "other-proxy", "webdirext.contoso.com")
    assert found.value == "10.0.0.10"
    assert "Only for a proxy that connects to the name it publishes" in found.because.reason


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("sip.contoso.com", ("A", "203.0.113.20")),
        ("webcon.contoso.com", ("A", "203.0.113.20")),
        ("av.contoso.com", ("A", "203.0.113.20")),
        ("_sip._tls.contoso.com", ("SRV", "0 0 443 sip.contoso.com")),
    ],
)
def test_the_edge_has_its_public_records(name: str, record: tuple[str, str]) -> None:
    assert records(contoso(EDGE), "outside", name) == [record]


def test_the_federation_record_is_there_for_federation_alone() -> None:
    name = "_sipfederationtls._tcp.contoso.com"
    assert records(contoso(EDGE), "outside", name) == []
    assert records(contoso(f"{EDGE}federation = true\n"), "outside", name) == [("SRV", "0 0 5061 sip.contoso.com")]


def test_a_service_record_never_leads_out_of_its_sip_domain() -> None:
    plan = plan_of(example("two-pools"))
    assert records(plan, "outside", "_sip._tls.fabrikam.com") == [("SRV", "0 0 443 sip.fabrikam.com")]


def test_the_service_record_for_clients_has_the_port_of_the_access_edge_and_federation_its_own() -> None:
    plan = contoso(f"{EDGE}access_port = 5443\nfederation = true\n")
    assert records(plan, "outside", "_sip._tls.contoso.com") == [("SRV", "0 0 5443 sip.contoso.com")]
    assert records(plan, "outside", "_sipfederationtls._tcp.contoso.com") == [("SRV", "0 0 5061 sip.contoso.com")]

"""Certificates of the reverse proxy: exactly the published names, bound where the listeners are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from bridgehead.names import covers
from bridgehead.planning.plan import make_plan
from bridgehead.planning.planned import Plan
from bridgehead.planning.publishing import proxy_spec
from bridgehead.spec import ProxySpec
from tests.certificates.farm.nodes import node
from tests.planning.deployments import DAY, consistent, contoso, example, names, plan_of, topologies


def decrypted_hosts(proxy: ProxySpec) -> set[str]:
    """What the proxy forwards after TLS, worked out from the rules alone."""
    tls = {listener.name for listener in proxy.listeners if listener.tls}
    return {
        host
        for rule in proxy.rules
        if rule.action.kind == "forward" and tls & set(rule.listeners)
        for host in rule.hosts
        if host != "*"
    }


def covered_hosts(plan: Plan) -> set[str]:
    own = plan.certificates_for("reverse-proxy")
    return {host for one in own for entry in one.entries for host in entry.covers}


@given(topologies())
@settings(max_examples=150, deadline=None)
def test_the_certificate_covers_exactly_the_published_names(data: dict[str, Any]) -> None:
    topology = consistent(data)
    plan = make_plan(topology, DAY)
    published = decrypted_hosts(proxy_spec(topology))
    assert covered_hosts(plan) == published
    for one in plan.certificates:
        for entry in one.entries:
            assert entry.covers
            assert all(covers(entry.name, host) for host in entry.covers)
        if one.purpose == "reverse-proxy":
            assert one.subject.value in one.names
            assert len(set(one.names)) == len(one.names)


@given(topologies())
@settings(max_examples=100, deadline=None)
def test_adding_a_pool_never_removes_a_name(data: dict[str, Any]) -> None:
    before = make_plan(consistent(data), DAY)
    more = {"role": "front-end", "external_fqdn": "webext-new.contoso.com", "servers": ["new.contoso.local"]}
    after = make_plan(consistent({**data, "pool": [*data["pool"], more]}), DAY)
    assert set(names(before)) < set(names(after))
    assert before.certificates[0].subject.value == after.certificates[0].subject.value


def test_older_meeting_urls_stay_in_the_certificate() -> None:
    plan = contoso(**{'"https://meet.contoso.com"': '["https://lync.contoso.com/Meet", "https://meet.contoso.com"]'})
    assert {"lync.contoso.com", "meet.contoso.com"} < set(names(plan))


def test_the_wildcard_replaces_meet_and_dial_in_and_nothing_else() -> None:
    assert names(contoso("[plan]\nwildcard = true\n")) == (
        "webext.contoso.com",
        "webdirext.contoso.com",
        "*.contoso.com",
        "officewebapps01.contoso.com",
        "lyncdiscover.contoso.com",
    )


def test_a_wildcard_never_stands_for_a_domain_that_is_not_the_deployments() -> None:
    text = example("contoso", "[plan]\nwildcard = true\n").replace(
        "https://meet.contoso.com", "https://meetcontoso.co.uk"
    )
    assert "meetcontoso.co.uk" in names(plan_of(text))
    assert "*.co.uk" not in names(plan_of(text))


def test_the_pool_that_the_file_names_gives_the_subject() -> None:
    one = contoso('[plan]\nsubject_pool = "webdirext.contoso.com"\n').certificates[0]
    assert one.subject.value == "webdirext.contoso.com"
    assert one.names[0] == "webdirext.contoso.com"
    assert "webext.contoso.com" in one.names


def test_discovery_on_port_80_alone_needs_no_name_and_the_plan_says_so() -> None:
    domain = '{ name = "contoso.com", discovery_over_http = true, discovery_over_tls = false }'
    plan = plan_of(example("contoso").replace('sip_domains = ["contoso.com"]', f"sip_domains = [{domain}]"))
    assert "lyncdiscover.contoso.com" not in names(plan)
    assert any("port 80 alone" in remark.reason for remark in plan.certificates[0].remarks)
    plain = [rule.listeners for rule in plan.proxy.rules if "lyncdiscover.contoso.com" in rule.hosts]
    assert plain
    assert all(listeners == ("0.0.0.0:80",) for listeners in plain)


def test_discovery_on_both_ports_keeps_its_name() -> None:
    plan = contoso(
        **{'sip_domains = ["contoso.com"]': 'sip_domains = [{ name = "contoso.com", discovery_over_http = true }]'}
    )
    assert "lyncdiscover.contoso.com" in names(plan)


def test_exchange_and_other_sites_are_in_the_certificate_and_relays_are_not() -> None:
    planned = set(names(plan_of(example("with-exchange"))))
    assert {"mail.contoso.com", "autodiscover.contoso.com", "sharepoint.contoso.com"} < planned
    assert "payroll.contoso.com" not in planned


TWO_LISTENERS = """
sip_domains = ["contoso.com"]
[simple_urls]
meet."contoso.com" = "https://meet.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "webext1.contoso.com"
servers = ["fe1.contoso.local"]
listeners = ["one"]
[[pool]]
role = "front-end"
external_fqdn = "webext2.contoso.com"
servers = ["fe2.contoso.local"]
listeners = ["two"]
[[listener]]
name = "one"
address = "192.0.2.1:443"
certificate = "first"
[[listener]]
name = "two"
address = "192.0.2.2:443"
certificate = "second"
[certificate.first]
chain = "a"
key = "b"
[certificate.second]
chain = "c"
key = "d"
"""


def test_a_certificate_and_listener_for_each_pool_where_the_file_has_them() -> None:
    first, second = plan_of(TWO_LISTENERS).certificates
    assert (first.bound_to, first.subject.value) == (("one",), "webext1.contoso.com")
    assert set(first.names) == {"webext1.contoso.com", "meet.contoso.com", "lyncdiscover.contoso.com"}
    assert (second.bound_to, second.names) == (("two",), ("webext2.contoso.com",))


def test_what_is_left_out_of_discovery_is_told_by_the_certificate_that_it_concerns() -> None:
    alone = '[{ name = "contoso.com", discovery_over_http = true, discovery_over_tls = false }]'
    plain = '[[listener]]\nname = "three"\naddress = "192.0.2.1:80"\ntls = false\n'
    text = TWO_LISTENERS.replace('["contoso.com"]', alone).replace('["one"]', '["one", "three"]') + plain
    first, second = plan_of(text).certificates
    assert any("port 80 alone" in remark.reason for remark in first.remarks)
    assert second.remarks == ()


def test_one_certificate_serves_all_listeners_that_bind_it() -> None:
    one = plan_of(
        TWO_LISTENERS.replace('"second"', '"first"').replace('[certificate.second]\nchain = "c"\nkey = "d"', "")
    )
    assert [certificate.bound_to for certificate in one.certificates] == [("one", "two")]
    assert {"webext1.contoso.com", "webext2.contoso.com"} < set(names(one))


@pytest.mark.parametrize("choice", ["proxies = 2", "requested_elsewhere = true"])
def test_the_key_is_exportable_with_the_security_note_where_it_must_travel(choice: str) -> None:
    exportable = contoso(f"[plan]\n{choice}\n").certificates[0].exportable  # RC-44, RC-45, RC-46
    assert exportable.value.startswith("yes")
    assert ".pfx" in exportable.value
    assert "extra care" in exportable.because.reason


def test_the_nodes_of_a_farm_are_several_proxies() -> None:
    nodes = "".join(f'{name} = "{node(name).public.text}"\n' for name in ("proxy1", "proxy2"))
    exportable = contoso(f'[farm]\norders = "proxy1"\n[farm.nodes]\n{nodes}').certificates[0].exportable
    assert exportable.value.startswith("yes")
    assert "2 proxies share it" in exportable.because.reason


def test_a_private_issuer_is_a_warning_and_may_give_client_authentication() -> None:
    one = contoso('[plan]\nissuer = "private"\n').certificates[0]
    assert any(remark.reason.startswith("WARNING: a private authority") for remark in one.remarks)
    assert one.extended_key_usage.value == "server authentication, client authentication; not critical"  # RC-42


def test_more_names_than_authorities_take_are_a_warning_with_ways_out() -> None:
    pools = "".join(
        f'[[pool]]\nrole = "front-end"\nexternal_fqdn = "w{one}.contoso.com"\nservers = ["f{one}.contoso.local"]\n'
        for one in range(95)
    )
    (warning,) = [remark.reason for remark in contoso(pools).certificates[0].remarks]
    assert "101 names" in warning
    assert "Let's Encrypt (100)" in warning
    assert "discovery_over_tls = false" in warning
    assert "several listeners" in warning


def test_a_subject_too_long_for_a_common_name_is_told() -> None:
    long = f"{'a' * 60}.contoso.com"
    plan = plan_of(example("contoso").replace("webext.contoso.com", long))
    assert any("common name" in remark.reason for remark in plan.certificates[0].remarks)


def test_an_ecdsa_certificate_beside_it_is_a_second_request_with_the_same_names() -> None:
    assert "second request" in plan_of(example("two-pools")).certificates[0].key.value

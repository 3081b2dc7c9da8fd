"""The whole plan. Expectations are typed from Microsoft's documents, the clause of docs/requirements.md beside each."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from bridgehead.planning.plan import make_plan
from bridgehead.planning.planned import Plan, PlannedCertificate
from bridgehead.planning.publishing import proxy_spec
from bridgehead.topology.file import parse
from tests.planning.deployments import DAY, EDGE, consistent, contoso, example, plan_of, topologies


def certificate(plan: Plan, purpose: str) -> PlannedCertificate:
    return next(one for one in plan.certificates if one.purpose == purpose)


@pytest.mark.parametrize(
    ("clause", "name", "reason"),
    [
        ("CS-3, RC-4", "webext.contoso.com", "External web services FQDN of a front-end pool"),
        ("RC-10", "webext.contoso.com", "The subject name must also be present in the subject alternative name"),
        ("CS-4, RC-5, RC-11", "webdirext.contoso.com", "External web services FQDN of a Director"),
        ("CS-5, RC-7, RC-14", "dialin.contoso.com", "Dial-in simple URL"),
        ("CS-6, RC-6, RC-12", "meet.contoso.com", "Meeting simple URL"),
        ("CS-7, RC-15", "officewebapps01.contoso.com", "Office Web Apps"),
        ("CS-8, RC-8, RC-16", "lyncdiscover.contoso.com", "External Autodiscover Service URL"),
    ],
)
def test_each_name_of_the_documents_tables_is_planned_with_its_reason(clause: str, name: str, reason: str) -> None:
    entry = next(entry for entry in contoso().certificates[0].entries if entry.name == name)
    assert reason in " ".join(because.reason for because in entry.because), clause
    assert all(because.source for because in entry.because)


def test_the_certificate_has_the_names_of_the_documents_table_in_its_order_and_no_other() -> None:
    # CS-3 to CS-8, the column "Subject alternative name (SAN)/Order".
    assert contoso().certificates[0].names == (
        "webext.contoso.com",
        "webdirext.contoso.com",
        "dialin.contoso.com",
        "meet.contoso.com",
        "officewebapps01.contoso.com",
        "lyncdiscover.contoso.com",
    )


def test_the_subject_name_is_the_pools_external_fqdn() -> None:
    assert contoso().certificates[0].subject.value == "webext.contoso.com"  # CS-2, RC-9


@pytest.mark.parametrize(
    ("clause", "property_", "value"),
    [
        ("RC-41", "key_usage", "digital signature, key encipherment; critical"),
        ("CS-11, RC-42", "extended_key_usage", "server authentication; not critical"),
        ("RC-43, RC-47", "key", "RSA, 2048 bits, key type Exchange"),
        ("RC-35, RC-52", "request", "PKCS #10, Base 64"),
        ("RC-35", "request", "(No template) Legacy key"),
        ("RC-37", "request", "Reverse Proxy Listener for Lync Server"),
        ("CS-11, RC-3", "issuer", "a public authority"),
        ("RC-44", "exportable", "no"),
    ],
)
def test_each_property_of_the_request_is_the_documents(clause: str, property_: str, value: str) -> None:
    assert value in getattr(contoso().certificates[0], property_).value, clause


@pytest.mark.parametrize(
    ("clause", "name"),
    [
        ("EX-11, EX-12", "sip.contoso.com"),
        ("EX-13", "webcon.contoso.com"),
        ("EX-14", "sip.fabrikam.com"),
    ],
)
def test_the_edges_external_certificate_has_the_documents_names(clause: str, name: str) -> None:
    text = example("contoso", EDGE).replace('["contoso.com"]', '["contoso.com", "fabrikam.com"]')
    text = text.replace('"contoso.com" =', '"fabrikam.com" = "https://meet.fabrikam.com"\n"contoso.com" =')
    external = certificate(plan_of(text), "edge-external")
    assert name in external.names, clause
    assert set(external.names) == {"sip.contoso.com", "webcon.contoso.com", "sip.fabrikam.com"}  # EX-15: no A/V name


@pytest.mark.parametrize(
    ("clause", "purpose", "property_", "value"),
    [
        ("EX-9", "edge-external", "subject", "sip.contoso.com"),
        ("EX-5", "edge-external", "issuer", "public authority that puts several names"),
        ("EX-6, EX-18", "edge-external", "exportable", "yes, even for one Edge Server"),
        ("EX-17", "edge-av", "issuer", "the same authority for every Edge Server"),
        ("EX-7", "edge-av", "exportable", "yes"),
        ("EX-2, EX-21", "edge-internal", "issuer", "your own authority, typically; an approved public one may be used"),
        ("EX-22", "edge-internal", "subject", "lsedge.contoso.com"),
    ],
)
def test_each_property_of_the_edges_certificates_is_the_documents(
    clause: str, purpose: str, property_: str, value: str
) -> None:
    assert value in getattr(certificate(contoso(EDGE), purpose), property_).value, clause


@pytest.mark.parametrize(
    ("clause", "at", "port", "to"),
    [
        ("SC-14", "proxy-outside", "443", "proxy, listener 0.0.0.0:443"),
        ("SC-18, SC-33", "proxy-inside", "4443", "fe01.contoso.local, fe02.contoso.local"),
        ("SC-18, SC-33", "proxy-inside", "4443", "dir01.contoso.local"),
        ("SC-32", "proxy-inside", "443", "officewebapps01.contoso.local"),
    ],
)
def test_each_port_of_the_documents_is_in_the_firewall_tables(clause: str, at: str, port: str, to: str) -> None:
    rows = [(row.at, row.port, row.destination) for row in contoso().ports]
    assert (at, port, to) in rows, clause


def test_three_domains_two_pools_a_director_two_farms_and_one_host_need_the_fewest_names() -> None:
    plan = plan_of(
        """
sip_domains = ["contoso.com", "fabrikam.com", "woodgrove.com"]
[simple_urls]
dialin = "https://lync.contoso.com/Dialin"
[simple_urls.meet]
"contoso.com" = "https://lync.contoso.com/contosoSIPdomain/Meet"
"fabrikam.com" = "https://lync.contoso.com/fabrikamSIPdomain/Meet"
"woodgrove.com" = "https://lync.contoso.com/woodgroveSIPdomain/Meet"
[[pool]]
role = "front-end"
external_fqdn = "webext1.contoso.com"
servers = ["fe1.contoso.local"]
[[pool]]
role = "front-end"
external_fqdn = "webext2.contoso.com"
servers = ["fe2.contoso.local"]
[[pool]]
role = "director"
external_fqdn = "webdirext.contoso.com"
servers = ["dir.contoso.local"]
[[pool]]
role = "office-web-apps"
external_fqdn = "owa1.contoso.com"
servers = ["owa1.contoso.local"]
[[pool]]
role = "office-web-apps"
external_fqdn = "owa2.contoso.com"
servers = ["owa2.contoso.local"]
[certificate.public]
chain = "chain.pem"
key = "key.pem"
"""
    )
    assert plan.certificates[0].subject.value == "webext1.contoso.com"
    assert set(plan.certificates[0].names) == {
        "webext1.contoso.com",
        "webext2.contoso.com",
        "webdirext.contoso.com",
        "lync.contoso.com",
        "owa1.contoso.com",
        "owa2.contoso.com",
        "lyncdiscover.contoso.com",
        "lyncdiscover.fabrikam.com",
        "lyncdiscover.woodgrove.com",
    }
    (shared,) = [entry for entry in plan.certificates[0].entries if entry.name == "lync.contoso.com"]
    assert set(shared.rules) == {"dialin", "meet contoso.com", "meet fabrikam.com", "meet woodgrove.com"}


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_the_rules_of_the_plan_are_those_that_the_proxy_runs(name: str) -> None:
    topology = parse(example(name), name).topology
    assert make_plan(topology, DAY).proxy == proxy_spec(topology)


@given(topologies())
@settings(max_examples=60, deadline=None)
def test_the_same_file_and_day_always_give_the_same_plan_and_json_keeps_all_of_it(data: dict[str, object]) -> None:
    plan = make_plan(consistent(data), DAY)
    assert make_plan(consistent(data), DAY) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_everything_planned_says_why_and_where_that_stands() -> None:
    plan = contoso(EDGE)
    reasons = [
        *(because for one in plan.certificates for entry in one.entries for because in entry.because),
        *(decision.because for one in plan.certificates for decision in one.decisions().values()),
        *(one.because for one in plan.records),
        *(one.because for one in plan.ports),
        *(one.because for one in plan.unpublished),
        *(one.because for one in plan.flow_chart),
    ]
    assert len(reasons) > 80
    assert [because for because in reasons if not because.reason or not because.source] == []


def test_a_plan_for_a_later_day_has_that_days_lifetime() -> None:
    text = example("contoso")
    lifetimes = [
        plan_of(text, on).certificates[0].lifetime.value.split()[0]
        for on in (date(2026, 3, 14), date(2026, 3, 15), date(2027, 3, 15), date(2029, 3, 15))
    ]
    assert lifetimes == ["398", "200", "100", "47"]

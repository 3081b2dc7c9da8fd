from __future__ import annotations

import pytest
from hypothesis import given, settings

from bridgehead.certificates.request.requested import RequestedCertificate
from bridgehead.certificates.request.sound import made_sound
from bridgehead.certificates.store.layout import check_name
from bridgehead.cli.certificate.planned_request import find_planned, planned_request, store_name
from bridgehead.planning.plan import make_plan
from bridgehead.planning.planned import Plan
from bridgehead.problems import ProblemsFound
from bridgehead.topology.file import parse
from bridgehead.topology.model import Topology
from tests.planning.deployments import DAY, EDGE, example, topologies

PRIVATE = '\n[plan]\nissuer = "private"\n'
FARM = "\n[plan]\nproxies = 2\n"
COMBINED = "\n[plan]\ncombined_with_edge = true\n"


def planned(text: str) -> tuple[Plan, Topology]:
    topology = parse(text, "bridgehead.toml").topology
    return make_plan(topology, DAY), topology


def asked(text: str, name: str) -> RequestedCertificate:
    plan, topology = planned(text)
    return made_sound(planned_request(plan, find_planned(plan, name), topology))


def test_the_request_asks_for_what_is_planned() -> None:
    request = asked(example("contoso"), "public")
    plan, _ = planned(example("contoso"))
    assert request.subject.common_name == "webext.contoso.com"
    assert {one.name for one in request.names} == set(plan.certificates[0].names)
    assert request.key_types == ("rsa-2048",)
    assert request.friendly_name == "Reverse Proxy Listener for Lync Server"
    assert (request.public, request.client_authentication, request.exportable) == (True, False, False)
    assert "withdrawing" in request.because.extended_key_usage


def test_a_private_authority_is_asked_for_client_authentication_with_the_reason() -> None:
    request = asked(example("contoso", PRIVATE), "public")
    assert (request.public, request.client_authentication) == (False, True)
    assert request.because.extended_key_usage == "Step 12 adds both; an authority of your own issues them."


def test_a_farm_shares_the_key_with_the_security_note() -> None:
    request = asked(example("contoso", FARM), "public")
    assert request.exportable
    assert "extra care" in request.because.exportable


@pytest.mark.parametrize(
    ("stored", "key_types"),
    [("true", ("rsa-2048",)), ('["rsa", "ecdsa"]', ("rsa-2048", "ecdsa-p256")), ('["ecdsa"]', ("ecdsa-p256",))],
)
def test_the_kinds_that_the_file_keeps_in_the_store_are_requested(stored: str, key_types: tuple[str, ...]) -> None:
    text = example("contoso")
    head, _, _ = text.partition("[certificate.public]")
    assert asked(f"{head}[certificate.public]\nstore = {stored}\n", "public").key_types == key_types


def test_the_edges_certificates_are_requested_by_their_names() -> None:
    plan, _ = planned(example("contoso", EDGE))
    edge = [one for one in plan.certificates if one.purpose.startswith("edge")]
    assert len(edge) == 3
    text = example("contoso", EDGE)
    external, av, internal = (asked(text, one.name) for one in edge)
    assert {one.name for one in external.names} == {"sip.contoso.com", "webcon.contoso.com"}
    assert (external.exportable, external.public, external.friendly_name) == (True, True, "Edge external interface")
    assert (av.exportable, av.public) == (True, False)
    assert [one.name for one in av.names] == [av.subject.common_name]
    assert (internal.subject.common_name, internal.exportable) == ("lsedge.contoso.com", False)


def test_the_combined_certificate_has_the_names_of_both_and_the_proxys_place_in_the_store() -> None:
    plan, topology = planned(example("contoso", EDGE + COMBINED))
    (combined,) = plan.certificates_for("combined")
    request = made_sound(planned_request(plan, combined, topology))
    assert request.name == "public"
    assert request.exportable
    assert {"sip.contoso.com", "webext.contoso.com", "meet.contoso.com"} <= {one.name for one in request.names}


def test_an_edge_without_a_name_inside_says_what_is_missing() -> None:
    text = example("contoso", EDGE.replace('internal_fqdn = "lsedge.contoso.com"\n', ""))
    plan, topology = planned(text)
    (internal,) = plan.certificates_for("edge-internal")
    with pytest.raises(ProblemsFound, match="internal_fqdn"):
        planned_request(plan, internal, topology)
    by_hand = planned_request(plan, internal, topology, "lsedge.contoso.com")
    assert by_hand.subject.common_name == "lsedge.contoso.com"


def test_a_certificate_is_found_by_its_name_in_the_plan_or_in_the_store() -> None:
    plan, _ = planned(example("contoso", EDGE))
    (av,) = plan.certificates_for("edge-av")
    assert store_name(plan, av) == "sip.contoso.com A-V Authentication"
    for name in (av.name, store_name(plan, av), av.name.upper()):
        assert find_planned(plan, name) is av
    with pytest.raises(ProblemsFound, match="Planned: 'public'"):
        find_planned(plan, "other")


@settings(max_examples=40, deadline=None)
@given(topologies())
def test_whatever_is_planned_can_be_read_as_a_request(data: dict[str, object]) -> None:
    topology = Topology.model_validate(data)
    plan = make_plan(topology, DAY)
    for one in plan.certificates:
        request = planned_request(plan, one, topology, "" if one.subject.value else "edge.contoso.local")
        check_name(request.name)
        assert request.exportable == one.exportable.value.startswith("yes")
        assert request.friendly_name

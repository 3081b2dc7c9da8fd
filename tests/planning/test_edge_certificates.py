"""The Edge Servers' certificates ("Certificate requirements for external user access in Lync Server 2013")."""

from __future__ import annotations

from datetime import date

from bridgehead.planning.planned import Plan, PlannedCertificate
from tests.planning.deployments import EDGE, contoso, example, plan_of


def of(plan: Plan, purpose: str) -> PlannedCertificate:
    return next(one for one in plan.certificates if one.purpose == purpose)


def test_sip_domains_are_named_for_auto_configuration_or_federation_alone() -> None:  # EX-14
    two = example("two-pools")
    assert "sip.fabrikam.com" in of(plan_of(two), "edge-external").names
    neither = two.replace("federation = true", "federation = false\nclient_auto_configuration = false")
    assert of(plan_of(neither), "edge-external").names == ("sip.contoso.com", "webcon.contoso.com")
    federated = two.replace("federation = true", "federation = true\nclient_auto_configuration = false")
    assert "sip.fabrikam.com" in of(plan_of(federated), "edge-external").names


def test_the_subject_is_repeated_because_tls_ignores_it() -> None:  # EX-12
    external = of(contoso(EDGE), "edge-external")
    assert external.subject.value in external.names
    (entry,) = [entry for entry in external.entries if entry.name == "sip.contoso.com"]
    assert "TLS ignores the subject name" in entry.because[0].reason


def test_no_wildcard_is_planned_for_the_edge_whatever_the_proxy_has() -> None:  # EX-10
    plan = contoso(EDGE + "[plan]\nwildcard = true\n")
    assert not any(name.startswith("*") for name in of(plan, "edge-external").names)
    assert "explicit" in next(one.stand for one in plan.contradictions if "Edge's external" in one.question).lower()


def test_one_certificate_serves_the_external_services_and_audio_video() -> None:  # EX-1, EX-15, EX-16, EX-20
    external = of(contoso(EDGE), "edge-external")
    assert external.bound_to == ("Access Edge", "Web Conferencing Edge", "A/V Authentication")
    assert "av.contoso.com" not in external.names
    remarks = " ".join(remark.reason for remark in external.remarks)
    assert "can be reused for A/V Authentication" in remarks
    assert "The order of the names does not matter" in remarks


def test_every_edge_server_of_a_pool_gets_the_same_certificate_and_key() -> None:  # EX-6, EX-17
    remarks = " ".join(remark.reason for remark in of(plan_of(example("two-pools")), "edge-external").remarks)
    assert "with the same private key and from the same authority, goes on each of the 2 Edge Servers" in remarks


def test_audio_video_can_be_decoupled_and_staged() -> None:  # EX-8
    apart = of(contoso(EDGE), "edge-av")
    assert apart.bound_to == ("A/V Authentication",)
    assert "-Type AudioVideoAuthentication -Thumbprint <thumbprint> -Roll -EffectiveDate" in apart.commands


def test_the_internal_interface_needs_no_alternative_names_and_may_have_a_wildcard() -> None:  # EX-22, EX-23, EX-24
    internal = of(contoso(EDGE), "edge-internal")
    assert internal.entries == ()
    assert "No list of subject alternative names is required" in internal.remarks[0].reason
    assert "a wildcard may be used here" in internal.subject.because.reason


def test_an_edge_whose_internal_name_is_unknown_is_planned_and_asked_about() -> None:
    plan = contoso(EDGE.replace('internal_fqdn = "lsedge.contoso.com"\n', ""))
    assert of(plan, "edge-internal").subject.value == ""
    assert any("internal_fqdn" in question.question for question in plan.questions)


def test_federation_is_told_about_client_authentication() -> None:
    usage = of(plan_of(example("two-pools")), "edge-external").extended_key_usage
    assert "mutual TLS" in usage.because.reason
    assert "2027-03-15" in usage.because.reason


def test_the_combined_certificate_has_the_names_of_both_and_a_warning() -> None:  # RC-26, RC-28
    plan = contoso(EDGE + "[plan]\ncombined_with_edge = true\n")
    combined = of(plan, "combined")
    assert combined.subject.value == "sip.contoso.com"
    assert {"sip.contoso.com", "webcon.contoso.com", "webext.contoso.com", "meet.contoso.com"} < set(combined.names)
    assert combined.exportable.value.startswith("yes")
    assert combined.remarks[0].reason.startswith("WARNING: the documents' tip predates today's authorities")
    assert not plan.certificates_for("reverse-proxy", "edge-external")


def test_the_combined_certificate_names_every_host_in_full_even_with_a_wildcard_wanted() -> None:
    plan = contoso(EDGE + "[plan]\ncombined_with_edge = true\nwildcard = true\n")
    assert {"meet.contoso.com", "dialin.contoso.com"} < set(of(plan, "combined").names)


def test_the_combined_certificate_is_offered_where_it_was_not_chosen() -> None:
    (offered,) = [one for one in contoso(EDGE).alternatives if "Edge" in one.title]
    assert offered.because.reason.startswith("WARNING")
    assert {"sip.contoso.com", "webext.contoso.com"} < set(offered.certificates[0].names)


def test_the_staging_dates_follow_the_day_of_the_plan() -> None:
    later = plan_of(example("contoso", EDGE), date(2029, 3, 15))
    assert "ends on 2029-05-01" in of(later, "edge-av").commands

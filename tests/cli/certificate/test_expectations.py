"""What a plan expects of each certificate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridgehead.certificates.judging.expectation import Expectation
from bridgehead.cli.certificate.expectations import expectation, served_names
from bridgehead.planning.plan import make_plan
from bridgehead.topology.file import parse
from tests.planning.deployments import DAY, EDGE, example

SOON = timedelta(days=14)


def expected(name: str | None, more: str = "", others: dict[str, list[str]] | None = None, **new: str) -> Expectation:
    text = example("contoso", more)
    for old, value in new.items():
        text = text.replace(old, value)
    topology = parse(text, "bridgehead.toml").topology
    return expectation(name, make_plan(topology, DAY), topology, others or {}, SOON)


def wildcards(found: Expectation) -> dict[str, str]:
    return {name.host: name.wildcard for name in found.names}


def test_the_proxys_certificate_is_to_have_every_published_name_with_its_reason() -> None:
    found = expected("public")
    assert wildcards(found) == {
        "webext.contoso.com": "unusual",
        "webdirext.contoso.com": "unusual",
        "dialin.contoso.com": "fine",
        "meet.contoso.com": "fine",
        "officewebapps01.contoso.com": "unusual",
        "lyncdiscover.contoso.com": "fine",
    }
    assert all(name.why for name in found.names)
    assert (found.subject, found.public, found.names_known) == ("webext.contoso.com", True, True)
    assert [limit.days for limit in found.lifetimes] == [398, 200, 100, 47]


def test_names_that_another_certificate_of_the_listener_has_are_not_asked_for_again() -> None:
    second = '[certificate.second]\nchain = "c.pem"\nkey = "k.pem"\n'
    found = expected("public", second, {"second": ["*.contoso.com"]})
    assert found.names == ()
    assert "meet.contoso.com" in found.covered_elsewhere


def test_the_edges_names_stand_for_themselves() -> None:
    found = expected("sip.contoso.com external", EDGE)
    assert set(wildcards(found).values()) == {"never"}
    assert {"sip.contoso.com", "webcon.contoso.com"} <= set(wildcards(found))
    assert (found.public, found.client_authentication) == (True, True)


def test_the_edges_inside_has_one_name_and_may_have_a_wildcard_from_ones_own_authority() -> None:
    found = expected("sip.contoso.com internal", EDGE)
    assert (wildcards(found), found.public) == ({"lsedge.contoso.com": "fine"}, False)


def test_audio_video_asks_for_no_name() -> None:
    assert expected("sip.contoso.com A-V Authentication", EDGE).names == ()


@pytest.mark.parametrize("name", ["public", "public with sip.contoso.com external"])
def test_one_for_both_has_the_names_of_both(name: str) -> None:
    found = wildcards(expected(name, f"{EDGE}\n[plan]\ncombined_with_edge = true\n"))
    assert found["sip.contoso.com"] == "never"
    if name == "public":
        assert found["meet.contoso.com"] == "fine"


def test_one_that_nobody_planned_is_judged_for_what_it_is() -> None:
    found = expected("other")
    assert (found.names, found.names_known, found.subject) == ((), False, "")
    assert expectation(None, None, None, {}, SOON).public is None


def test_discovery_names_know_their_domain() -> None:
    topology = parse(example("contoso"), "bridgehead.toml").topology
    served = served_names(make_plan(topology, DAY).proxy, topology)
    assert [one.discovery_domain for one in served if one.discovery_domain] == ["contoso.com"]

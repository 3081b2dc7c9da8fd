"""Other correct sets of certificates."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from bridgehead.names import covers
from bridgehead.planning.plan import make_plan
from tests.planning.deployments import DAY, consistent, contoso, example, plan_of, topologies


def test_the_wildcard_form_is_offered_with_its_price() -> None:  # CS-9, CS-10
    (one,) = [one for one in contoso().alternatives if "wildcard" in one.how]
    assert one.certificates[0].names == (
        "webext.contoso.com",
        "webdirext.contoso.com",
        "*.contoso.com",
        "officewebapps01.contoso.com",
        "lyncdiscover.contoso.com",
    )
    assert "speaks for every host of the domain" in one.because.reason


def test_where_the_wildcard_was_chosen_every_name_in_full_is_offered() -> None:
    (one,) = [one for one in contoso("[plan]\nwildcard = true\n").alternatives if "wildcard" in one.how]
    assert {"meet.contoso.com", "dialin.contoso.com"} < set(one.certificates[0].names)


def test_with_several_pools_a_certificate_for_each_is_offered() -> None:  # RC-18, RC-19, RC-20
    (one,) = [one for one in plan_of(example("two-pools")).alternatives if "each pool" in one.title]
    assert [some.subject for some in one.certificates] == ["webext-berlin.contoso.com", "webext-lisbon.contoso.com"]
    assert one.certificates[1].names == ("webext-lisbon.contoso.com",)


@given(topologies())
@settings(max_examples=80, deadline=None)
def test_every_alternative_covers_what_the_plan_covers(data: dict[str, Any]) -> None:
    plan = make_plan(consistent(data), DAY)
    hosts = {host for one in plan.certificates_for("reverse-proxy") for entry in one.entries for host in entry.covers}
    for one in plan.alternatives:
        entries = [name for some in one.certificates for name in some.names]
        assert [host for host in hosts if not any(covers(entry, host) for entry in entries)] == []

"""The matrix of published names by certificates, and the cheapest mend for each hole."""

from __future__ import annotations

from bridgehead.certificates.judging.expectation import PublishedName
from bridgehead.certificates.judging.matrix import ServedName, make_matrix


def served(host: str, *bound: str, domain: str = "", wildcard: str = "fine") -> ServedName:
    return ServedName(PublishedName(host, wildcard=wildcard), "https", bound or ("public",), domain)  # type: ignore[arg-type]


def test_each_name_is_shown_with_the_entry_that_covers_it() -> None:
    matrix = make_matrix(
        [served("webext.contoso.com"), served("meet.contoso.com")],
        {"public": ["webext.contoso.com", "*.contoso.com"], "other": ["meet.contoso.com"]},
    )
    assert matrix.certificates == ("public", "other")
    assert [row.covered_by["public"] for row in matrix.rows] == ["webext.contoso.com", "*.contoso.com"]
    assert matrix.rows[1].covered_by["other"] == "meet.contoso.com"
    assert matrix.holes == ()


def test_a_certificate_that_has_the_name_already_only_needs_to_be_bound() -> None:
    matrix = make_matrix([served("meet.contoso.com")], {"public": ["webext.contoso.com"], "spare": ["*.contoso.com"]})
    assert "add 'spare'" in matrix.holes[0].mend


def test_discovery_has_a_way_out_that_costs_nothing() -> None:
    matrix = make_matrix([served("lyncdiscover.fabrikam.com", domain="fabrikam.com")], {"public": []})
    assert "discovery_over_tls = false" in matrix.holes[0].mend


def test_several_holes_below_one_domain_take_one_wildcard() -> None:
    matrix = make_matrix([served("meet.contoso.com"), served("dialin.contoso.com")], {"public": []})
    assert all("*.contoso.com" in row.mend for row in matrix.holes)
    one = make_matrix([served("meet.contoso.com")], {"public": []})
    assert "*." not in one.holes[0].mend


def test_names_that_nobody_publishes_are_listed() -> None:
    matrix = make_matrix([served("meet.contoso.com")], {"public": ["meet.contoso.com", "old.contoso.com"]})
    assert matrix.unpublished == (("public", "old.contoso.com"),)


def test_a_wildcard_that_may_not_stand_for_a_name_leaves_a_hole() -> None:
    matrix = make_matrix([served("sip.contoso.com", wildcard="never")], {"public": ["*.contoso.com"]})
    assert len(matrix.holes) == 1


def test_where_nothing_could_be_read_no_name_is_to_be_mended() -> None:
    one = served("meet.contoso.com")
    assert make_matrix([one], {"public": []}, {"public"}).holes == ()
    assert len(make_matrix([one], {"public": []}).holes) == 1

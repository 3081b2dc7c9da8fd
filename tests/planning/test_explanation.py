"""Why a name is in a plan."""

from __future__ import annotations

import pytest

from bridgehead.planning.explanation import explain, similar_names
from tests.planning.deployments import contoso, example, plan_of


def kinds(name: str) -> set[str]:
    return {one.kind for one in explain(contoso(), name).found}


def test_a_published_name_is_explained_wherever_it_is() -> None:
    found = explain(contoso(), "meet.contoso.com").found
    assert {one.kind for one in found} == {"certificate", "rule", "DNS outside", "DNS inside", "firewall", "flow chart"}
    assert all(one.because for one in found)


def test_it_says_which_rule_serves_a_name_and_where_it_comes_from() -> None:
    found = explain(plan_of(example("two-pools")), "lync.contoso.com").found
    (entry,) = [one for one in found if one.kind == "certificate"]
    assert "served by the rule" in entry.what
    assert "meet fabrikam.com" in entry.what
    reasons = " ".join(because.reason for because in entry.because)
    assert "Meeting simple URL of fabrikam.com" in reasons
    assert "Dial-in simple URL" in reasons


@pytest.mark.parametrize("name", ["MEET.contoso.com.", "https-less: no", "Key usage", "lyncdiscover"])
def test_names_are_taken_as_people_write_them(name: str) -> None:
    assert (explain(contoso(), name).found != ()) is (name != "https-less: no")


def test_a_name_behind_a_wildcard_is_explained_by_it() -> None:
    found = explain(contoso("[plan]\nwildcard = true\n"), "meet.contoso.com").found
    assert any("*.contoso.com" in one.what for one in found)


def test_a_server_is_explained_by_the_firewall_and_the_hosts_file() -> None:
    assert kinds("fe01.contoso.local") == {"firewall", "hosts file"}


def test_what_is_closed_is_explained() -> None:
    assert "not published" in kinds("/Cscp")


def test_a_name_that_is_not_there_has_neighbours() -> None:
    assert explain(contoso(), "mete.contoso.com").found == ()
    assert "meet.contoso.com" in similar_names(contoso(), "mete.contoso.com")


@pytest.mark.parametrize(("name", "words"), [("public", "officewebapps01.contoso.com"), ("4443", "fe01.contoso.local")])
def test_a_certificate_and_a_port_are_explained_too(name: str, words: str) -> None:
    assert any(words in one.what and one.because for one in explain(contoso(), name).found)


def test_a_question_about_two_listeners_is_found_by_either() -> None:
    text = example("contoso").replace('["contoso.com"]', '[{ name = "contoso.com", discovery_over_http = true }]', 1)
    for name in ("0.0.0.0:443", "0.0.0.0:80"):
        assert any(one.kind == "question" for one in explain(plan_of(text), name).found)


def test_a_login_is_explained_by_name_by_accounts_and_by_what_to_register() -> None:
    plan = plan_of(example("preauthentication"))
    assert {"login", "Kerberos", "rule"} <= {one.kind for one in explain(plan, "intranet.contoso.com").found}
    assert {"login", "Kerberos"} == {one.kind for one in explain(plan, "contoso").found}
    (principal,) = explain(plan, "HTTP/admin.contoso.com").found
    assert "setspn -S HTTP/admin.contoso.com" in principal.what

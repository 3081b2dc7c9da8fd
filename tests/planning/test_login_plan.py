from __future__ import annotations

from bridgehead.planning.planned import PlannedLogin
from tests.planning.deployments import contoso, example, plan_of


def planned(host: str) -> PlannedLogin:
    (found,) = [login for login in plan_of(example("preauthentication")).logins if host in login.hosts]
    return found


def test_a_plan_without_logins_has_none() -> None:
    assert (contoso().logins, contoso().principal_names) == ((), ())


def test_who_may_enter_is_said_with_groups_and_users() -> None:
    assert planned("intranet.contoso.com").who == r"members of CONTOSO\Staff, through other groups too"
    assert planned("admin.contoso.com").who.startswith(r"CONTOSO\alice; members of S-1-5-21-")
    assert planned("partners.contoso.com").who == "everybody with an account"


def test_what_the_site_sees_is_said_with_its_condition() -> None:
    header = planned("intranet.contoso.com")
    assert "X-Remote-User" in header.site_sees
    assert any("through the proxy alone" in because.reason for because in header.because)
    assert "login of its own" in planned("partners.contoso.com").site_sees


def test_kerberos_needs_a_name_for_each_host_that_negotiates_with_a_keytab() -> None:
    names = plan_of(example("preauthentication")).principal_names
    assert [one.name for one in names] == ["HTTP/intranet.contoso.com", "HTTP/admin.contoso.com"]
    assert names[0].command == r"setspn -S HTTP/intranet.contoso.com CONTOSO\ACCOUNT"


def test_without_a_keytab_there_is_no_kerberos_and_it_says_so() -> None:
    plan = plan_of(example("preauthentication").replace('keytab = "http.keytab"\n', ""))
    assert plan.principal_names == ()
    assert any("NTLM inside Negotiate" in because.reason for because in plan.logins[0].because)

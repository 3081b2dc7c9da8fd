"""What a change of the file does."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from bridgehead.planning.changes import Changes, changes
from bridgehead.planning.plan import make_plan
from tests.planning.deployments import DAY, consistent, example, plan_of, topologies

NEW_POOL = """
[[pool]]
role = "front-end"
external_fqdn = "webext2.contoso.com"
servers = ["fe11.contoso.local"]
"""


def from_contoso_to(text: str) -> Changes:
    return changes(plan_of(example("contoso")), plan_of(text))


@given(topologies())
@settings(max_examples=40, deadline=None)
def test_no_change_changes_nothing(data: dict[str, Any]) -> None:
    assert changes(make_plan(consistent(data), DAY), make_plan(consistent(data), DAY)).nothing


def test_a_new_pool_needs_a_new_certificate_a_record_a_port_and_a_rule() -> None:
    found = from_contoso_to(example("contoso", NEW_POOL))
    (certificate,) = found.certificates
    assert (certificate.gained, certificate.lost) == (("webext2.contoso.com",), ())
    assert certificate.not_covered == ("webext2.contoso.com",)
    assert "request it anew" in certificate.advice
    assert "webext2.contoso.com" in {record.name for record in found.records_to_add if record.view == "outside"}
    assert [port.destination for port in found.ports_to_open] == ["fe11.contoso.local"]
    assert ("added", "webext2.contoso.com") in [(rule.kind, rule.rule) for rule in found.rules]
    assert (found.records_to_remove, found.ports_to_close, found.drained) == ((), (), ())


def test_taking_a_pool_away_drains_its_clients_and_hurries_nobody() -> None:
    found = changes(plan_of(example("contoso", NEW_POOL)), plan_of(example("contoso")))
    (certificate,) = found.certificates
    assert (certificate.lost, certificate.not_covered) == (("webext2.contoso.com",), ())
    assert "Still covers all" in certificate.advice
    assert [port.destination for port in found.ports_to_close] == ["fe11.contoso.local"]
    assert found.drained == ("clients of webext2.contoso.com /*: no longer published",)


def test_other_servers_drain_the_clients_of_every_name_that_led_to_them() -> None:
    found = from_contoso_to(example("contoso").replace("dir01.contoso.local", "dir02.contoso.local"))
    assert found.certificates == ()
    drained = " ".join(found.drained)
    assert "webdirext.contoso.com" in drained
    assert "meet.contoso.com" in drained
    assert "webext.contoso.com /*" not in drained.replace("webdirext", "")


def test_a_listener_that_goes_drains_everyone_on_it() -> None:
    one = '[[listener]]\naddress = "192.0.2.1:443"\n[[listener]]\naddress = "192.0.2.2:443"\n'
    other = '[[listener]]\naddress = "192.0.2.1:443"\n'
    found = changes(plan_of(example("contoso", one)), plan_of(example("contoso", other)))
    assert found.drained == ("everyone on the listener 192.0.2.2:443: it closes or moves",)
    assert [port.destination for port in found.ports_to_close] == ["proxy, listener 192.0.2.2:443"]


def test_a_wildcard_covers_a_new_meeting_host_already() -> None:
    wildcard = "[plan]\nwildcard = true\n"
    new = example("contoso", wildcard).replace(
        '"https://meet.contoso.com"', '["https://join.contoso.com", "https://meet.contoso.com"]'
    )
    (certificate,) = changes(plan_of(example("contoso", wildcard)), plan_of(new)).certificates
    assert certificate.gained == ("join.contoso.com",)
    assert certificate.not_covered == ()


def test_going_from_a_wildcard_to_names_needs_no_new_certificate_and_back_does_neither() -> None:
    names, wildcard = plan_of(example("contoso")), plan_of(example("contoso", "[plan]\nwildcard = true\n"))
    assert changes(wildcard, names).certificates[0].not_covered == ()
    assert changes(names, wildcard).certificates[0].not_covered == ()


def test_a_rule_that_becomes_another_says_how() -> None:
    found = from_contoso_to(example("contoso").replace('"director"', '"director"\nauthentication = "none"'))
    assert ("changed", "webdirext.contoso.com", "logins: none, before pass-through") in [
        (rule.kind, rule.rule, rule.how) for rule in found.rules
    ]


def test_discovery_that_gains_port_80_is_a_rule_and_a_port_more() -> None:
    new = example("contoso").replace(
        'sip_domains = ["contoso.com"]', 'sip_domains = [{ name = "contoso.com", discovery_over_http = true }]'
    )
    found = from_contoso_to(new)
    assert ("added", "lyncdiscover, without TLS") in [(rule.kind, rule.rule) for rule in found.rules]
    assert "8080" in {port.port for port in found.ports_to_open}


def test_the_same_servers_with_another_root_are_told_as_that() -> None:
    drained = from_contoso_to(example("contoso").replace("contoso-root-ca.pem", "new-root-ca.pem")).drained
    assert "clients of webext.contoso.com /*: the same servers, with another trust" in drained


SITE = """
[[publish]]
host = "intranet.contoso.com"
to = ["https://intranet.contoso.local"]
"""
LOGIN = """authentication = "ntlm"
[accounts]
source = "winbind"
domain = "CONTOSO"
keytab = "http.keytab"
"""


def test_a_site_that_gains_a_login_is_a_name_to_register_and_a_domain_to_reach() -> None:
    before, after = plan_of(example("contoso", SITE)), plan_of(example("contoso", SITE + LOGIN))
    found = changes(before, after)
    assert [one.name for one in found.principal_names_to_register] == ["HTTP/intranet.contoso.com"]
    assert {"88", "389", "445"} <= {port.port for port in found.ports_to_open}
    assert ("intranet.contoso.com", "logins: at the proxy with the accounts CONTOSO, before pass-through") in [
        (rule.rule, rule.how) for rule in found.rules
    ]
    back = changes(after, before)
    assert [one.name for one in back.principal_names_to_remove] == ["HTTP/intranet.contoso.com"]


def test_another_group_is_told_as_that() -> None:
    staff = SITE + LOGIN.replace("[accounts]", 'allowed_groups = ["Staff"]\n[accounts]')
    (rule,) = changes(plan_of(example("contoso", SITE + LOGIN)), plan_of(example("contoso", staff))).rules
    assert "groups CONTOSO\\Staff" in rule.how

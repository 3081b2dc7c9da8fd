"""How rules have clients log in: who asks, by which accounts, and what each listener adds."""

from __future__ import annotations

from bridgehead.planning.publishing import proxy_spec
from bridgehead.spec import Forward, Login, ProxySpec, Rule
from bridgehead.topology.file import parse
from tests.planning.deployments import example

SITE = """
[[publish]]
host = "intranet.contoso.com"
to = ["https://intranet.contoso.local"]
"""
NTLM = 'authentication = "ntlm"\n'
DOMAIN = '[accounts]\nsource = "winbind"\ndomain = "contoso"\ndns_domain = "contoso.com"\ncomputer = "proxy01"\n'
INSIDE = '[[listener]]\nname = "inside"\naddress = "192.0.2.1:443"\n'
OUTSIDE = '[[listener]]\nname = "outside"\naddress = "198.51.100.1:443"\n'
PLAIN = '[[listener]]\nname = "plain"\naddress = "0.0.0.0:80"\n'


def spec_of(more: str, text: str | None = None) -> ProxySpec:
    return proxy_spec(parse((text or example("contoso")) + more, "bridgehead.toml").topology)


def rules_for(spec: ProxySpec, host: str) -> list[Rule]:
    return [rule for rule in spec.rules if host in rule.hosts and rule.action.kind == "forward"]


def action(rule: Rule) -> Forward:
    assert isinstance(rule.action, Forward)
    return rule.action


def login(spec: ProxySpec, host: str = "intranet.contoso.com") -> Login:
    (rule,) = rules_for(spec, host)
    found = action(rule).login
    assert found is not None
    assert "log in to the proxy" in rule.because
    return found


def test_a_site_asks_as_the_file_says() -> None:
    words = 'channel_binding = "require"\nsite_sees = "header"\nuser_header = "X-User"\nchallenges = "NTLM"\n'
    found = login(spec_of(SITE + NTLM + words + DOMAIN))
    assert (found.accounts, found.schemes, found.channel_binding) == ("contoso", ("NTLM",), "require")
    assert (found.site_sees, found.header) == ("header", "X-User")


def test_users_and_groups_get_the_domain_of_their_source() -> None:
    words = "allowed_users = ['alice', 'fabrikam\\bob']\nallowed_groups = ['Staff', 'S-1-5-21-1-2-3-512']\n"
    found = login(spec_of(SITE + NTLM + words + DOMAIN))
    assert found.users == (r"CONTOSO\alice", r"FABRIKAM\bob")
    assert found.groups == (r"CONTOSO\Staff", "S-1-5-21-1-2-3-512")


def test_groups_of_a_file_have_no_domain() -> None:
    words = "allowed_groups = ['PARTNERS\\Buyers', 'Sellers']\n"
    source = '[accounts]\nsource = "file"\nfile = "partners.toml"\ndomain = "PARTNERS"\n'
    spec = spec_of(SITE + NTLM + words + source)
    assert login(spec).groups == ("Buyers", "Sellers")
    assert spec.accounts[0].file == "partners.toml"


def test_a_source_says_the_names_that_windows_expects() -> None:
    (source,) = spec_of(SITE + NTLM + DOMAIN).accounts
    assert (source.domain, source.dns_domain) == ("CONTOSO", "contoso.com")
    assert (source.computer, source.dns_computer) == ("PROXY01", "proxy01.contoso.com")


def test_sources_that_nothing_asks_are_not_run() -> None:
    assert spec_of(SITE + DOMAIN).accounts == ()


def test_a_listener_asks_for_what_has_no_word_of_its_own() -> None:
    quiet = '[[publish]]\nhost = "open.contoso.com"\nto = ["https://open.local"]\nauthentication = "pass-through"\n'
    spec = spec_of(SITE + quiet + OUTSIDE + NTLM + DOMAIN)
    assert login(spec).accounts == "contoso"
    assert [action(rule).authentication for rule in rules_for(spec, "open.contoso.com")] == ["pass-through"]


def test_one_name_on_listeners_that_ask_differently_is_two_rules() -> None:
    spec = spec_of(SITE + INSIDE + OUTSIDE + NTLM + PLAIN + DOMAIN)
    assert {
        rule.listeners: (rule.name, action(rule).authentication) for rule in rules_for(spec, "intranet.contoso.com")
    } == {
        ("inside",): ("intranet.contoso.com on inside", "pass-through"),
        ("outside",): ("intranet.contoso.com on outside", "ntlm"),
    }
    assert len({action(rule).pool for rule in rules_for(spec, "intranet.contoso.com")}) == 1


def test_simple_urls_and_discovery_are_asked_before_their_pool() -> None:
    text = example("contoso").replace('role = "front-end"', f'role = "front-end"\n{NTLM}', 1)
    text = text.replace("[simple_urls]\n", '[simple_urls]\nauthentication = "pass-through"\n')
    spec = spec_of('[discovery]\nauthentication = "none"\npool = "webext.contoso.com"\n' + DOMAIN, text)
    assert login(spec, "webext.contoso.com").accounts == "contoso"
    assert [action(rule).authentication for rule in rules_for(spec, "meet.contoso.com")] == ["pass-through"]
    assert [action(rule).authentication for rule in rules_for(spec, "lyncdiscover.contoso.com")] == ["none"]


def test_discovery_without_tls_is_never_asked_to_log_in() -> None:
    text = example("contoso").replace(
        'sip_domains = ["contoso.com"]', 'sip_domains = [{ name = "contoso.com", discovery_over_http = true }]'
    )
    spec = spec_of(OUTSIDE + NTLM + PLAIN + NTLM + DOMAIN, text)
    assert {rule.listeners: action(rule).authentication for rule in rules_for(spec, "lyncdiscover.contoso.com")} == {
        ("outside",): "ntlm",
        ("plain",): "none",
    }


def test_the_shield_is_turned_off_where_the_file_says() -> None:
    spec = spec_of(SITE + "shield = false\n[shield]\nlockout_threshold = 7\nblocked_accounts = 'Administrator'\n")
    assert [action(rule).shield for rule in rules_for(spec, "intranet.contoso.com")] == [False]
    assert [action(rule).shield for rule in rules_for(spec, "webext.contoso.com")] == [True]
    assert (spec.shield.lockout_threshold, spec.shield.blocked_accounts) == (7, ("Administrator",))

"""What is published, from the file to the rules. `GOLDEN=write pytest tests/planning` writes the golden files anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.cli.tables import spec_as_text
from bridgehead.planning.integrity import broken_references
from bridgehead.planning.publishing import proxy_spec
from bridgehead.problems import ProblemsFound
from bridgehead.spec import Forward, Limits, ProxySpec, RedirectToTls, Refuse, Rule
from bridgehead.topology.consistency import inconsistencies
from bridgehead.topology.file import parse
from bridgehead.topology.limits import Limits as FileLimits
from bridgehead.topology.model import Topology

EXAMPLES = Path(__file__).parents[2] / "examples"
GOLDEN = Path(__file__).parent / "golden"

CONTOSO = """
sip_domains = ["contoso.com"]
[simple_urls]
dialin = "https://dialin.contoso.com"
meet."contoso.com" = "https://meet.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
[certificate.public]
chain = "chain.pem"
key = "key.pem"
"""


def spec_of(text: str, interfaces: dict[str, tuple[str, ...]] | None = None) -> ProxySpec:
    return proxy_spec(parse(text, "bridgehead.toml", interfaces=interfaces).topology, interfaces)


def chosen(spec: ProxySpec, host: str, path: str, *, tls: bool) -> Rule | None:
    """The rule that the longest match chooses, worked out anew and simply."""
    names = {listener.name for listener in spec.listeners if listener.tls is tls}
    fitting = [
        rule
        for rule in spec.rules
        if names & set(rule.listeners)
        and host in rule.hosts
        and (rule.path == path or (rule.path.endswith("/*") and f"{path}/".startswith(rule.path.removesuffix("*"))))
    ]
    return max(fitting, key=lambda rule: len(rule.path), default=None)


def forwarded(spec: ProxySpec, host: str, path: str = "/", *, tls: bool = True) -> Forward:
    rule = chosen(spec, host, path, tls=tls)
    assert rule is not None
    assert isinstance(rule.action, Forward)
    return rule.action


def bridge(spec: ProxySpec, host: str, path: str = "/", *, tls: bool) -> tuple[bool, list[int]]:
    """Whether the servers are reached over TLS, and their ports."""
    name = forwarded(spec, host, path, tls=tls).pool
    pool = next(pool for pool in spec.pools if pool.name == name)
    return pool.tls, [server.port for server in pool.servers]


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_an_example_publishes_what_its_golden_table_shows(name: str) -> None:
    text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    shown = spec_as_text(spec_of(text))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_the_same_file_gives_the_same_spec_and_json_gives_it_back(name: str) -> None:
    text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    spec = spec_of(text)
    assert spec == spec_of(text)
    assert spec.model_dump_json() == spec_of(text).model_dump_json()
    assert ProxySpec.model_validate_json(spec.model_dump_json()) == spec
    assert broken_references(spec) == []


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_every_rule_says_why_it_exists_and_which_document_asks_for_it(name: str) -> None:
    spec = spec_of((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    assert [rule.name for rule in spec.rules if not rule.because] == []
    assert [
        rule.name for rule in spec.rules if rule.action.kind == "forward" and "Lync Server 2013" not in rule.because
    ] == []


def test_443_is_bridged_to_4443_and_office_web_apps_to_443() -> None:
    spec = spec_of(
        CONTOSO + '[[pool]]\nrole = "office-web-apps"\nexternal_fqdn = "owa.contoso.com"\nservers = ["owa01"]'
    )
    assert bridge(spec, "webext.contoso.com", "/abs/handler", tls=True) == (True, [4443])
    assert bridge(spec, "owa.contoso.com", "/hosting/discovery", tls=True) == (True, [443])


def test_ports_can_be_changed_for_a_pool_and_for_a_server() -> None:
    servers = '["a", {name = "b", port = 4446, http_port = 8082}]'
    text = CONTOSO.replace(
        '["fe01.contoso.local"]', f'{servers}\nhttps_port = 4444\nhttp_port = 8081\nrequire_tls = "off"'
    )
    spec = spec_of(text)
    assert bridge(spec, "webext.contoso.com", tls=True) == (True, [4444, 4446])
    assert bridge(spec, "webext.contoso.com", tls=False) == (False, [8081, 8082])


SITE = '\n[[publish]]\nhost = "site.contoso.com"\nto = "{scheme}://site.local"\nrequire_tls = "off"\n'


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
@pytest.mark.parametrize("tls", [True, False])
def test_all_four_bridges_can_be_expressed(scheme: str, port: int, *, tls: bool) -> None:
    spec = spec_of(CONTOSO + SITE.format(scheme=scheme))
    assert bridge(spec, "site.contoso.com", tls=tls) == (scheme == "https", [port])


@pytest.mark.parametrize(
    "host", ["webext.contoso.com", "meet.contoso.com", "dialin.contoso.com", "lyncdiscover.contoso.com"]
)
@pytest.mark.parametrize("path", ["/Cscp", "/Cscp/default.aspx", "/OcsPowerShell"])
def test_directories_that_are_internal_by_design_are_refused_on_every_lync_name(host: str, path: str) -> None:
    rule = chosen(spec_of(CONTOSO), host, path, tls=True)
    assert rule is not None
    assert isinstance(rule.action, Refuse)
    assert "internal by design" in rule.action.reason


def test_one_line_opens_a_directory_and_leaves_the_other_closed() -> None:
    spec = spec_of(CONTOSO.replace('"front-end"', '"front-end"\nopen_directories = "/Cscp"'))
    assert forwarded(spec, "webext.contoso.com", "/Cscp").pool == "webext.contoso.com:4443"
    closed = chosen(spec, "webext.contoso.com", "/OcsPowerShell", tls=True)
    assert closed is not None
    assert isinstance(closed.action, Refuse)


def test_a_directory_that_one_listener_opens_stays_closed_on_the_others() -> None:
    text = (
        CONTOSO
        + """
[[listener]]
name = "inside"
address = "10.0.0.1:443"
[[listener]]
name = "outside"
address = "192.0.2.1:443"
[[publish]]
host = "webext.contoso.com"
paths = "/Cscp/*"
pool = "webext.contoso.com"
listeners = "inside"
"""
    )
    rules = {
        listener: rule.action.kind
        for rule in spec_of(text).rules
        if rule.path == "/Cscp/*" and "webext.contoso.com" in rule.hosts
        for listener in rule.listeners
    }
    assert rules == {"inside": "forward", "outside": "refuse"}


def test_office_web_apps_has_no_directories_of_lync_to_close() -> None:
    spec = spec_of(
        CONTOSO + '[[pool]]\nrole = "office-web-apps"\nexternal_fqdn = "owa.contoso.com"\nservers = ["owa01"]'
    )
    assert forwarded(spec, "owa.contoso.com", "/Cscp").pool == "owa.contoso.com:443"


DIRECTOR = '\n[[pool]]\nrole = "director"\nexternal_fqdn = "webdirext.contoso.com"\nservers = ["dir01"]\n'


@pytest.mark.parametrize("host", ["meet.contoso.com", "dialin.contoso.com", "lyncdiscover.contoso.com"])
def test_a_director_answers_simple_urls_and_discovery(host: str) -> None:
    assert forwarded(spec_of(CONTOSO + DIRECTOR), host).pool == "webdirext.contoso.com:4443"


def test_a_director_that_is_not_published_answers_nothing() -> None:
    spec = spec_of(CONTOSO + DIRECTOR + "published = false\n")
    assert forwarded(spec, "meet.contoso.com").pool == "webext.contoso.com:4443"
    assert chosen(spec, "webdirext.contoso.com", "/", tls=True) is None


def test_the_file_can_say_which_pool_answers_which_simple_url_and_discovery() -> None:
    text = CONTOSO.replace(
        '"https://dialin.contoso.com"', '{active = "https://dialin.contoso.com", pool = "webext.contoso.com"}'
    )
    spec = spec_of(text + DIRECTOR + '[discovery]\npool = "webext.contoso.com"\n')
    assert forwarded(spec, "dialin.contoso.com").pool == "webext.contoso.com:4443"
    assert forwarded(spec, "lyncdiscover.contoso.com").pool == "webext.contoso.com:4443"
    assert forwarded(spec, "meet.contoso.com").pool == "webdirext.contoso.com:4443"


def test_of_a_shared_host_only_the_directories_are_published() -> None:
    spec = spec_of(CONTOSO.replace("meet.contoso.com", "lync.contoso.com/contoso/Meet"))
    assert forwarded(spec, "lync.contoso.com", "/contoso/Meet/kim/4711")
    assert chosen(spec, "lync.contoso.com", "/abs", tls=True) is None


def test_the_admin_url_is_refused_on_a_shared_host() -> None:
    text = CONTOSO.replace("meet.contoso.com", "lync.contoso.com/Meet")
    spec = spec_of(text.replace("[simple_urls]", '[simple_urls]\nadmin = "https://lync.contoso.com/Admin"'))
    rule = chosen(spec, "lync.contoso.com", "/Admin", tls=True)
    assert rule is not None
    assert isinstance(rule.action, Refuse)


def test_older_meet_urls_are_still_published() -> None:
    urls = '["https://join.contoso.com", "https://meet.contoso.com"]'
    spec = spec_of(CONTOSO.replace('"https://meet.contoso.com"', urls))
    assert forwarded(spec, "meet.contoso.com").pool == forwarded(spec, "join.contoso.com").pool


def test_discovery_is_not_served_without_tls_unless_the_file_accepts_it() -> None:
    rule = chosen(spec_of(CONTOSO), "lyncdiscover.contoso.com", "/", tls=False)
    assert rule is not None
    assert isinstance(rule.action, RedirectToTls)


OVER_HTTP = CONTOSO.replace(
    '["contoso.com"]', '[{ name = "contoso.com", discovery_over_http = true }, "fabrikam.com"]'
).replace('meet."contoso.com"', 'meet."fabrikam.com" = "https://meet.fabrikam.com"\nmeet."contoso.com"')


def test_discovery_without_tls_goes_to_8080_and_nobody_can_authenticate_there() -> None:
    spec = spec_of(OVER_HTTP)
    assert bridge(spec, "lyncdiscover.contoso.com", tls=False) == (False, [8080])
    assert forwarded(spec, "lyncdiscover.contoso.com", tls=False).authentication == "none"
    assert forwarded(spec, "lyncdiscover.contoso.com", tls=True).authentication == "pass-through"


@pytest.mark.parametrize(
    "host", ["lyncdiscover.fabrikam.com", "webext.contoso.com", "meet.contoso.com", "meet.fabrikam.com"]
)
def test_every_other_name_without_tls_is_led_to_https(host: str) -> None:
    rule = chosen(spec_of(OVER_HTTP), host, "/", tls=False)
    assert rule is not None
    assert rule.action == RedirectToTls(port=443)


def test_internal_directories_are_closed_for_discovery_without_tls_too() -> None:
    rule = chosen(spec_of(OVER_HTTP), "lyncdiscover.contoso.com", "/Cscp", tls=False)
    assert rule is not None
    assert isinstance(rule.action, Refuse)


def test_opening_a_pool_without_tls_does_not_open_discovery() -> None:
    spec = spec_of(OVER_HTTP.replace('"front-end"', '"front-end"\nrequire_tls = "off"'))
    assert bridge(spec, "webext.contoso.com", tls=False) == (False, [8080])
    rule = chosen(spec, "lyncdiscover.fabrikam.com", "/", tls=False)
    assert rule is not None
    assert isinstance(rule.action, RedirectToTls)


def test_tls_can_be_required_by_refusing_for_a_listener_and_for_a_rule() -> None:
    plain = '\n[[listener]]\naddress = "0.0.0.0:443"\n[[listener]]\naddress = "0.0.0.0:80"\n'
    by_listener = spec_of(CONTOSO + plain + 'require_tls = "refuse"\n')
    by_rule = spec_of(CONTOSO.replace('"front-end"', '"front-end"\nrequire_tls = "refuse"') + plain)
    for spec in (by_listener, by_rule):
        rule = chosen(spec, "webext.contoso.com", "/abs", tls=False)
        assert rule is not None
        assert isinstance(rule.action, Refuse)


def test_a_redirection_names_the_port_that_clients_reach_through_nat() -> None:
    listeners = """
[[listener]]
address = "10.0.0.1:8443"
public_address = "203.0.113.1:443"
[[listener]]
address = "10.0.0.1:8000"
tls = false
"""
    rule = chosen(spec_of(CONTOSO + listeners), "webext.contoso.com", "/", tls=False)
    assert rule is not None
    assert rule.action == RedirectToTls(port=443)


def test_an_interface_stands_for_all_its_addresses() -> None:
    listener = '\n[[listener]]\ninterface = "eth0"\nport = 443\n'
    spec = spec_of(CONTOSO + listener, {"eth0": ("192.0.2.1", "2001:db8::1")})
    assert [(one.host, one.port, one.tls) for one in spec.listeners] == [
        ("192.0.2.1", 443, True),
        ("2001:db8::1", 443, True),
    ]
    assert set(spec.rules[0].listeners) == {one.name for one in spec.listeners}


def test_an_interface_that_is_not_there_is_a_problem() -> None:
    topology = Topology.model_validate({"listener": [{"interface": "eth7", "port": 443}]})
    with pytest.raises(ProblemsFound, match="eth7"):
        proxy_spec(topology, {"eth0": ("192.0.2.1",)})


def test_relayed_sites_are_chosen_by_name_and_never_decrypted() -> None:
    spec = spec_of(CONTOSO + '\n[[relay]]\nhost = "own.contoso.com"\nto = "own.local:8443"\n')
    rule = chosen(spec, "own.contoso.com", "/", tls=True)
    assert rule is not None
    assert rule.action.kind == "relay"
    assert next(pool for pool in spec.pools if pool.name == rule.action.pool).tls is False
    plain = chosen(spec, "own.contoso.com", "/", tls=False)
    assert plain is not None
    assert isinstance(plain.action, RedirectToTls)


def test_sites_with_the_same_servers_share_a_pool_so_that_clients_log_in_once() -> None:
    site = '\n[[publish]]\nhost = "mail.contoso.com"\npaths = "{path}"\nto = "https://ex01"\n'
    spec = spec_of(CONTOSO + site.format(path="/owa/*") + site.format(path="/EWS/*"))
    assert forwarded(spec, "mail.contoso.com", "/owa").pool == forwarded(spec, "mail.contoso.com", "/EWS").pool


def test_one_name_can_lead_to_different_servers_on_different_listeners() -> None:
    text = CONTOSO
    for name, address in (("inside", "10.0.0.1"), ("outside", "192.0.2.1")):
        text += f'[[listener]]\nname = "{name}"\naddress = "{address}:443"\n'
        text += f'[[publish]]\nhost = "a.contoso.com"\nto = "https://{name}.local"\nlisteners = "{name}"\n'
    spec = spec_of(text)
    assert broken_references(spec) == []
    hosts = {pool.name: pool.servers[0].host for pool in spec.pools}
    led = {
        listener: hosts[rule.action.pool]
        for rule in spec.rules
        if isinstance(rule.action, Forward) and rule.hosts == ("a.contoso.com",)
        for listener in rule.listeners
    }
    assert led == {"inside": "inside.local", "outside": "outside.local"}


def test_a_listener_without_a_name_is_named_by_its_address() -> None:
    spec = spec_of(CONTOSO + SITE.format(scheme="https") + 'listeners = "0.0.0.0:443"\n')
    assert {rule.listeners for rule in spec.rules if "site.contoso.com" in rule.hosts} == {("0.0.0.0:443",)}


def test_handling_is_per_rule() -> None:
    site = """
[[publish]]
host = "a.contoso.com"
to = "https://a.local"
authentication = "none"
host_header = "inside.contoso.com"
forwarded_fields = "remove"
body_bytes = 1000
"""
    action = forwarded(spec_of(CONTOSO + site), "a.contoso.com")
    assert (action.authentication, action.host_header, action.forwarded_fields, action.body_bytes) == (
        "none",
        "inside.contoso.com",
        "remove",
        1000,
    )
    usual = forwarded(spec_of(CONTOSO), "webext.contoso.com")
    assert (usual.authentication, usual.host_header) == ("pass-through", None)


def test_nothing_of_what_is_not_published_reaches_the_proxy() -> None:
    text = CONTOSO.replace('"front-end"', '"front-end"\npublished = false')
    spec = spec_of(
        text.replace("[simple_urls]", "[simple_urls]\npublished = false") + "[discovery]\npublished = false\n"
    )
    assert spec.rules == ()
    assert spec.pools == ()


def test_the_limits_of_the_file_are_those_of_the_proxy() -> None:
    # The file has its own model, with words for people; this keeps the two from drifting apart.
    assert FileLimits().model_dump() == Limits().model_dump()
    assert spec_of(CONTOSO + "[limits]\nhead_bytes = 1234\n").limits == Limits(head_bytes=1234)


labels = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@given(st.lists(labels, min_size=1, max_size=6, unique=True), st.booleans())
def test_whatever_the_sip_domains_each_is_discovered_and_met_once(names: list[str], over_http: bool) -> None:
    domains = [f"{name}.example" for name in names]
    topology = Topology.model_validate(
        {
            "sip_domains": [{"name": domain, "discovery_over_http": over_http} for domain in domains],
            "simple_urls": {"meet": {domain: f"https://meet.{domain}" for domain in domains}},
            "pool": [{"role": "front-end", "external_fqdn": "webext.contoso.com", "servers": ["fe01"]}],
            "certificate": {"public": {"chain": "chain.pem", "key": "key.pem"}},
        }
    )
    assert inconsistencies(topology) == []
    spec = proxy_spec(topology)
    assert broken_references(spec) == []
    for domain in domains:
        assert forwarded(spec, f"meet.{domain}").pool == "webext.contoso.com:4443"
        assert forwarded(spec, f"lyncdiscover.{domain}").pool == "webext.contoso.com:4443"
    assert ProxySpec.model_validate_json(spec.model_dump_json()) == spec

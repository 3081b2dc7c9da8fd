from __future__ import annotations

import pytest

from bridgehead import spec
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.routing import PathPattern, RoutingTable, Site
from bridgehead.proxy.rules import PublishingRule


def rule(path: str, *hosts: str) -> PublishingRule:
    action = spec.RedirectToTls()  # it only has to be found
    return PublishingRule(
        spec.Rule(name=path, listeners=("l",), hosts=hosts or ("a.test",), path=path, action=action), {}
    )


def site(*paths: str) -> Site:
    return Site(rule(path) for path in paths)


def chosen(one: Site, target: str) -> str | Refusal:
    found = one.rule_for(target.encode())
    return found if isinstance(found, Refusal) else found.path


# Patterns


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/*", "/", True),
        ("/*", "/anything/at/all", True),
        ("/ucwa/*", "/ucwa", True),
        ("/ucwa/*", "/ucwa/", True),
        ("/ucwa/*", "/ucwa/v1", True),
        ("/UCWA/*", "/ucwa/v1", True),
        ("/ucwa/*", "/ucwax", False),
        ("/ucwa/*", "/ucw", False),
        ("/ucwa/*", "/x/ucwa", False),
        ("/abs/handler", "/abs/handler", True),
        ("/abs/handler", "/abs/handler/x", False),
        ("/abs/handler", "/abs/handlers", False),
        ("/", "/", True),
        ("/", "/x", False),
    ],
)
def test_a_pattern_is_a_directory_or_one_path(pattern: str, path: str, matches: bool) -> None:
    assert PathPattern(pattern).matches(path) is matches


# Sites


def test_the_longest_pattern_wins_in_whatever_order_it_is_given() -> None:
    for paths in (("/*", "/abs/*", "/abs/handler/*"), ("/abs/handler/*", "/abs/*", "/*")):
        one = site(*paths)
        assert chosen(one, "/ABS/Handler/x") == "/abs/handler/*"
        assert chosen(one, "/abs/other") == "/abs/*"
        assert chosen(one, "/absolute") == "/*"
        assert chosen(one, "/") == "/*"


def test_one_exact_path_goes_before_the_directory_of_the_same_name() -> None:
    one = site("/abs/*", "/abs")
    assert chosen(one, "/abs") == "/abs"
    assert chosen(one, "/abs/") == "/abs/*"


def test_a_refused_page_is_refused_with_its_path_information() -> None:
    """ASP.NET runs the page for `/settings.aspx/anything` as well."""
    action = spec.Refuse(reason="administration")
    page = PublishingRule(
        spec.Rule(name="page", listeners=("l",), hosts=("a.test",), path="/settings.aspx", action=action), {}
    )
    one = Site([rule("/*"), page])
    for target in ("/settings.aspx", "/Settings.aspx/", "/settings.aspx/foo", "/settings.aspx?x"):
        assert chosen(one, target) == "/settings.aspx"
    assert chosen(one, "/settings.aspx2") == "/*"


def test_a_session_in_the_path_hides_no_directory() -> None:
    one = site("/*", "/cscp/*")
    assert chosen(one, "/(S(lit3py55t21z5v55))/cscp/x") is Refusal.PATH_AMBIGUOUS
    assert chosen(one, "/meet/(a)") == "/*"


def test_the_query_chooses_nothing() -> None:
    assert chosen(site("/a/*", "/b/*"), "/a/x?/../b/y") == "/a/*"
    assert chosen(site("/a/*", "/b/*"), "/a?%2f%5c") == "/a/*"


def test_what_no_rule_names_is_not_published() -> None:
    assert chosen(site("/a/*", "/b/*"), "/c") is Refusal.UNKNOWN_PATH
    assert chosen(site("/a/*"), "/c") is Refusal.UNKNOWN_PATH


def test_the_server_as_a_whole_belongs_to_who_has_its_root() -> None:
    assert chosen(site("/*", "/a/*"), "*") == "/*"
    assert chosen(site("/a/*", "/b/*"), "*") is Refusal.UNKNOWN_PATH


# Ambiguity

CROSSING = [
    "/public/../cscp/x", "/public/..%2fcscp", "/public/..%5ccscp", "/public\\..\\cscp", "/%2e%2e/cscp", "/%63scp",
    "/%2563scp", "/%u0063scp", "/cscp./", "/cscp.", "/cscp%20", "/cscp;x=1", "/cscp;x/y", "//cscp", "/./cscp",
    "/%ef%bd%83scp", "/%uff43scp", "/cscp%00", "/public/%252e%252e/cscp/x", "/cscp::$DATA", "/CSCP%2fx", "/cscp%5cx",
]  # fmt: skip


@pytest.mark.parametrize("target", CROSSING)
def test_a_path_that_may_lead_into_another_rule_is_refused(target: str) -> None:
    assert chosen(site("/*", "/cscp/*"), target) is Refusal.PATH_AMBIGUOUS


@pytest.mark.parametrize("target", CROSSING)
def test_a_path_that_may_lead_out_of_what_is_published_is_refused(target: str) -> None:
    assert chosen(site("/cscp/*"), target) in (Refusal.PATH_AMBIGUOUS, Refusal.UNKNOWN_PATH)


@pytest.mark.parametrize("target", CROSSING)
def test_the_same_path_is_taken_where_all_readings_have_one_rule(target: str) -> None:
    assert chosen(site("/*"), target) == "/*"
    assert chosen(site("/*", "/elsewhere/*"), target) == "/*"


@pytest.mark.parametrize(
    "target", ["/cscp/a%2fb", "/cscp/%7euser", "/cscp/a;b", "/cscp/..%2fcscp/x", "/CSCP/%ff", "/cscp/a//b"]
)
def test_an_unusual_path_within_one_rule_is_taken(target: str) -> None:
    assert chosen(site("/*", "/cscp/*"), target) == "/cscp/*"


# Hosts


@pytest.fixture
def table() -> RoutingTable:
    return RoutingTable([rule("/*", "a.test"), rule("/b/*", "b.test"), rule("/any/*", "*")])


def test_the_host_chooses_the_site(table: RoutingTable) -> None:
    found = table.route(None, "a.test", b"/b/x")
    assert isinstance(found, PublishingRule)
    assert found.path == "/*"


def test_a_host_that_no_rule_names_gets_the_rules_for_every_other(table: RoutingTable) -> None:
    found = table.route(None, "unheard.test", b"/any/x")
    assert isinstance(found, PublishingRule)
    assert found.path == "/any/*"


def test_the_rules_for_every_other_host_add_nothing_to_one_that_has_its_own(table: RoutingTable) -> None:
    assert table.route(None, "b.test", b"/any/x") is Refusal.UNKNOWN_PATH


def test_without_such_rules_another_host_is_unknown() -> None:
    assert RoutingTable([rule("/*", "a.test")]).route(None, "b.test", b"/") is Refusal.UNKNOWN_HOST


def test_a_host_other_than_the_connection_asked_for_is_misdirected(table: RoutingTable) -> None:
    """RFC 9110 15.5.20."""
    assert table.route("b.test", "a.test", b"/") is Refusal.MISDIRECTED
    assert isinstance(table.route("a.test", "a.test", b"/"), PublishingRule)
    assert isinstance(table.route(None, "a.test", b"/"), PublishingRule)

from __future__ import annotations

from bridgehead.verify.isolation.report import Evidence, IsolationReport, Played, RuleResult
from bridgehead.verify.output.isolation_page import as_isolation_page
from tests.reports.test_page import Page
from tests.verify.output.reports import HOSTILE

REPORT = IsolationReport(
    url="https://webext.contoso.com/abs/",
    users=(r"CONTOSO\alice", r"CONTOSO\bob"),
    tells_by="X-Lab-User",
    rules=(
        RuleResult(
            number=2,
            title="A connection is never lent",
            verdict="broken",
            sentence="stranger-9 was answered as alice",
            evidence=(Evidence(sentence="the proof", transcript=("stranger-9 < 200", HOSTILE)),),
        ),
        RuleResult(number=3, title="The key is the connection", verdict="held", sentence="many at once"),
        RuleResult(number=4, title="Each service has its own", verdict="unseen", sentence="it takes two services"),
    ),
    scenarios=(Played(title="many at once", ended="out of time", transcript=("alice-1 > GET /",)),),
    connections=40,
    logins=12,
    entered=(r"CONTOSO\alice", r"CONTOSO\bob"),
    seconds=3.5,
)
PAGE = as_isolation_page(REPORT)


def test_the_page_is_whole_and_asks_for_nothing_else() -> None:
    page = Page(PAGE)
    assert page.open == []
    assert [value for _, name, value in page.attributes if name == "href" and not value.startswith("#")] == []
    assert [one for one in page.attributes if one[1] == "src"] == []


def test_every_rule_is_there_with_its_verdict_and_its_proof() -> None:
    for words in (
        "1 rule is broken",
        "stranger-9 was answered as alice",
        "stranger-9 &lt; 200",
        "it takes two services",
    ):
        assert words in PAGE
    places = [value for _, name, value in Page(PAGE).attributes if name == "id"]
    assert {"rule2", "rule3", "rule4"} <= set(places)


def test_every_conversation_is_there() -> None:
    assert "alice-1 &gt; GET /" in PAGE
    assert "out of time" in PAGE


def test_markup_of_a_server_is_text() -> None:
    assert PAGE.count("<script") == 1
    assert "\x1b" not in PAGE


def test_where_nobody_logged_in_it_does_not_look_well() -> None:
    page = as_isolation_page(REPORT.model_copy(update={"rules": REPORT.rules[1:], "logins": 0}))
    assert "says nothing" in page
    assert "verdict well" not in page


def test_where_one_of_two_never_got_in_it_does_not_look_well() -> None:
    page = as_isolation_page(REPORT.model_copy(update={"rules": REPORT.rules[1:], "entered": REPORT.users[:1]}))
    assert r"CONTOSO\bob never got in" in page
    assert "verdict well" not in page

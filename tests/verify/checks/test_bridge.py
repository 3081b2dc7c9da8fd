from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.checks.bridge import root_of
from bridgehead.verify.discovery_document import JSON, ROOT
from bridgehead.verify.observing.questions import Answer, Fetch
from tests.verify.checks.recorded import (
    DISCOVERY,
    MEET,
    POOL,
    answer,
    judged,
    no_answer,
)

if TYPE_CHECKING:
    pass

EXTERNAL = "https://webext.contoso.com/Autodiscover/AutodiscoverService.svc/root/user"
INVALID_HOST = answer(400, body="<h2>Bad Request - Invalid Hostname</h2>")
OVER_HTTP = Fetch(DISCOVERY.url("/?sipuri=nobody@contoso.com", "http"), fields=JSON)
FOLLOWED = Fetch(MEET.url("/verify?from=80", "http"))


def document(location: str = "External", **links: str) -> Answer:
    listed = [{"token": token, "href": href} for token, href in (links or {"User": EXTERNAL}).items()]
    return answer(200, body=json.dumps({"AccessLocation": location, "Root": {"Links": listed}}))


def test_discovery_with_a_document_passes() -> None:
    assert judged("bridge.discovery", POOL, {root_of(POOL): document()}).status == "passed"


@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        (answer(302, "Location: https://login.contoso.net/"), "sends clients to login.contoso.net"),
        (answer(401, "WWW-Authenticate: Basic"), "pre-authenticates"),
        (answer(404), "not published"),
        (answer(502), "does not trust its certificate, or uses the wrong port"),
        (answer(504), "did not answer the proxy in time"),
        (answer(200, body="<html>IIS</html>"), "Another site answers"),
        (no_answer(), "waits"),
        (no_answer("garbage"), "not HTTP"),
        (no_answer("closed"), "without a whole answer"),
    ],
)
def test_discovery_that_fails_names_the_likely_cause(seen: Answer, cause: str) -> None:
    verdict = judged("bridge.discovery", POOL, {root_of(POOL): seen})
    assert verdict.status == "failed"
    assert cause in verdict.cause
    assert verdict.mend


def test_the_internal_web_site_is_told_by_its_port() -> None:
    verdict = judged("bridge.access-location", POOL, {root_of(POOL): document("Internal")})
    assert verdict.status == "failed"
    assert "instead of 4443" in verdict.cause


def test_internal_links_in_the_answer_fail() -> None:
    seen = {root_of(POOL): document(User="https://fe01.contoso.local/Autodiscover")}
    assert judged("bridge.links", POOL, seen).status == "failed"


def test_links_to_a_name_that_nobody_verifies_are_a_warning() -> None:
    seen = {root_of(POOL): document(User="https://webext2.contoso.com/Autodiscover")}
    verdict = judged("bridge.links", POOL, seen)
    assert verdict.status == "warning"
    assert "webext2.contoso.com" in verdict.cause


def test_internal_tokens_are_meant_to_have_internal_names() -> None:
    links = {"User": EXTERNAL, "Internal/Ucwa": "https://fe01.contoso.local/ucwa"}
    assert judged("bridge.links", POOL, {root_of(POOL): document(**links)}).status == "passed"


def test_a_host_that_windows_refuses_was_rewritten() -> None:
    verdict = judged("bridge.host", POOL, {root_of(POOL): INVALID_HOST})
    assert verdict.status == "failed"
    assert "preserveHostHeader" in verdict.mend


def test_discovery_that_answers_in_its_directory_alone_got_another_host() -> None:
    seen = {root_of(DISCOVERY): answer(404), Fetch(DISCOVERY.url(ROOT), fields=JSON): document()}
    verdict = judged("bridge.host", DISCOVERY, seen)
    assert verdict.status == "failed"
    assert "Host was replaced" in verdict.cause


def test_a_meeting_host_where_discovery_answers_is_another_site() -> None:
    seen = {Fetch(MEET.url("/")): answer(404), Fetch(MEET.url(ROOT), fields=JSON): document()}
    assert judged("bridge.host", MEET, seen).status == "failed"


def test_what_is_not_there_at_all_says_nothing_of_host() -> None:
    seen = {root_of(DISCOVERY): answer(404), Fetch(DISCOVERY.url(ROOT), fields=JSON): answer(404)}
    assert judged("bridge.host", DISCOVERY, seen).status == "passed"


def test_without_an_answer_host_is_not_judged() -> None:
    assert judged("bridge.host", POOL, {root_of(POOL): answer(502)}).status == "skipped"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(403, "passed"), (404, "passed"), (200, "failed"), (401, "failed"), (302, "failed"), (502, "unseen")],
)
def test_the_control_panel_must_be_refused(status: int, verdict: str) -> None:
    seen = {Fetch(POOL.url("/Cscp")): answer(status), Fetch(POOL.url("/OcsPowerShell")): answer(403)}
    assert judged("bridge.closed", POOL, seen).status == verdict


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (answer(200), "passed"),
        (answer(401), "passed"),
        (answer(302, "Location: /owa/auth"), "passed"),
        (answer(502), "failed"),
        (no_answer(), "failed"),
    ],
)
def test_a_site_beside_lync_answers_whatever_it_likes(seen: Answer, status: str) -> None:
    exchange = replace(POOL, host="mail.contoso.com", roles=("exchange",), paths=("/owa/*", "/EWS/*"))
    assert judged("bridge.site", exchange, {Fetch("https://mail.contoso.com/owa/"): seen}).status == status

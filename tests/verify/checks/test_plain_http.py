from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.discovery_document import JSON
from bridgehead.verify.observing.questions import Answer, Connect, Fetch
from tests.verify.checks.recorded import (
    DISCOVERY,
    MEET,
    answer,
    applies,
    connected,
    failure,
    judged,
)

if TYPE_CHECKING:
    from bridgehead.verify.targets import Target
    from bridgehead.verify.verdicts import Verdict

EXTERNAL = "https://webext.contoso.com/Autodiscover/AutodiscoverService.svc/root/user"
INVALID_HOST = answer(400, body="<h2>Bad Request - Invalid Hostname</h2>")
OVER_HTTP = Fetch(DISCOVERY.url("/?sipuri=nobody@contoso.com", "http"), fields=JSON)
FOLLOWED = Fetch(MEET.url("/verify?from=80", "http"))


def document(location: str = "External", **links: str) -> Answer:
    listed = [{"token": token, "href": href} for token, href in (links or {"User": EXTERNAL}).items()]
    return answer(200, body=json.dumps({"AccessLocation": location, "Root": {"Links": listed}}))


def over_http(seen: Answer, target: Target = DISCOVERY) -> Verdict:
    return judged(
        "bridge.discovery-http", target, {Connect(DISCOVERY.host, 80, tls=False): connected(), OVER_HTTP: seen}
    )


def test_discovery_over_http_answers_with_a_link() -> None:
    verdict = over_http(document(Redirect="https://lyncdiscover.contoso.com/Autodiscover"))
    assert verdict.status == "passed"


def test_discovery_over_http_into_another_domain_fails() -> None:
    verdict = over_http(answer(302, "Location: https://www.contoso.net/"))
    assert verdict.status == "failed"
    assert "into another domain" in verdict.cause


def test_discovery_over_http_on_the_same_name_is_a_warning_unless_the_file_has_it_so() -> None:
    seen = answer(301, "Location: https://lyncdiscover.contoso.com/")
    assert over_http(seen).status == "warning"
    assert over_http(seen, replace(DISCOVERY, over_http="redirected")).status == "passed"


def test_discovery_over_http_without_a_link_is_not_bridged_to_8080() -> None:
    verdict = over_http(document())
    assert verdict.status == "failed"
    assert "8080" in verdict.cause


def test_a_closed_port_80_is_skipped() -> None:
    seen = {Connect(DISCOVERY.host, 80, tls=False): connected().model_copy(update={"failure": failure("refused")})}
    assert judged("bridge.discovery-http", DISCOVERY, seen).status == "skipped"


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (answer(301, "Location: https://meet.contoso.com/verify?from=80"), "passed", ""),
        (answer(302, "Location: https://meet.contoso.com/"), "warning", "loses the path"),
        (answer(302, "Location: https://portal.contoso.com/"), "failed", "sends clients to portal.contoso.com"),
        (answer(302, "Location: /verify?from=80"), "failed", "in a circle"),
        (answer(200), "failed", "served without TLS"),
    ],
)
def test_port_80_is_led_to_https_on_the_same_name(seen: Answer, status: str, words: str) -> None:
    verdict = judged("bridge.redirect", MEET, {Connect(MEET.host, 80, tls=False): connected(), FOLLOWED: seen})
    assert verdict.status == status
    assert words in verdict.cause


def test_discovery_is_not_redirected_and_a_name_without_port_80_neither() -> None:
    assert applies("bridge.redirect", DISCOVERY) is False
    assert applies("bridge.redirect", replace(MEET, http_port=None)) is False

from __future__ import annotations

from dataclasses import replace

from bridgehead.verify.checks.simple_urls import DISCOVERY
from bridgehead.verify.observing.questions import Answer, Fetch
from bridgehead.verify.verdicts import Verdict
from tests.verify.checks.recorded import MEET, POOL, answer, judged

OFFICE = replace(POOL, host="officewebapps01.contoso.com", roles=("office-web-apps",))
PAGE = answer(200, "Server: Microsoft-IIS/8.5", "Content-Type: text/html", body="<html><title>Join the meeting</title>")


def wopi(url: str, zone: str = "external-https") -> Answer:
    body = f'<wopi-discovery><net-zone name="{zone}"><app><action urlsrc="{url}"/></app></net-zone></wopi-discovery>'
    return answer(200, "Content-Type: application/xml", body=body)


def office(seen: Answer) -> Verdict:
    return judged("service.office-web-apps", OFFICE, {Fetch(OFFICE.url(DISCOVERY)): seen})


def test_a_meeting_page_opens() -> None:
    verdict = judged("service.meeting-page", MEET, {Fetch(MEET.url("/")): PAGE})
    assert verdict.status == "passed"
    assert "'Join the meeting'" in verdict.seen


def test_somebody_elses_page_is_not_taken_for_lyncs() -> None:
    other = answer(200, "Server: nginx/1.22.1", "Content-Type: text/html", body="<title>It works!</title>")
    verdict = judged("service.meeting-page", MEET, {Fetch(MEET.url("/")): other})
    assert verdict.status == "warning"
    assert "Another site answers" in verdict.cause


def test_redirections_on_the_same_host_are_followed() -> None:
    seen = {Fetch(MEET.url("/")): answer(302, "Location: /start"), Fetch(MEET.url("/start")): PAGE}
    assert judged("service.meeting-page", MEET, seen).status == "passed"


def test_a_redirection_to_another_host_fails() -> None:
    verdict = judged(
        "service.meeting-page", MEET, {Fetch(MEET.url("/")): answer(302, "Location: https://sso.contoso.net/")}
    )
    assert verdict.status == "failed"
    assert "sso.contoso.net" in verdict.cause


def test_every_directory_of_a_shared_host_is_opened() -> None:
    shared = replace(MEET, host="lync.contoso.com", directories=(("meet", "/Meet"), ("meet", "/fabrikam/Meet")))
    seen = {Fetch(shared.url("/Meet/")): PAGE, Fetch(shared.url("/fabrikam/Meet/")): answer(404)}
    verdict = judged("service.meeting-page", shared, seen)
    assert verdict.status == "failed"
    assert verdict.tried == "GET https://lync.contoso.com/fabrikam/Meet/"


def test_office_web_apps_with_links_on_its_name_passes() -> None:
    assert office(wopi(f"https://{OFFICE.host}/m/Presenter.aspx")).status == "passed"


def test_office_web_apps_with_internal_links_is_a_warning() -> None:
    assert office(wopi("http://owas.contoso.local/m/Presenter.aspx", "internal-http")).status == "warning"


def test_office_web_apps_on_the_wrong_servers_fails() -> None:
    verdict = office(answer(404))
    assert verdict.status == "failed"
    assert "port 443" in verdict.cause


def test_a_document_that_declares_entities_is_none() -> None:
    assert office(answer(200, body="<!DOCTYPE x [<!ENTITY a 'b'>]><wopi-discovery/>")).status == "failed"


def test_a_document_longer_than_what_is_kept_is_read_all_the_same() -> None:
    cut = f'<wopi-discovery><net-zone name="external-https"><action urlsrc="https://{OFFICE.host}/a"/><acti'
    assert office(answer(200, body=cut)).status == "passed"

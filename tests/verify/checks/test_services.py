from __future__ import annotations

from dataclasses import replace

import pytest

from bridgehead.planning.web_services import WEB_SERVICES
from bridgehead.verify.checks.services import SERVICES, Service
from bridgehead.verify.observing.questions import Answer, Fetch
from tests.verify.checks.recorded import DISCOVERY, POOL, answer, applies, judged

IIS = "Server: Microsoft-IIS/8.5"
NTLM = ("WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM")
HTML = "Content-Type: text/html"


def verdict_of(code: str, seen: Answer) -> str:
    service = next(one for one in SERVICES if one.code == code)
    return judged(code, POOL, {Fetch(POOL.url(service.path)): seen}).status


def test_every_directory_of_the_external_web_site_has_a_check_or_is_discovery() -> None:
    paths = [service.path.lower() for service in SERVICES]
    unseen = [
        one.directory for one in WEB_SERVICES if not any(path.startswith(one.directory.lower()) for path in paths)
    ]
    assert unseen == []


@pytest.mark.parametrize(
    ("code", "seen", "status"),
    [
        ("service.address-book", answer(401, *NTLM, IIS), "passed"),
        ("service.address-book", answer(401, "WWW-Authenticate: Basic realm=proxy"), "failed"),
        ("service.address-book", answer(200, HTML), "failed"),
        ("service.group-expansion", answer(401, *NTLM), "passed"),
        ("service.web-ticket", answer(200, "Content-Type: text/xml", body="<wsdl:definitions/>"), "passed"),
        ("service.web-ticket", answer(404, HTML), "failed"),
        ("service.meet", answer(200, HTML), "passed"),
        ("service.meet", answer(200, "Content-Type: text/plain"), "failed"),
        ("service.mobility", answer(401, "X-MS-WebTicketURL: https://webext.contoso.com/WebTicket"), "passed"),
        ("service.mobility", answer(401, "WWW-Authenticate: Basic realm=proxy"), "failed"),
        ("service.meeting-content", answer(403, IIS), "passed"),
        ("service.meeting-content", answer(403, HTML), "failed"),
        ("service.whiteboards", answer(302, "Location: https://login.contoso.net/"), "failed"),
        ("service.web-app", answer(302, "Location: /lwa/start"), "passed"),
        ("service.device-update", answer(500, IIS), "failed"),
        ("service.persistent-chat", answer(404, IIS), "skipped"),
        ("service.persistent-chat", answer(404, "Server: nginx"), "failed"),
        ("service.mobility-2010", answer(404, IIS), "skipped"),
    ],
)
def test_a_service_is_judged_by_what_it_says_without_a_login(code: str, seen: Answer, status: str) -> None:
    assert verdict_of(code, seen) == status


def test_what_the_file_does_not_publish_is_skipped() -> None:
    narrow = replace(POOL, paths=("/ucwa/*", "/Autodiscover/*"))
    assert applies("service.mobility", narrow) is True
    assert applies("service.address-book", narrow) == "The file does not publish /abs/handler of this name."


def test_directors_have_no_meetings_of_their_own_and_discovery_names_no_services() -> None:
    director = replace(POOL, roles=("director",))
    assert applies("service.meeting-content", director) is False
    assert applies("service.address-book", director) is True
    assert [one.code for one in SERVICES if applies(one.code, DISCOVERY)] == []


def test_each_service_names_who_misses_it() -> None:
    def complete(service: Service) -> bool:
        return bool(service.clients and service.why)

    assert all(complete(service) for service in SERVICES)

"""Every service that Microsoft's documents list for external users, through the proxy, on its public name."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from bridgehead.lab.services.device_update import FILE

if TYPE_CHECKING:
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.ntlm_client import Scheme
    from tests.end_to_end.published_lab import PublishedLab

DISCOVERY_XML = "application/vnd.microsoft.rtc.autodiscover+xml;v=1"
DISCOVERY_JSON = "application/vnd.microsoft.rtc.autodiscover+json;v=1"
ROOT = "/Autodiscover/AutodiscoverService.svc/root"


def content(answer: Answer, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, answer
    decoded: dict[str, Any] = json.loads(answer.body)
    return decoded


def test_discovery_answers_in_json_and_in_xml(published_lab: PublishedLab) -> None:
    visitor = published_lab.https(published_lab.names.discovery)
    in_json = content(visitor.request("GET", "/", fields={"Accept": DISCOVERY_JSON}))
    in_xml = ET.fromstring(visitor.request("GET", "/", fields={"Accept": DISCOVERY_XML}).text)
    links = {link["token"]: link["href"] for link in in_json["Root"]["Links"]}
    assert links == {link.attrib["token"]: link.attrib["href"] for link in in_xml.iter("Link")}
    assert links["User"].endswith(f"{ROOT}/user")


def test_tls_is_bridged_to_the_external_web_site_and_not_its_internal_twin(published_lab: PublishedLab) -> None:
    for host in (published_lab.names.web, published_lab.names.director_web, published_lab.names.discovery):
        answer = published_lab.https(host).request("GET", ROOT)
        assert content(answer)["AccessLocation"] == "External"


def test_discovery_over_http_leads_to_https(published_lab: PublishedLab) -> None:
    answer = published_lab.http(published_lab.names.discovery).request("GET", "/", fields={"Accept": DISCOVERY_JSON})
    (link,) = content(answer)["Root"]["Links"]
    assert link["token"] == "Redirect"
    assert link["href"].startswith("https://")


def test_meeting_join_page(published_lab: PublishedLab) -> None:
    names = published_lab.names
    for host, path in ((names.meet, "/alice/ABCD1234"), (names.shared, "/Meet/alice/ABCD1234")):
        answer = published_lab.https(host).request("GET", path)
        assert answer.status == 200
        assert "Join the meeting" in answer.text


def test_dial_in_page(published_lab: PublishedLab) -> None:
    names = published_lab.names
    for host, path in ((names.dialin, "/"), (names.shared, "/Dialin")):
        answer = published_lab.https(host).request("GET", path)
        assert answer.status == 200
        assert "Dial-in conferencing" in answer.text


def test_lync_web_app(published_lab: PublishedLab) -> None:
    answer = published_lab.https(published_lab.names.web).request("GET", "/lwa/WebPages/LwaClient.aspx")
    assert answer.status == 200
    assert "Lync Web App" in answer.text


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_address_book_knows_who_asks(published_lab: PublishedLab, scheme: Scheme) -> None:
    alice = published_lab.users[0]
    visitor = published_lab.windows_client(published_lab.names.web, scheme)
    assert content(visitor.log_in(alice, "GET", "/abs/handler"))["user"] == alice.account


def test_address_book_asks_who_is_there(published_lab: PublishedLab) -> None:
    answer = published_lab.https(published_lab.names.web).request("GET", "/abs/handler")
    assert (answer.status, answer.fields.all("WWW-Authenticate")) == (401, ["Negotiate", "NTLM"])


def test_distribution_group_expansion_knows_who_asks(published_lab: PublishedLab) -> None:
    bob = published_lab.users[1]
    visitor = published_lab.windows_client(published_lab.names.web, "NTLM")
    assert content(visitor.log_in(bob, "GET", "/GroupExpansion/service.svc"))["user"] == bob.account


def test_two_users_with_ntlm_are_never_mixed(published_lab: PublishedLab) -> None:
    first, second = published_lab.users[:2]
    connections = [
        (user, published_lab.windows_client(published_lab.names.web, "NTLM")) for user in (first, second) * 3
    ]
    for user, visitor in connections:
        assert content(visitor.log_in(user, "GET", "/abs/handler"))["user"] == user.account
    for _ in range(5):
        for user, visitor in connections:
            assert content(visitor.request("GET", "/abs/handler"))["user"] == user.account
        # Somebody who never logged in gets nobody's connection.
        assert published_lab.https(published_lab.names.web).request("GET", "/abs/handler").status == 401


def test_meeting_content_goes_up_and_down_unchanged(published_lab: PublishedLab) -> None:
    visitor = published_lab.https(published_lab.names.web)
    size = 5_000_001
    down = visitor.request("GET", f"/CollabContent/slides?size={size}")
    assert len(down.body) == size
    assert hashlib.sha256(down.body).hexdigest() == down.fields.get("X-Lab-SHA256")
    by_length = content(visitor.request("POST", "/DataCollabWeb/slides", body=down.body))
    assert by_length == {"bytes": size, "sha256": down.fields.get("X-Lab-SHA256")}
    pieces = (down.body[start : start + 70_000] for start in range(0, size, 70_000))
    assert content(visitor.request("POST", "/DataCollabWeb/slides", body=pieces)) == by_length


def test_location_information(published_lab: PublishedLab) -> None:
    visitor = published_lab.https(published_lab.names.web)
    answer = visitor.request("GET", "/LocationInformation/LIService.svc/mex")
    assert answer.status == 200
    assert "LocationInformation" in answer.text
    asked = visitor.request("POST", "/LocationInformation/LIService.svc/WebTicket_Proof", body=b"<x/>")
    assert asked.status == 401
    assert asked.fields.get("X-MS-WebTicketURL").startswith(f"https://{published_lab.names.web}")


def test_device_update(published_lab: PublishedLab) -> None:
    visitor = published_lab.https(published_lab.names.web)
    offered = visitor.request("POST", "/RequestHandlerExt/ucdevice.upx", body=b"<Request/>")
    assert offered.status == 200
    update = visitor.request("GET", FILE)
    assert update.status == 200
    assert hashlib.sha256(update.body).hexdigest() in offered.text


def test_mobility_sign_in_and_event_channel(published_lab: PublishedLab) -> None:
    alice = published_lab.users[0]
    form = urlencode({"grant_type": "password", "username": alice.account, "password": alice.password}).encode()
    visitor = published_lab.https(published_lab.names.web)
    token = content(visitor.request("POST", "/WebTicket/oauthtoken", body=form))["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    user = content(visitor.request("GET", f"{ROOT}/oauth/user", fields=bearer))
    assert user["_links"]["applications"]["href"].endswith("/ucwa/oauth/v1/applications")
    application = content(visitor.request("POST", "/ucwa/oauth/v1/applications", body=b"{}", fields=bearer), 201)
    events = application["_links"]["events"]["href"]
    activity = application["_links"]["reportMyActivity"]["href"]

    # The poll is held until something happens, which comes over another connection.
    visitor.send("GET", events, fields=bearer)
    other = published_lab.https(published_lab.names.web)
    assert other.request("POST", activity, body=b"", fields=bearer).status == 204
    assert content(visitor.receive())["sender"][0]["events"][0]["link"]["rel"] == "activity"


def test_office_web_apps_discovery(published_lab: PublishedLab) -> None:
    answer = published_lab.https(published_lab.names.office).request("GET", "/hosting/discovery")
    assert answer.status == 200
    assert ET.fromstring(answer.text).tag == "wopi-discovery"


def test_control_panel_and_remote_powershell_are_refused_from_outside(published_lab: PublishedLab) -> None:
    for path in ("/Cscp", "/OcsPowerShell"):
        assert published_lab.https(published_lab.names.web).request("GET", path).status == 403

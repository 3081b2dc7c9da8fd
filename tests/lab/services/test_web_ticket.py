from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bridgehead.lab.services.autodiscover import ROOT

if TYPE_CHECKING:
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.ntlm_client import Scheme
    from tests.lab.conftest import Inside

SERVICE = "/WebTicket/WebTicketService.svc"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def asked_for(sip_address: str) -> bytes:
    return f"<Envelope><Claims><Value>sip:{sip_address}</Value></Claims></Envelope>".encode()


def token(inside: Inside, **form: str) -> Answer:
    return inside.connect().request("POST", "/WebTicket/oauthtoken", body=urlencode(form).encode(), fields=FORM)


def web_ticket(inside: Inside, scheme: Scheme = "NTLM") -> str:
    connection = inside.connect_for_login(scheme)
    answer = connection.log_in(
        inside.deployment.user("alice"), "POST", SERVICE, body=asked_for("alice@contoso.localhost")
    )
    assert answer.status == 200
    match = re.search(rb"<saml:Assertion.*</saml:Assertion>", answer.body)
    assert match
    return f"opaque={base64.b64encode(match[0]).decode()}"


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_windows_login_gets_a_ticket_that_opens_the_user_s_document(inside: Inside, scheme: Scheme) -> None:
    fields = {"X-MS-WebTicket": web_ticket(inside, scheme)}
    answer = inside.connect().request("GET", f"{ROOT}/user?sipuri=alice@contoso.localhost", fields=fields)
    assert answer.status == 200
    document = json.loads(answer.body)["User"]
    found = {link["token"]: link["href"] for link in document["Links"]}
    assert found["Ucwa"] == "https://webext.contoso.localhost:8443/ucwa/v1/applications"
    assert found["Internal/Ucwa"] == "https://pool01.contoso.internal/ucwa/v1/applications"
    assert document["SipClientExternalAccess"]["fqdn"] == "sip.contoso.localhost"


def test_a_ticket_of_one_server_is_good_at_every_other(inside: Inside) -> None:
    fields = {"X-MS-WebTicket": web_ticket(inside)}
    for server in (inside.deployment.front_ends[1], inside.deployment.director):
        assert inside.connect(site=server.external).request("GET", f"{ROOT}/user", fields=fields).status == 200


def test_nobody_gets_a_ticket_without_a_login(inside: Inside) -> None:
    assert inside.connect().request("POST", SERVICE, body=asked_for("alice@contoso.localhost")).status == 401


def test_nobody_gets_a_ticket_for_somebody_else(inside: Inside) -> None:
    connection = inside.connect_for_login()
    answer = connection.log_in(
        inside.deployment.user("bob"), "POST", SERVICE, body=asked_for("alice@contoso.localhost")
    )
    assert answer.status == 500
    assert b"Assertion" not in answer.body


@pytest.mark.parametrize(
    "ticket", ["", "opaque=", "opaque=!!!", "opaque=" + base64.b64encode(b"<Assertion/>").decode()]
)
def test_what_is_not_a_ticket_opens_nothing(inside: Inside, ticket: str) -> None:
    assert inside.connect().request("GET", f"{ROOT}/user", fields={"X-MS-WebTicket": ticket}).status == 401


def test_an_unknown_user_has_no_document(inside: Inside) -> None:
    fields = {"X-MS-WebTicket": web_ticket(inside)}
    answer = inside.connect().request("GET", f"{ROOT}/user?sipuri=nobody@contoso.localhost", fields=fields)
    assert (answer.status, answer.body) == (404, b"")


def test_a_body_with_a_document_type_is_refused(inside: Inside) -> None:
    connection = inside.connect_for_login()
    answer = connection.log_in(inside.deployment.user("bob"), "POST", SERVICE, body=b"<!DOCTYPE a><a/>")
    assert answer.status == 400


def test_a_password_gets_a_token_that_opens_the_oauth_resource(inside: Inside) -> None:
    alice = inside.deployment.user("alice")
    for name in (alice.account, "alice@contoso.localhost", "sip:alice@contoso.localhost"):
        content: dict[str, Any] = json.loads(
            token(inside, grant_type="password", username=name, password=alice.password).body
        )
        assert content["token_type"] == "Bearer"
        bearer = {"Authorization": f"Bearer {content['access_token']}"}
        answer = inside.connect().request("GET", f"{ROOT}/oauth/user", fields=bearer)
        applications = json.loads(answer.body)["_links"]["applications"]["href"]
        assert applications == "https://webext.contoso.localhost:8443/ucwa/oauth/v1/applications"


def test_a_wrong_password_gets_400_invalid_grant(inside: Inside) -> None:
    answer = token(inside, grant_type="password", username="alice", password="wrong")
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "invalid_grant"})


def test_the_windows_grant_is_behind_a_login_of_the_connection(inside: Inside) -> None:
    form = urlencode({"grant_type": "urn:microsoft.rtc:windows"}).encode()
    connection = inside.connect_for_login()
    answer = connection.log_in(inside.deployment.user("alice"), "POST", "/WebTicket/oauthtoken", body=form, fields=FORM)
    assert answer.status == 200
    assert answer.fields.get("Cache-Control") == "no-store"
    assert inside.connect().request("POST", "/WebTicket/oauthtoken", body=form, fields=FORM).status == 401


def test_an_anonymous_attendee_needs_a_conference(inside: Inside) -> None:
    grant = "urn:microsoft.rtc:anonmeeting"
    assert token(inside, grant_type=grant, ms_rtc_conferenceuri="sip:alice@contoso.localhost").status == 200
    assert token(inside, grant_type=grant).status == 400


def test_the_description_names_the_port_for_windows_logins(inside: Inside) -> None:
    answer = inside.connect().request("GET", f"{SERVICE}/mex")
    assert answer.status == 200
    assert 'name="WebTicketServiceWinNegotiate"' in answer.text

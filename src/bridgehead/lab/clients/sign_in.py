"""Signing in: a web ticket for a Windows login, or a bearer token for a password."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bridgehead.lab.clients.walk import expect, target_of

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Walk
    from bridgehead.lab.ntlm_client import Scheme
    from bridgehead.lab.users import User

_ISSUE = '"http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"'


def way_to_ticket(walk: Walk, user_url: str) -> str:
    """Ask for the user's services without a ticket; returns the URL of the web ticket service."""
    with walk.step("services, no ticket", user_url, "401 that names the web ticket service") as step:
        answer = walk.fetch(user_url)
        ticket_url = answer.fields.get("X-MS-WebTicketURL")
        expect(answer.status == 401 and ticket_url, f"{answer.status}, X-MS-WebTicketURL {ticket_url!r}")
        step.seen = "401, X-MS-WebTicketURL"
    return ticket_url


def web_ticket(walk: Walk, url: str, user: User, scheme: Scheme) -> str:
    """RST/Issue behind a Windows login; returns the ticket as the X-MS-WebTicket field has it."""
    request = _request_security_token(user.sip_address(walk.world.publication.sip_domain)).encode()
    with (
        walk.step(f"web ticket, {scheme}", url, "200 with a SAML assertion") as step,
        walk.connect_for_login(url, scheme) as connection,
    ):
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": _ISSUE}
        answer = connection.log_in(user, "POST", target_of(url), body=request, fields=fields)
        match = re.search(rb"<saml:Assertion.*</saml:Assertion>", answer.body)
        who = answer.fields.get("X-Lab-User")
        expect(answer.status == 200 and match and who == user.account, f"{answer.status}, logged in: {who or 'nobody'}")
        assert match is not None
        step.seen = f"ticket for {who}"
    return base64.b64encode(match[0]).decode()


def bearer_token(walk: Walk, oauth_url: str, user: User) -> str:
    """UCWA's sign-in with a password: the 401 names the token endpoint; returns the token."""
    with walk.step("UCWA user, no token", oauth_url, "401 with Bearer and MsRtcOAuth lines") as step:
        answer = walk.fetch(oauth_url, accept="application/json")
        lines = answer.fields.all("WWW-Authenticate")
        href = re.search(r'MsRtcOAuth href="([^"]+)"', lines[-1] if lines else "")
        expect(
            answer.status == 401 and len(lines) == 2 and href, f"{answer.status}, {len(lines)} WWW-Authenticate lines"
        )
        assert href is not None
        step.seen = "401, Bearer and MsRtcOAuth"
    with walk.step("OAuth token", href[1], "200 with an access token") as step:
        form = {"grant_type": "password", "username": user.account, "password": user.password}
        content_type = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = walk.fetch(href[1], "POST", body=urlencode(form).encode(), fields=content_type)
        expect(answer.status == 200, f"{answer.status} {answer.text[:60]}")
        token = str(json.loads(answer.body)["access_token"])
        step.seen = "200, token for eight hours"
    return token


def _request_security_token(sip_address: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<t:RequestSecurityToken xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512">'
        "<t:RequestType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</t:RequestType>"
        '<t:Claims Dialect="urn:component:Microsoft.Rtc.WebAuthentication.2010:authclaims"><auth:ClaimType '
        'xmlns:auth="http://schemas.xmlsoap.org/ws/2006/12/authorization" '
        'Uri="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/uri">'
        f"<auth:Value>sip:{sip_address}</auth:Value></auth:ClaimType></t:Claims>"
        "</t:RequestSecurityToken></s:Body></s:Envelope>"
    )

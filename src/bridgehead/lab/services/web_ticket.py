"""Sign-in: the web ticket service (MS-OCAUTHWS) and the OAuth token endpoint of UCWA."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services import soap
from bridgehead.lab.services.context import WEB_TICKET_SERVICE, json_response
from bridgehead.lab.site import Directory, behind_windows_authentication
from bridgehead.lab.tickets import LIFETIME_SECONDS
from bridgehead.lab.users import find_user

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context

_TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_NO_STORE = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class WebTicket:
    """Turns a Windows login, or a password, into a ticket that the other services accept."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where it answers."""
        return [
            Directory(f"{WEB_TICKET_SERVICE}/mex", self.metadata),
            Directory(WEB_TICKET_SERVICE, self.issue, windows_authentication=True),
            Directory("/WebTicket/oauthtoken", self.oauth_token),
        ]

    async def metadata(self, request: Request) -> Response:  # noqa: ARG002 - every handler takes the request
        """Where tickets are issued for a Windows login."""
        return soap.metadata("WebTicketServiceWinNegotiate", self._context.own_url(f"{WEB_TICKET_SERVICE}/Auth"))

    async def issue(self, request: Request) -> Response:
        """RST/Issue: a SAML assertion for the user of the connection, and for nobody else."""
        if request.method != "POST":
            return Response(405, b"", fields=[("Allow", "POST")])
        account = request.connection.authentication.user or ""
        asked = await soap.read_envelope(request)
        claim = soap.text_of(asked, "Value")
        user = find_user(self._context.users, account)
        if user is None or (claim and find_user(self._context.users, claim) != user):
            return soap.fault("The claimed SIP address does not belong to the logged-in user.")
        return soap.envelope(_issue_final(self._context.tickets.issue(user.account), soap.text_of(asked, "Address")))

    async def oauth_token(self, request: Request) -> Response:
        """A bearer token by `password`, by a Windows login of the connection, or for an anonymous attendee."""
        if request.fields.get("Authorization"):
            # The first leg of a handshake comes without a body, so the grant cannot be looked at yet.
            return await behind_windows_authentication(request, self._windows_grant)
        form = await _form(request)
        grant = form.get("grant_type", "")
        if grant == "password":
            return self._password_grant(form)
        if grant == "urn:microsoft.rtc:windows":
            return await behind_windows_authentication(request, self._windows_grant)
        if grant == "urn:microsoft.rtc:anonmeeting" and form.get("ms_rtc_conferenceuri"):
            return self._token("anonymous")
        return json_response(400, {"error": "unsupported_grant_type"}, fields=_NO_STORE)

    def _password_grant(self, form: dict[str, str]) -> Response:
        user = find_user(self._context.users, form.get("username", ""))
        if user is None or user.password != form.get("password"):
            return json_response(400, {"error": "invalid_grant"}, fields=_NO_STORE)
        return self._token(user.account)

    async def _windows_grant(self, request: Request) -> Response:
        return self._token(request.connection.authentication.user or "")

    def _token(self, account: str) -> Response:
        content = {
            "access_token": f"cwt={self._context.tickets.issue(account)}",
            "expires_in": LIFETIME_SECONDS,
            "ms_rtc_identityscope": "local",
            "token_type": "Bearer",
        }
        return json_response(200, content, fields=_NO_STORE)


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body.read()).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(body).items()}


def _issue_final(ticket: str, applies_to: str) -> str:
    now = dt.datetime.now(dt.UTC)
    end = now + dt.timedelta(seconds=LIFETIME_SECONDS)
    return (
        f'<t:RequestSecurityTokenResponseCollection xmlns:t="{_TRUST}"><t:RequestSecurityTokenResponse>'
        "<t:TokenType>http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1</t:TokenType>"
        f'<t:Lifetime xmlns:u="{_UTILITY}"><u:Created>{_stamp(now)}</u:Created><u:Expires>{_stamp(end)}</u:Expires>'
        f"</t:Lifetime><t:RequestedSecurityToken>{assertion(ticket)}</t:RequestedSecurityToken>"
        f"<t:AppliesTo>{applies_to}</t:AppliesTo>"
        "</t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>"
    )


def assertion(ticket: str) -> str:
    """The SAML 1.1 assertion that carries a ticket; unsigned, which only a laboratory may do."""
    return (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1" MinorVersion="1" '
        f'AssertionID="{ticket}"></saml:Assertion>'
    )


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

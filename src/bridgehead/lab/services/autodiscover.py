"""Lync Discover: where a user's services are (MS-OCDISCWS; "Understanding Autodiscover"; UCWA "RootURL")."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services.context import json_response
from bridgehead.lab.services.ucwa import APPLICATIONS
from bridgehead.lab.site import Directory
from bridgehead.lab.users import find_user

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context

SERVICE = "/Autodiscover/AutodiscoverService.svc"
ROOT = f"{SERVICE}/root"
XFRAME = "/Autodiscover/XFrame/XFrame.html"
_JSON = "application/vnd.microsoft.rtc.autodiscover+json;v=1"
_XML = "application/vnd.microsoft.rtc.autodiscover+xml;v=1"

Links = list[tuple[str, str]]


class Autodiscover:
    """The discovery service of one site."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def directories(self) -> list[Directory]:
        """Where it answers; the site maps `/` of the discovery names to `root`."""
        return [
            Directory(ROOT, self.root),
            Directory(f"{ROOT}/domain", self.domain),
            Directory(f"{ROOT}/user", self.user),
            Directory(f"{ROOT}/oauth/user", self.oauth_user),
            Directory(XFRAME, self.xframe),
        ]

    async def root(self, request: Request) -> Response:
        """Over HTTP only the way to HTTPS, as a 200 and never as a redirection; over HTTPS the links."""
        if request.method not in {"GET", "HEAD"}:
            return Response(405, b"", fields=[("Allow", "GET, HEAD")])
        redirect = self._elsewhere(request)
        if redirect is not None:
            return self._redirect(request, redirect)
        if _accepts_plain_json(request):
            return self._hal({"self": ROOT, "user": f"{ROOT}/oauth/user", "xframe": XFRAME})
        own = self._context.own_url
        links = [("Domain", own(f"{ROOT}/domain")), ("User", own(f"{ROOT}/user")), ("OAuth", own(f"{ROOT}/oauth/user"))]
        return self._document(request, "Root", links)

    async def domain(self, request: Request) -> Response:
        """The SIP servers of the domain, and the discovery services inside and outside."""
        return self._document(request, "Domain", self._pairs("Autodiscover", ROOT), self._sip_access())

    async def user(self, request: Request) -> Response:
        """The user's document for whoever brings a web ticket."""
        account = self._context.tickets.holder_of_web_ticket(request)
        if account is None:
            return self._context.needs_web_ticket()
        wanted = find_user(self._context.users, request.query.get("sipuri", account))
        if wanted is None:
            return Response(404)
        return self._document(request, "User", self._user_links(), self._sip_access())

    async def oauth_user(self, request: Request) -> Response:
        """The same for UCWA clients: a bearer token opens it."""
        if self._context.tickets.holder_of_bearer(request) is None:
            return self._needs_bearer()
        outside, inside = self._pairs("Applications", APPLICATIONS)
        applications = outside if self._context.external else inside
        return json_response(
            200,
            {
                "_links": {
                    "self": {"href": self._context.own_url(f"{ROOT}/oauth/user")},
                    "applications": {"href": applications[1]},
                    "xframe": {"href": self._context.own_url(XFRAME)},
                }
            },
        )

    async def xframe(self, request: Request) -> Response:  # noqa: ARG002 - every handler takes the request
        """The frame that UCWA's scripts talk through from other origins."""
        return Response(200, b"<!DOCTYPE html><html><head><title>XFrame</title></head><body></body></html>")

    def _elsewhere(self, request: Request) -> str | None:
        """The URL to ask instead, where this is not the place."""
        sip_address = request.query.get("sipuri", "")
        query = f"?sipuri={sip_address}" if sip_address else ""
        publication = self._context.publication
        if not request.secure:
            return publication.url(request.host or publication.discovery, ROOT) + query
        domain = sip_address.partition("@")[2].lower()
        if domain and domain != publication.sip_domain:
            return f"https://lyncdiscover.{domain}{ROOT}{query}"
        return None

    def _redirect(self, request: Request, url: str) -> Response:
        if _accepts_plain_json(request):
            return json_response(200, {"_links": {"redirect": {"href": url}}})
        return self._document(request, "Root", [("Redirect", url)])

    def _hal(self, paths: dict[str, str]) -> Response:
        return json_response(200, {"_links": {name: {"href": self._context.own_url(p)} for name, p in paths.items()}})

    def _needs_bearer(self) -> Response:
        domain = self._context.publication.sip_domain
        issuer = f"00000002-0000-0ff1-ce00-000000000000@{domain}"
        grants = "urn:microsoft.rtc:windows,urn:microsoft.rtc:anonmeeting,password"
        token_url = self._context.own_url("/WebTicket/oauthtoken")
        lines = [
            f'Bearer trusted_issuers="{issuer}", client_id="00000004-0000-0ff1-ce00-000000000000"',
            f'MsRtcOAuth href="{token_url}",grant_type="{grants}"',
        ]
        return Response(401, b"<h1>401 - Unauthorized</h1>", fields=[("WWW-Authenticate", line) for line in lines])

    def _sip_access(self) -> dict[str, tuple[str, int]]:
        inside, outside = self._context.internal_web, f"sip.{self._context.publication.sip_domain}"
        return {
            "SipServerInternalAccess": (inside, 5061),
            "SipClientInternalAccess": (inside, 5061),
            "SipServerExternalAccess": (outside, 5061),
            "SipClientExternalAccess": (outside, 443),
        }

    def _pairs(self, token: str, path: str) -> Links:
        # A user's links lead to the home pool, also where the Director gives them.
        outside = self._context.publication.url(self._context.publication.web, path)
        return [(f"External/{token}", outside), (f"Internal/{token}", self._context.internal_url(path))]

    def _user_links(self) -> Links:
        links = self._pairs("Autodiscover", ROOT) + self._pairs("AuthBroker", "/Reach/sip.svc")
        links += self._pairs("WebScheduler", "/Scheduler")
        mcx = self._context.publication.url(self._context.publication.web, "/Mcx/McxService.svc")
        # Mobile clients use the external Mcx service wherever they are, so both links are the external one.
        links += [("External/Mcx", mcx), ("Internal/Mcx", mcx)]
        for token, path in (("Ucwa", "/ucwa/v1/applications"), ("XFrame", XFRAME)):
            pairs = self._pairs(token, path)
            links += [*pairs, (token, pairs[0][1])]
        return [*links, ("Self", self._context.own_url(f"{ROOT}/user"))]

    def _document(
        self, request: Request, kind: str, links: Links, access: dict[str, tuple[str, int]] | None = None
    ) -> Response:
        location = self._context.identity.access_location
        if "autodiscover+xml" in request.fields.get("Accept").lower():
            return Response(200, _as_xml(location, kind, links, access or {}), content_type=_XML)
        content: dict[str, object] = {name: {"fqdn": f, "port": str(p)} for name, (f, p) in (access or {}).items()}
        content["Links"] = [{"token": token, "href": href} for token, href in links]
        return json_response(200, {"AccessLocation": location, kind: content}, content_type=_JSON)


def _accepts_plain_json(request: Request) -> bool:
    """UCWA's way of asking; without any Accept field the discovery format is answered."""
    return request.fields.get("Accept").lower().startswith("application/json")


def _as_xml(location: str, kind: str, links: Links, access: dict[str, tuple[str, int]]) -> bytes:
    response = ET.Element(
        "AutodiscoverResponse",
        {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "AccessLocation": location},
    )
    part = ET.SubElement(response, kind)
    for name, (fqdn, port) in access.items():
        ET.SubElement(part, name, {"fqdn": fqdn, "port": str(port)})
    for token, href in links:
        ET.SubElement(part, "Link", {"token": token, "href": href})
    return b'<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(response)

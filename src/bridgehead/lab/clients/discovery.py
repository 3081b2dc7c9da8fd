"""Discovery, which every client begins with, in XML or in JSON as each likes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from bridgehead.lab.clients.walk import Unexpected, expect
from bridgehead.lab.services.autodiscover import ROOT

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Walk
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.users import User

Format = Literal["xml", "json"]
Links = dict[str, str]


def accept(form: Format) -> str:
    """The Accept field that asks for this format."""
    return f"application/vnd.microsoft.rtc.autodiscover+{form};v=1"


def sip_query(walk: Walk, user: User) -> str:
    """`?sipuri=alice@contoso.localhost`."""
    return f"?sipuri={user.sip_address(walk.world.publication.sip_domain)}"


def over_http(walk: Walk, form: Format) -> None:
    """Port 80: the answer is a 200 with a link to HTTPS, never a redirection (MS-OCDISCWS)."""
    host = walk.world.publication.discovery
    url = walk.url(host, "/" + sip_query(walk, walk.world.users[0]), "http")
    with walk.step("discovery on 80", url, "200 and a Redirect link to https") as step:
        answer = walk.fetch(url, accept=accept(form))
        links = _links(answer, form)
        expect(links.get("Redirect", "").startswith(walk.url(host, ROOT)), f"{answer.status}, links {links}")
        step.seen = "200, Redirect to https"


def over_https(walk: Walk, form: Format) -> Links:
    """Port 443: the links of the external web site; returns them."""
    url = walk.url(walk.world.publication.discovery, "/" + sip_query(walk, walk.world.users[0]))
    with walk.step("discovery on 443", url, 'AccessLocation "External", links outside') as step:
        answer = walk.fetch(url, accept=accept(form))
        links = _links(answer, form)
        expect({"Domain", "User", "OAuth"} <= set(links), f"{answer.status}, links {sorted(links)}")
        step.seen = f"External, {len(links)} links"
    return links


def user_document(walk: Walk, url: str, form: Format, ticket: str) -> Links:
    """The user's own links, for a web ticket."""
    with walk.step("user's services", url, "200 with the user's links") as step:
        answer = walk.fetch(url, accept=accept(form), fields={"X-MS-WebTicket": f"opaque={ticket}"})
        links = _links(answer, form)
        expect("External/Ucwa" in links, f"{answer.status}, links {sorted(links)}")
        step.seen = f"External, {len(links)} links"
    return links


def _links(answer: Answer, form: Format) -> Links:
    """Tokens and URLs of a discovery answer. Raises Unexpected unless it is one, of the external web site."""
    content_type = answer.fields.get("Content-Type")
    expect(answer.status == 200 and accept(form).partition(";")[0] in content_type, f"{answer.status} {content_type}")
    location, links = _from_xml(answer) if form == "xml" else _from_json(answer)
    if location != "External":
        raise Unexpected(f'AccessLocation "{location}": the proxy reached the internal web site')
    return links


def _from_xml(answer: Answer) -> tuple[str, Links]:
    document = ET.fromstring(answer.body)  # noqa: S314 - expat refuses entity bombs, and the servers are our own
    return document.get("AccessLocation", ""), {
        link.get("token", ""): link.get("href", "") for link in document.iter("Link")
    }


def _from_json(answer: Answer) -> tuple[str, Links]:
    document = json.loads(answer.body)
    part = document.get("Root") or document.get("User") or {}
    return document["AccessLocation"], {link["token"]: link["href"] for link in part["Links"]}

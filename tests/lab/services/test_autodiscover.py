from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from bridgehead.lab.services.autodiscover import ROOT

if TYPE_CHECKING:
    from tests.lab.conftest import Inside

JSON = "application/vnd.microsoft.rtc.autodiscover+json;v=1"
XML = "application/vnd.microsoft.rtc.autodiscover+xml;v=1"
WEB = "https://webext.contoso.localhost:8443"


def links(document: dict[str, Any], part: str = "Root") -> dict[str, str]:
    return {link["token"]: link["href"] for link in document[part]["Links"]}


def discovery(inside: Inside, target: str, accept: str | None = None, host: str | None = None) -> dict[str, Any]:
    connection = inside.connect(host or "lyncdiscover.contoso.localhost:8443")
    answer = connection.request("GET", target, fields={"Accept": accept} if accept else None)
    assert answer.status == 200
    document: dict[str, Any] = json.loads(answer.body)
    return document


@pytest.mark.parametrize("accept", [None, "*/*", JSON])
def test_the_root_lists_the_three_links_in_json_unless_asked_otherwise(inside: Inside, accept: str | None) -> None:
    document = discovery(inside, "/", accept)
    assert document["AccessLocation"] == "External"
    assert links(document) == {
        "Domain": f"{WEB}{ROOT}/domain",
        "User": f"{WEB}{ROOT}/user",
        "OAuth": f"{WEB}{ROOT}/oauth/user",
    }


def test_the_root_in_xml_says_the_same(inside: Inside) -> None:
    connection = inside.connect("lyncdiscover.contoso.localhost:8443")
    answer = connection.request("GET", "/?sipuri=alice@contoso.localhost", fields={"Accept": XML})
    assert answer.fields.get("Content-Type") == XML
    document = ET.fromstring(answer.body)
    assert document.get("AccessLocation") == "External"
    assert {link.get("token"): link.get("href") for link in document.iter("Link")} == links(discovery(inside, "/"))


@pytest.mark.parametrize("path", [ROOT, ROOT.lower(), f"{ROOT}/"])
def test_the_root_is_also_found_by_its_path(inside: Inside, path: str) -> None:
    assert "User" in links(discovery(inside, path, host="webext.contoso.localhost:8443"))


def test_ucwa_clients_get_their_own_form(inside: Inside) -> None:
    document = discovery(inside, "/", "application/json")
    assert document["_links"]["user"]["href"] == f"{WEB}{ROOT}/oauth/user"


@pytest.mark.parametrize("accept", [JSON, XML])
def test_without_tls_there_is_only_a_link_to_https_and_no_redirection(inside: Inside, accept: str) -> None:
    plain = inside.deployment.front_ends[0].plain
    connection = inside.connect("lyncdiscover.contoso.localhost:8080", plain)
    answer = connection.request("GET", "/?sipuri=alice@contoso.localhost", fields={"Accept": accept})
    assert answer.status == 200
    assert f"https://lyncdiscover.contoso.localhost:8443{ROOT}?sipuri=alice@contoso.localhost" in answer.text
    assert answer.text.count("href") == 1
    assert "Redirect" in answer.text


def test_another_sip_domain_is_redirected_to_its_own_discovery(inside: Inside) -> None:
    found = links(discovery(inside, "/?sipuri=eve@fabrikam.localhost"))
    assert found == {"Redirect": f"https://lyncdiscover.fabrikam.localhost{ROOT}?sipuri=eve@fabrikam.localhost"}


def test_the_internal_web_site_betrays_itself(inside: Inside) -> None:
    internal = inside.deployment.front_ends[0].internal
    answer = inside.connect("lyncdiscover.contoso.localhost:8443", internal).request("GET", "/")
    document = json.loads(answer.body)
    assert document["AccessLocation"] == "Internal"
    assert all(href.startswith("https://pool01.contoso.internal/") for href in links(document).values())


def test_the_user_s_document_wants_a_web_ticket_and_says_where_to_get_one(inside: Inside) -> None:
    answer = inside.connect().request("GET", f"{ROOT}/user?sipuri=alice@contoso.localhost")
    assert answer.status == 401
    assert answer.fields.get("X-MS-WebTicketURL") == f"{WEB}/WebTicket/WebTicketService.svc"
    assert answer.fields.all("WWW-Authenticate") == []


def test_the_oauth_resource_offers_bearer_and_lync_s_own_sign_in_on_two_lines(inside: Inside) -> None:
    answer = inside.connect().request("GET", f"{ROOT}/oauth/user")
    assert answer.status == 401
    bearer, own = answer.fields.all("WWW-Authenticate")
    assert bearer.startswith("Bearer trusted_issuers=")
    assert own.startswith(f'MsRtcOAuth href="{WEB}/WebTicket/oauthtoken",grant_type="')


def test_the_director_leads_to_itself_for_sign_in_and_to_the_pool_for_the_rest(inside: Inside) -> None:
    director = inside.deployment.director.external
    answer = inside.connect("webdirext.contoso.localhost:8443", director).request("GET", ROOT)
    assert links(json.loads(answer.body))["User"].startswith("https://webdirext.contoso.localhost:8443/")

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from tests.lab.conftest import Inside

HOST = "officewebapps01.contoso.localhost:8443"


def test_discovery_names_the_frames_by_their_public_urls(inside: Inside) -> None:
    answer = inside.connect(HOST, inside.deployment.office.external).request("GET", "/hosting/discovery")
    document = ET.fromstring(answer.body)
    assert document.tag == "wopi-discovery"
    urls = [action.get("urlsrc", "") for action in document.iter("action")]
    assert [url.partition("?")[0] for url in urls] == [
        f"https://{HOST}/m/Presenter.aspx",
        f"https://{HOST}/m/ParticipantFrame.aspx",
    ]


def test_the_frames_answer(inside: Inside) -> None:
    connection = inside.connect(HOST, inside.deployment.office.external)
    for path in ("/m/Presenter.aspx?a=0&embed=1", "/m/ParticipantFrame.aspx?a=0&embed=true"):
        assert "Office Web Apps" in connection.request("GET", path).text


def test_other_hosts_and_ports_are_refused(inside: Inside) -> None:
    office = inside.deployment.office.external
    assert inside.connect("webext.contoso.localhost:8443", office).request("GET", "/hosting/discovery").status == 404
    assert inside.connect(HOST.removesuffix("3"), office).request("GET", "/hosting/discovery").status == 400

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Inside

MEET, DIALIN = "Join the meeting", "Dial-in conferencing"


@pytest.mark.parametrize(
    ("host", "path", "title"),
    [
        pytest.param("meet", "/alice/5FQ2KWD9", MEET, id="a host for meetings"),
        pytest.param("dialin", "/", DIALIN, id="a host for dial-in"),
        pytest.param("lync", "/Meet/alice/5FQ2KWD9", MEET, id="one host, meetings by path"),
        pytest.param("lync", "/Dialin", DIALIN, id="one host, dial-in by path"),
        pytest.param("lync", "/contosoSIPdomain/Meet/alice", MEET, id="one host, meetings of a SIP domain"),
        pytest.param("webext", "/meet/alice", MEET, id="meetings on the external FQDN"),
        pytest.param("webext", "/dialin", DIALIN, id="dial-in on the external FQDN"),
    ],
)
def test_every_shape_of_simple_url_finds_its_page(inside: Inside, host: str, path: str, title: str) -> None:
    answer = inside.connect(f"{host}.contoso.localhost:8443").request("GET", path)
    assert answer.status == 200
    assert f"<title>{title}</title>" in answer.text


@pytest.mark.parametrize("path", ["/", "/Meeting", "/fabrikamSIPdomain/Meet"])
def test_a_shared_host_has_nothing_under_other_paths(inside: Inside, path: str) -> None:
    assert inside.connect("lync.contoso.localhost:8443").request("GET", path).status == 404

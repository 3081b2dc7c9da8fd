from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


@pytest.mark.parametrize("host", ["meet.contoso.localhost", "MEET.contoso.localhost", "lync.contoso.localhost"])
@pytest.mark.parametrize("port", ["", ":443", ":4443", ":8444"])
def test_a_host_with_a_port_that_is_not_published_is_refused(inside: Inside, host: str, port: str) -> None:
    answer = inside.connect(f"{host}{port}").request("GET", "/Meet")
    assert answer.status == 400
    assert "Invalid Hostname" in answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8443", "nobody.contoso.localhost:8443", "fe01.contoso.internal:8443", "contoso.localhost:8443"]
)
def test_a_host_that_is_not_published_finds_nothing(inside: Inside, host: str) -> None:
    assert inside.connect(host).request("GET", "/meet").status == 404


@pytest.mark.parametrize("path", ["/Cscp", "/Cscp/default.aspx", "/OcsPowerShell"])
def test_administration_exists_on_the_internal_web_site_alone(inside: Inside, path: str) -> None:
    assert inside.connect().request("GET", path).status == 404
    internal = inside.deployment.front_ends[0].internal
    assert inside.connect(site=internal).request("GET", path).status == 401


def test_the_internal_web_site_answers_for_its_own_name(inside: Inside) -> None:
    internal = inside.deployment.front_ends[0].internal
    assert inside.connect("pool01.contoso.internal", internal).request("GET", "/meet").status == 200
    assert inside.connect("pool01.contoso.internal").request("GET", "/meet").status == 400


def test_every_answer_looks_like_one_of_iis(inside: Inside) -> None:
    fields = inside.connect().request("GET", "/meet").fields
    assert fields.get("Server").startswith("Microsoft-IIS/")
    assert fields.get("X-MS-Server-Fqdn") == "fe01.contoso.internal"
    assert fields.get("Strict-Transport-Security") == "max-age=315360000"
    assert fields.get("X-Powered-By") == "ASP.NET"


def test_paths_are_compared_without_regard_to_case(inside: Inside) -> None:
    assert inside.connect().request("GET", "/MEET/alice").status == 200
    assert inside.connect().request("GET", "/ABS/Handler").status == 401

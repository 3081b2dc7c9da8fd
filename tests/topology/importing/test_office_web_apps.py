from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridgehead.topology.pools import Pool
from tests.topology.importing.exports import CONTOSO, Farm, Server, tbxml
from tests.topology.importing.importing import codes, from_tbxml, problem_of

FARM = CONTOSO.farms[0]


def farms(directory: Path, *written: Farm) -> list[Pool]:
    topology = from_tbxml(replace(CONTOSO, farms=written), directory).topology
    return [pool for pool in topology.pools if pool.role == "office-web-apps"]


def test_a_farm_is_known_by_its_discovery_url(tmp_path: Path) -> None:
    (farm,) = farms(tmp_path, replace(FARM, servers=(Server("owas01.contoso.local"), Server("owas02.contoso.local"))))
    assert (farm.external_fqdn, farm.tls_port) == ("officewebapps01.contoso.com", 443)
    assert [server.name for server in farm.servers] == ["owas01.contoso.local", "owas02.contoso.local"]


def test_the_port_of_the_discovery_url_is_taken(tmp_path: Path) -> None:
    (farm,) = farms(tmp_path, replace(FARM, discovery="https://owas.contoso.com:8443/hosting/discovery/"))
    assert (farm.external_fqdn, farm.tls_port) == ("owas.contoso.com", 8443)


def test_a_farm_that_is_outside_already_is_not_published(tmp_path: Path) -> None:
    (farm,) = farms(tmp_path, replace(FARM, outside=True))
    assert not farm.published


def test_a_farm_of_two_sites_is_taken_once(tmp_path: Path) -> None:
    again = replace(FARM, fqdn="owas01b.contoso.local", discovery=FARM.discovery.upper().replace("HTTPS", "https"))
    assert len(farms(tmp_path, FARM, again)) == 1


def test_the_external_url_is_left_to_be_compared(tmp_path: Path) -> None:
    assert any("ExternalURL" in one for one in from_tbxml(CONTOSO, tmp_path).left)


def test_a_farm_without_tls_is_told(tmp_path: Path) -> None:
    plain = replace(FARM, discovery="http://owas.contoso.com/hosting/discovery/")
    assert "import.office-without-tls" in codes(from_tbxml(replace(CONTOSO, farms=(plain,)), tmp_path))


@pytest.mark.parametrize("url", ["", "owas.contoso.com", "ftp://owas.contoso.com/", "https://[owas/", "https://a:b/"])
def test_a_discovery_url_that_is_none_is_told(url: str, tmp_path: Path) -> None:
    problem = problem_of(tbxml(replace(CONTOSO, farms=(replace(FARM, discovery=url),))), tmp_path)
    assert problem.code == "import.discovery-url"

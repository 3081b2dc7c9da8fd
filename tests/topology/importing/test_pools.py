from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridgehead.topology.pools import Pool as WrittenPool
from tests.topology.importing.exports import CONTOSO, Pool, Server, tbxml
from tests.topology.importing.importing import codes, from_get_cs_topology, from_tbxml, problem_of

FRONT_END = CONTOSO.pools[0]


def written(pool: Pool, directory: Path) -> WrittenPool:
    return from_tbxml(replace(CONTOSO, pools=(pool,)), directory).topology.pools[0]


def test_the_listening_port_is_taken_and_not_the_published_one(tmp_path: Path) -> None:
    pool = written(replace(FRONT_END, https=("4444", "443"), http=("8081", "80")), tmp_path)
    assert (pool.tls_port, pool.plain_port) == (4444, 8081)


def test_other_services_on_4443_are_not_the_web_site(tmp_path: Path) -> None:
    # SkypeSearchProxy and ReplicationService of the same pool keep 4443 in this export.
    assert written(replace(FRONT_END, https=("9443", "443")), tmp_path).tls_port == 9443


def test_a_published_port_that_is_not_443_is_told(tmp_path: Path) -> None:
    imported = from_tbxml(replace(CONTOSO, pools=(replace(FRONT_END, https=("4443", "8443")),)), tmp_path)
    assert "import.published-port" in codes(imported)
    assert imported.topology.pools[0].tls_port == 4443


def test_the_same_name_inside_and_outside_is_a_finding(tmp_path: Path) -> None:
    imported = from_tbxml(replace(CONTOSO, pools=(replace(FRONT_END, external="Pool01.contoso.local"),)), tmp_path)
    assert "pool.same-name-inside" in codes(imported)
    assert "pool.same-name-inside" not in codes(from_tbxml(CONTOSO, tmp_path))


def test_a_server_that_is_called_as_the_outside_is_asked_about(tmp_path: Path) -> None:
    alone = Pool("lync.contoso.net", "lync.contoso.net", (Server(""),))
    assert any("circle" in one for one in from_tbxml(replace(CONTOSO, pools=(alone,)), tmp_path).left)


@pytest.mark.parametrize("read", [from_tbxml, from_get_cs_topology])
def test_a_machine_without_a_name_has_that_of_its_pool(read: object, tmp_path: Path) -> None:
    assert callable(read)
    alone = Pool("lync01.contoso.local", "webext.contoso.com", (Server(""),))
    (pool, *_) = read(replace(CONTOSO, pools=(alone,)), tmp_path).topology.pools
    assert [server.name for server in pool.servers] == ["lync01.contoso.local"]


@pytest.mark.parametrize(
    ("primary", "external", "address"),
    [
        ("0.0.0.0", "0.0.0.0", None),
        ("10.0.0.5", "0.0.0.0", "10.0.0.5"),
        ("10.0.0.5", "10.0.0.6", "10.0.0.6"),
        ("::", "2001:db8::6", "2001:db8::6"),
    ],
)
def test_the_address_of_the_external_web_site_is_taken(
    primary: str, external: str, address: str | None, tmp_path: Path
) -> None:
    interfaces = (("Primary", "1", primary, ""), ("External", "1", external, ""), ("Pstn", "1", "10.0.0.7", ""))
    pool = written(replace(FRONT_END, servers=(Server("fe01.contoso.local", interfaces),)), tmp_path)
    assert [server.address for server in pool.servers] == [address]


def test_a_pool_without_external_fqdn_is_half_a_topology(tmp_path: Path) -> None:
    problem = problem_of(tbxml(CONTOSO).replace('Host="webext.contoso.com"', 'Host=""'), tmp_path)
    assert problem.code == "import.half"
    assert "pool01.contoso.local" in problem.message


def test_a_pool_whose_machines_are_missing_is_half_a_topology(tmp_path: Path) -> None:
    text = tbxml(replace(CONTOSO, pools=(replace(FRONT_END, servers=()), CONTOSO.pools[1])))
    assert problem_of(text, tmp_path).code == "import.half"


def test_a_service_on_a_pool_that_is_not_there_is_half_a_topology(tmp_path: Path) -> None:
    text = tbxml(replace(CONTOSO, pools=(replace(FRONT_END, site="2"), CONTOSO.pools[1])))
    problem = problem_of(text, tmp_path)
    assert problem.code == "import.half"
    assert "WebServices" in problem.message


@pytest.mark.parametrize("port", ["", "0", "65536", "4443x", "9" * 50])
def test_a_port_that_is_none_is_told(port: str, tmp_path: Path) -> None:
    text = tbxml(replace(CONTOSO, pools=(replace(FRONT_END, https=(port, "443")),)))
    assert problem_of(text, tmp_path).code == "import.port"


def test_a_web_site_without_tls_is_half_a_topology(tmp_path: Path) -> None:
    text = tbxml(replace(CONTOSO, pools=(FRONT_END,))).replace('Protocol="Https"', 'Protocol="Tcp"')
    assert problem_of(text, tmp_path).code == "import.half"

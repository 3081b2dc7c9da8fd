from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridgehead.topology.importing.importer import Imported, import_topology
from tests.topology.importing.exports import CONTOSO, Pool, Server, SimpleUrl, clixml, get_cs_topology, tbxml, write
from tests.topology.importing.importing import codes, from_tbxml, problems_of

EMEA = (
    SimpleUrl("Meet", "contoso.com", "https://lyncemea.contoso.com/meet", scope="Site:EMEA"),
    SimpleUrl("Dialin", "*", "https://lyncemea.contoso.com/dialin", scope="Site:EMEA"),
)
TWO_SITES = replace(
    CONTOSO,
    sites={"1": "Contoso", "2": "EMEA"},
    pools=(
        *CONTOSO.pools,
        Pool("fe.emea.local", "webext-emea.contoso.com", (Server("fe.emea.local"),), site="2"),
        Pool("dir.emea.local", "webdir-emea.contoso.com", (Server("dir.emea.local"),), director=True, site="2"),
    ),
)


def beside(urls: tuple[SimpleUrl, ...], directory: Path) -> Imported:
    topology = write(directory / "topology.xml", get_cs_topology(TWO_SITES))
    return import_topology(topology, write(directory / "urls.xml", clixml(urls)))


def test_what_is_not_active_any_more_stays_published(tmp_path: Path) -> None:
    meet = from_tbxml(CONTOSO, tmp_path).topology.simple_urls.meet["contoso.com"]
    assert meet.older == ("https://meet.contoso.com",)


def test_the_same_url_in_another_spelling_is_taken_once(tmp_path: Path) -> None:
    url = replace(CONTOSO.simple_urls[1], older=("https://LYNC.contoso.com/contosoSIPdomain/Meet/",))
    urls = (url, *CONTOSO.simple_urls[2:])
    assert from_tbxml(replace(CONTOSO, simple_urls=urls), tmp_path).topology.simple_urls.meet["contoso.com"].older == ()


def test_a_site_s_own_urls_are_published_on_that_site_s_director(tmp_path: Path) -> None:
    topology = beside((*EMEA, *CONTOSO.simple_urls), tmp_path).topology
    assert [(site.hosts, site.paths, site.pool) for site in topology.sites] == [
        (("lyncemea.contoso.com",), ("/meet/*",), "webdir-emea.contoso.com"),
        (("lyncemea.contoso.com",), ("/dialin/*",), "webdir-emea.contoso.com"),
    ]
    assert topology.simple_urls.meet["contoso.com"].pool is None


def test_a_site_s_url_is_the_active_one_where_there_is_none_for_all(tmp_path: Path) -> None:
    topology = beside((*EMEA, *CONTOSO.simple_urls[2:]), tmp_path).topology
    meet = topology.simple_urls.meet["contoso.com"]
    assert (meet.active, meet.pool) == ("https://lyncemea.contoso.com/meet", "webdir-emea.contoso.com")


def test_a_url_of_a_site_without_pools_is_told(tmp_path: Path) -> None:
    lost = tuple(replace(url, scope="Site:APAC") for url in EMEA)
    assert codes(beside((*CONTOSO.simple_urls, *lost), tmp_path)).count("import.unknown-site") == 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (SimpleUrl("WebScheduler", "*", "https://scheduler.contoso.com"), "import.component"),
        (SimpleUrl("Meet", "tailspin.com", "https://meet.tailspin.com"), "import.unknown-domain"),
        (SimpleUrl("Meet", "tailspin.com", ""), "import.not-active"),
    ],
)
def test_what_cannot_be_taken_is_told_and_the_rest_is_taken(url: SimpleUrl, code: str, tmp_path: Path) -> None:
    imported = from_tbxml(replace(CONTOSO, simple_urls=(*CONTOSO.simple_urls, url)), tmp_path)
    assert code in codes(imported)
    assert set(imported.topology.simple_urls.meet) == {"contoso.com", "fabrikam.com"}


def test_a_meet_url_for_every_domain_is_that_of_the_default_one(tmp_path: Path) -> None:
    urls = (SimpleUrl("meet", "*", "https://meet.contoso.com"), CONTOSO.simple_urls[2])
    meet = from_tbxml(replace(CONTOSO, simple_urls=urls), tmp_path).topology.simple_urls.meet
    assert meet["contoso.com"].active == "https://meet.contoso.com"


def test_every_sip_domain_without_a_meet_url_is_told_at_once(tmp_path: Path) -> None:
    problems = problems_of(tbxml(replace(CONTOSO, simple_urls=CONTOSO.simple_urls[:1])), tmp_path)
    assert [problem.code for problem in problems] == ["import.no-meet"] * 2
    assert ["contoso.com" in problems[0].message, "fabrikam.com" in problems[1].message] == [True, True]

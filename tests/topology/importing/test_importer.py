from __future__ import annotations

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgehead.planning.plan import make_plan
from bridgehead.problems import ProblemsFound
from bridgehead.topology.file import parse, read_text
from bridgehead.topology.importing.importer import import_topology
from tests.planning.deployments import DAY
from tests.topology.importing.exports import (
    CONTOSO,
    ENCODINGS,
    LYNC_2013,
    SFB_2019,
    Deployment,
    Edge,
    Farm,
    Pool,
    Server,
    SimpleUrl,
    clixml,
    get_cs_topology,
    printed_collections,
    printed_list,
    tbxml,
    write,
)
from tests.topology.importing.importing import (
    codes,
    from_get_cs_topology,
    from_tbxml,
    problem_of,
    problems_of,
)


def test_contoso_comes_out_as_the_documents_have_it(tmp_path: Path) -> None:
    topology = from_tbxml(CONTOSO, tmp_path).topology
    assert [domain.name for domain in topology.sip_domains] == ["contoso.com", "fabrikam.com"]
    urls = topology.simple_urls
    assert urls.meet["contoso.com"].active == "https://lync.contoso.com/contosoSIPdomain/Meet"
    assert urls.meet["contoso.com"].older == ("https://meet.contoso.com",)
    assert urls.meet["fabrikam.com"].active == "https://lync.contoso.com/fabrikamSIPdomain/Meet"
    assert (urls.dialin and urls.dialin.active, urls.admin and urls.admin.active) == (
        "https://lync.contoso.com/Dialin",
        "https://lync.contoso.com/Admin",
    )
    assert [
        (pool.role, pool.external_fqdn, pool.internal_fqdn, [one.name for one in pool.servers], pool.tls_port)
        for pool in topology.pools
    ] == [
        (
            "front-end",
            "webext.contoso.com",
            "pool01.contoso.local",
            ["fe01.contoso.local", "fe02.contoso.local"],
            4443,
        ),
        ("director", "webdirext.contoso.com", "dirpool.contoso.local", ["dir01.contoso.local"], 4443),
        ("office-web-apps", "officewebapps01.contoso.com", "owas01.contoso.local", ["owas01.contoso.local"], 443),
    ]
    (edge,) = topology.edges
    assert (edge.access_fqdn, edge.web_conferencing_fqdn, edge.av_fqdn) == (
        "sip.contoso.com",
        "webcon.contoso.com",
        "av.contoso.com",
    )
    assert (edge.access_address, edge.web_conferencing_address, edge.av_address) == (
        "131.107.155.10",
        "131.107.155.20",
        "131.107.155.30",
    )


@pytest.mark.parametrize("encoding", ENCODINGS.values())
def test_both_formats_give_the_same_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    expected = from_tbxml(CONTOSO, tmp_path).topology
    assert from_tbxml(CONTOSO, tmp_path, encoding).topology == expected
    assert from_get_cs_topology(CONTOSO, tmp_path, encoding).topology == expected


@pytest.mark.parametrize("printed", [clixml, printed_list])
def test_simple_urls_beside_it_are_read_as_clixml_and_as_text(printed: object, tmp_path: Path) -> None:
    assert callable(printed)
    topology = write(tmp_path / "topology.xml", get_cs_topology(CONTOSO), "utf-16-le")
    beside = write(tmp_path / "urls.txt", printed(CONTOSO.simple_urls), "utf-16-le")
    assert import_topology(topology, beside).topology == from_tbxml(CONTOSO, tmp_path).topology


def test_one_line_objects_have_the_active_urls_alone(tmp_path: Path) -> None:
    topology = write(tmp_path / "topology.xml", get_cs_topology(CONTOSO), "utf-16-le")
    beside = write(tmp_path / "urls.txt", printed_collections(CONTOSO.simple_urls), "utf-16-le")
    meet = import_topology(topology, beside).topology.simple_urls.meet
    assert meet["contoso.com"].active == "https://lync.contoso.com/contosoSIPdomain/Meet"
    assert meet["contoso.com"].older == ()


def test_what_is_written_says_the_same_and_explains_itself(tmp_path: Path) -> None:
    imported = from_tbxml(CONTOSO, tmp_path)
    assert parse(imported.text, "bridgehead.toml").topology == imported.topology
    for words in ("contoso.tbxml: Topology Builder file", "# Director dirpool.contoso.local of site Contoso", "To be"):
        assert words in imported.text


def test_everything_is_said_and_nothing_asked_twice(tmp_path: Path) -> None:
    pools = (*CONTOSO.pools, Pool("pool02.contoso.local", "webext2.contoso.com", (Server("fe03.contoso.local"),)))
    imported = from_tbxml(replace(CONTOSO, pools=pools), tmp_path)
    told = "\n".join(imported.taken)
    for words in ("pool01.contoso.local", "dirpool", "pool02", "owas01", "edge01", "https://meet.contoso.com"):
        assert words in told
    assert len(set(imported.left)) == len(imported.left)
    assert len([one for one in imported.left if "internal-root-ca.pem" in one]) == 1
    assert len([one for one in imported.left if "public-chain.pem" in one]) == 1
    assert set(imported.not_needed) == {"FileStore", "ManagementServices", "Registrar", "UserServices"}


@pytest.mark.parametrize(
    ("version", "product"),
    [
        (LYNC_2013, "Lync Server 2013"),
        ("7", "Skype for Business Server 2015"),
        (SFB_2019, "Skype for Business Server 2019"),
        ("9", "a product with ServiceVersion 9"),
    ],
)
def test_every_version_is_named(version: str, product: str, tmp_path: Path) -> None:
    assert product in from_tbxml(replace(CONTOSO, version=version), tmp_path).source


def test_a_topology_without_simple_urls_is_written_and_the_gap_is_told(tmp_path: Path) -> None:
    imported = import_topology(write(tmp_path / "topology.xml", get_cs_topology(CONTOSO), "utf-16-le"))
    assert not imported.topology.simple_urls.published
    assert parse(imported.text, "bridgehead.toml").topology == imported.topology
    assert any("--simple-urls" in one for one in imported.left)


def test_simple_urls_beside_it_count_before_those_in_it(tmp_path: Path) -> None:
    published = tuple(
        replace(url, active=url.active.replace("lync.", "join."), older=()) for url in CONTOSO.simple_urls
    )
    beside = write(tmp_path / "urls.xml", clixml(published))
    imported = import_topology(write(tmp_path / "contoso.tbxml", tbxml(CONTOSO)), beside)
    assert imported.topology.simple_urls.dialin is not None
    assert imported.topology.simple_urls.dialin.active == "https://join.contoso.com/Dialin"


def test_a_fault_of_the_file_beside_it_is_told_with_its_name(tmp_path: Path) -> None:
    wrong = (replace(CONTOSO.simple_urls[0], active="https://dialin.contoso.com:444"), *CONTOSO.simple_urls[1:])
    beside = write(tmp_path / "urls.xml", clixml(wrong))
    with pytest.raises(ProblemsFound) as raised:
        import_topology(write(tmp_path / "topology.xml", get_cs_topology(CONTOSO)), beside)
    (problem,) = raised.value.problems
    assert (problem.code, problem.where) == ("simple-url.port", f"{beside}:3: simple_urls.dialin")


def test_roles_that_nobody_knows_are_told(tmp_path: Path) -> None:
    imported = from_tbxml(replace(CONTOSO, other_roles=("TeaKitchen",)), tmp_path)
    assert "import.role" in codes(imported)
    assert "import.role" not in codes(from_tbxml(CONTOSO, tmp_path))


def test_changes_that_were_not_published_are_told(tmp_path: Path) -> None:
    text = tbxml(CONTOSO).replace('IsFreeFromChanges="true"', 'IsFreeFromChanges="false"')
    assert "import.not-published" in codes(import_topology(write(tmp_path / "contoso.tbxml", text)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html><body/></html>", "root html"),
        ("hello", "no XML"),
        ("Identity : Global\nActiveUrl : https://meet.contoso.com", "list of simple URLs"),
        ("<DocItemSet/>", "Export-CsConfiguration"),
        ('<Topology xmlns="urn:other"/>', "no known version"),
        (clixml(CONTOSO.simple_urls), "--simple-urls"),
    ],
)
def test_another_kind_of_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    problem = problem_of(text, tmp_path)
    assert problem.code == "import.wrong-kind"
    assert words in problem.message


@pytest.mark.parametrize("part", ["InternalDomains", "Clusters", "Services"])
def test_half_a_topology_is_told_by_what_it_lacks(part: str, tmp_path: Path) -> None:
    text = re.sub(f"<{part}.*?</{part}>", "", get_cs_topology(CONTOSO), flags=re.DOTALL)
    problem = problem_of(text, tmp_path)
    assert problem.code == "import.half"
    assert part in problem.message


def test_a_topology_without_web_services_has_nothing_to_publish(tmp_path: Path) -> None:
    text = tbxml(CONTOSO).replace('RoleName="WebServices"', 'RoleName="FileStore"')
    assert "import.half" in [problem.code for problem in problems_of(text, tmp_path)]


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_broken_xml(cut: float, tmp_path: Path) -> None:
    text = tbxml(CONTOSO)
    assert problem_of(text[: int(len(text) * cut)], tmp_path).code == "import.not-xml"


NAMES = [
    ("webext.contoso.com", "web ext.contoso.com", "host.not-a-name", "external_fqdn"),
    ("webext.contoso.com", "*.contoso.com", "host.wildcard", "external_fqdn"),
    ("webext.contoso.com", "webext", "host.not-qualified", "external_fqdn"),
    ("fe01.contoso.local", "fe01..contoso.local", "host.not-a-name", "servers[0]"),
    ("sip.contoso.com", "-sip.contoso.com", "host.not-a-name", "access_fqdn"),
    ("https://meet.contoso.com", "http://meet.contoso.com", "url.scheme", "simple_urls.meet"),
    ("webext.contoso.com", "xn--\u00fc.contoso.com", "host.not-a-name", "external_fqdn"),
]


@pytest.mark.parametrize(("right", "wrong", "code", "where"), NAMES)
def test_a_name_that_is_none_is_told_with_its_line(
    right: str, wrong: str, code: str, where: str, tmp_path: Path
) -> None:
    text = tbxml(CONTOSO).replace(f'"{right}"', f'"{wrong}"')
    problem = problem_of(text, tmp_path)
    assert problem.code == code
    assert where in problem.where
    line = re.search(r"tbxml:(\d+):", problem.where)
    assert line
    assert wrong in text.splitlines()[int(line[1]) - 1] or where == "simple_urls.meet"


def test_an_internationalised_name_is_converted_and_told(tmp_path: Path) -> None:
    urls = (*CONTOSO.simple_urls, SimpleUrl("Meet", "müller.example", "https://meet.müller.example"))
    imported = from_tbxml(replace(CONTOSO, domains=(*CONTOSO.domains, "müller.example"), simple_urls=urls), tmp_path)
    assert imported.topology.simple_urls.meet["xn--mller-kva.example"].active == "https://meet.xn--mller-kva.example"
    assert "import.converted" in codes(imported)


DUPLICATES = [
    ('<InternalDomain Name="fabrikam.com"', '<InternalDomain Name="contoso.com"', "sip-domain.twice"),
    ('Host="webdirext.contoso.com"', 'Host="webext.contoso.com"', "publish.twice"),
    ('Machine Fqdn="fe02.contoso.local"', 'Machine Fqdn="FE01.contoso.local"', "import.machine-twice"),
    ('Domain="fabrikam.com"', 'Domain="contoso.com"', "import.simple-url-twice"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), DUPLICATES)
def test_a_name_that_is_there_twice_is_told(right: str, wrong: str, code: str, tmp_path: Path) -> None:
    text = tbxml(CONTOSO)
    assert right in text
    assert code in [problem.code for problem in problems_of(text.replace(right, wrong), tmp_path)]


def test_a_site_name_cannot_write_into_the_file(tmp_path: Path) -> None:
    evil = replace(CONTOSO, sites={"1": "Contoso&#10;[proxy]&#10;workers = 9 \x7f\u2028"})
    imported = from_tbxml(evil, tmp_path)
    assert parse(imported.text, "bridgehead.toml").topology == imported.topology
    assert imported.topology.proxy.workers == 0


labels = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
ports = st.integers(1, 65535).map(str)
addresses = st.one_of(st.just("0.0.0.0"), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))


@st.composite
def deployments(draw: st.DrawFn) -> Deployment:
    count = draw(st.integers(1, 4))
    domains = tuple(f"{draw(labels)}{index}.example" for index in range(count))
    urls = [SimpleUrl("Dialin", "*", "https://lync.example.org/dialin")]
    for index, domain in enumerate(domains):
        older = tuple(f"https://old{number}.{domain}" for number in range(draw(st.integers(0, 2))))
        form = draw(st.sampled_from([f"https://meet.{domain}", f"https://lync.example.org/d{index}/Meet"]))
        urls.append(SimpleUrl("Meet", domain, form, older))
    return Deployment(
        domains,
        tuple(urls) if draw(st.booleans()) else (),
        tuple(draw(pools(index)) for index in range(draw(st.integers(1, 4)))),
        farms=tuple(
            Farm(
                f"owas{index}.inside.example",
                f"https://owas{index}.outside.example/hosting/discovery/",
                draw(st.booleans()),
            )
            for index in range(draw(st.integers(0, 2)))
        ),
        edges=tuple(draw(edges(index)) for index in range(draw(st.integers(0, 2)))),
        sites={"1": draw(st.text("abcäö \"'#\\[]=", max_size=12)).strip()},
    )


@st.composite
def pools(draw: st.DrawFn, index: int) -> Pool:
    tls, plain = draw(st.tuples(ports, ports).filter(lambda pair: pair[0] != pair[1]))
    servers = tuple(
        Server(f"{draw(labels)}{number}.p{index}.example", (("Primary", "1", draw(addresses), ""),))
        for number in range(draw(st.integers(1, 3)))
    )
    return Pool(
        f"pool{index}.example",
        f"webext{index}.Example.ORG",
        servers,
        director=draw(st.booleans()),
        https=(tls, "443"),
        http=(plain, "80"),
    )


@st.composite
def edges(draw: st.DrawFn, index: int) -> Edge:
    servers = tuple(
        Server(
            f"edge{number}.e{index}.example",
            (("Internal", "1", draw(addresses), ""), ("External", "1", draw(addresses), draw(addresses))),
        )
        for number in range(draw(st.integers(1, 2)))
    )
    names = [f"{name}{index}.e.example" for name in ("sip", "webcon", "av")]
    return Edge(f"edge{index}.example", names[0], names[1], names[2], servers, interfaces=("1", "1", "1"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deployment=deployments(), encoding=st.sampled_from(sorted(ENCODINGS.values())))
def test_whatever_is_imported_reads_back_as_the_same_topology(
    deployment: Deployment, encoding: str, tmp_path: Path
) -> None:
    imported = from_tbxml(deployment, tmp_path, encoding)
    assert parse(imported.text, "bridgehead.toml").topology == imported.topology
    assert [pool.tls_port for pool in imported.topology.pools if pool.role != "office-web-apps"] == [
        int(pool.https[0]) for pool in deployment.pools
    ]
    if deployment.simple_urls:
        assert from_get_cs_topology(deployment, tmp_path, encoding).topology == imported.topology


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deployment=deployments(), encoding=st.sampled_from(sorted(ENCODINGS.values())))
def test_the_plan_of_what_is_imported_is_the_plan_of_the_file_that_the_import_writes(
    deployment: Deployment, encoding: str, tmp_path: Path
) -> None:
    imported = from_tbxml(deployment, tmp_path, encoding)
    planned = make_plan(imported.topology, DAY)
    written = tmp_path / "bridgehead.toml"
    written.write_text(imported.text, encoding="utf-8")
    assert make_plan(parse(read_text(written), "bridgehead.toml").topology, DAY) == planned
    if deployment.simple_urls:
        assert make_plan(from_get_cs_topology(deployment, tmp_path, encoding).topology, DAY) == planned

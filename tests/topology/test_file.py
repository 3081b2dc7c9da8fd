"""Reading the file: what is accepted, and what is said about what is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.file import parse, read_file, read_topology

SMALLEST = """\
sip_domains = ["contoso.com"]

[simple_urls]
meet."contoso.com" = "https://meet.contoso.com"

[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]

[certificate.public]
chain = "chain.pem"
key = "key.pem"
"""
POOL_LINE = 6

POOL = '[[pool]]\nrole = "front-end"\nexternal_fqdn = "webext.contoso.com"\nservers = ["fe01"]\n'
SITE = '[[publish]]\nhost = "a.contoso.com"\nto = "https://a.local"\n'
CERTIFICATE = '[certificate.public]\nchain = "chain.pem"\nkey = "key.pem"\n'
MEET = '[simple_urls]\nmeet."contoso.com" = "https://meet.contoso.com"\n'


def problems_of(text: str, interfaces: dict[str, tuple[str, ...]] | None = None) -> list[Problem]:
    with pytest.raises(ProblemsFound) as found:
        parse(text, "bridgehead.toml", interfaces=interfaces)
    return list(found.value.problems)


def line(problem: Problem) -> int:
    return int(problem.where.split(":")[1])


def test_the_smallest_file_is_a_deployment_with_two_listeners() -> None:
    topology = parse(SMALLEST, "bridgehead.toml").topology
    assert [one.label for one in topology.all_listeners()] == ["0.0.0.0:443", "0.0.0.0:80"]
    assert topology.pools[0].tls_port == 4443


# What is written, then for each problem: its code, its line, and a word that must be in it.
SCHEMA: list[tuple[str, list[tuple[str, int, str]]]] = [
    ('sip_domain = ["contoso.com"]', [("key.unknown", 1, "sip_domains")]),
    ('sip_domains = ["http://contoso.com"]', [("host.is-a-url", 1, "URL")]),
    ('sip_domains = ["contoso"]', [("host.not-qualified", 1, "fully qualified")]),
    ('sip_domains = ["10.0.0.1"]', [("host.is-an-address", 1, "10.0.0.1")]),
    ('sip_domains = ["con toso.com"]', [("host.not-a-name", 1, "con toso.com")]),
    ("sip_domains = [7]", [("value.wrong-kind", 1, "The number 7")]),
    (
        '[[sip_domains]]\nname = "contoso.com"\ndiscovery_over_http = "yes"\n[discovery]\npublished = false',
        [("value.wrong-kind", 3, "true or false")],
    ),
    ('[simple_urls]\ndialin = "http://dialin.contoso.com"', [("url.scheme", 2, "https://")]),
    ('[simple_urls]\ndialin = "https://dialin.contoso.com:444"', [("simple-url.port", 2, "port")]),
    ('[simple_urls]\ndialin = "https://dialin"', [("simple-url.host", 2, "fully qualified")]),
    ('[simple_urls]\ndialin = "https://10.0.0.1"', [("simple-url.host", 2, "fully qualified")]),
    ('[simple_urls]\ndialin = "https://lync.contoso.com/Dial in"', [("simple-url.characters", 2, "Dial in")]),
    ('[simple_urls]\ndialin = "https://lync.contoso.com/?x=1"', [("url.too-much", 2, "query")]),
    ('[simple_urls]\nmeet.contoso.com = "https://meet.contoso.com"', [("simple-url.domain-not-quoted", 2, "quotes")]),
    (
        '[[pool]]\nrole = "frontend"\nexternal_fqdn = "w.contoso.com"\nservers = "fe"',
        [("value.unknown", 2, "'front-end'?")],
    ),
    ('[[pool]]\nexternal_fqdn = "w.contoso.com"\nservers = "fe"', [("key.missing", 1, "role is missing")]),
    ('[[pool]]\nrole = "director"\nexternal_fqdn = "w.contoso.com"', [("pool.servers", 1, "no servers")]),
    (
        '[[pool]]\nrole = "director"\nexternal_fqdn = "w.contoso.com"\nservers = "a"\nload_balancer = "b"',
        [("pool.servers", 1, "both")],
    ),
    ('[[pool]]\nrole = "director"\nservers = "fe"', [("pool.no-external-fqdn", 1, "published = false")]),
    (POOL + "https_port = 70000", [("value.out-of-range", 5, "65535")]),
    (POOL + 'https_port = "4443"', [("value.wrong-kind", 5, "without quotes")]),
    (POOL + "https_port = 8080", [("pool.one-port", 1, "8080")]),
    (POOL + 'external_fqnd = "x"', [("key.unknown", 5, "external_fqdn")]),
    (
        '[[pool]]\nrole = "director"\nexternal_fqnd = "w.contoso.com"\nservers = "fe"',
        [("key.unknown", 3, "external_fqdn")],
    ),
    (
        '[[pool]]\nrole = "director"\nexternal_fqdn = "*.contoso.com"\nservers = "fe"',
        [("host.wildcard", 3, "wildcard")],
    ),
    (POOL.replace('"fe01"', '"fe01:4443"'), [("host.has-a-port", 4, "port")]),
    (POOL.replace('["fe01"]', '[\n  "fe01",\n  {name = "fe02", prot = 1},\n]'), [("key.unknown", 6, "port")]),
    (POOL + 'open_directories = "/Admin"', [("value.unknown", 5, "/Cscp")]),
    (SITE + 'authentication = "basic"', [("authentication.not-offered", 4, "pass-through")]),
    (SITE + 'authentication = "kerberos"', [("authentication.other-word", 4, "keytab")]),
    (SITE + 'authentication = "open"', [("value.unknown", 4, "pass-through")]),
    (SITE + 'paths = "owa"', [("path.no-slash", 4, "/owa")]),
    (SITE + 'paths = ["/owa/*", "/a/../b"]', [("path.not-a-path", 4, "/a/../b")]),
    (SITE + 'paths = ["/a*"]', [("path.not-a-path", 4, "/a*")]),
    (SITE + 'paths = ["/%2e%2e"]', [("path.not-a-path", 4, "percent-encoding")]),
    (SITE + "paths = []", [("publish.nothing", 1, "empty")]),
    (SITE.replace("//a.local", "//a.local/owa"), [("publish.path", 3, "path")]),
    (SITE.replace("https://a.local", "ftp://a.local"), [("url.scheme", 3, "https:// or http://")]),
    (
        SITE.replace('"https://a.local"', '["https://a.local", "http://b.local"]'),
        [("publish.mixed-schemes", 1, "alike")],
    ),
    (SITE.replace('to = "https://a.local"', ""), [("publish.servers", 1, "no servers")]),
    (SITE.replace('"a.contoso.com"', '"*.contoso.com"'), [("host.wildcard", 2, "wildcard")]),
    ('[[listener]]\naddress = "0.0.0.0:0443x"', [("host.not-a-name", 2, "0443x")]),
    ('[[listener]]\naddress = "example.com:443"', [("address.not-an-address", 2, "example.com")]),
    ('[[listener]]\naddress = "300.1.1.1:443"', [("host.not-a-name", 2, "300.1.1.1")]),
    ('[[listener]]\naddress = "0.0.0.0:99999"', [("port.out-of-range", 2, "99999")]),
    ('[[listener]]\naddress = "0.0.0.0"', [("listener.port", 1, "no port")]),
    ('[[listener]]\naddress = "0.0.0.0:443"\nport = 443', [("listener.port", 1, "two ports")]),
    ("[[listener]]\nport = 443", [("listener.place", 1, "neither")]),
    (
        '[[listener]]\naddress = "0.0.0.0:80"\ncertificate = "public"',
        [("listener.certificate-without-tls", 1, "not encrypted")],
    ),
    ('[certificate.public]\nchain = "chain.pem"', [("key.missing", 1, "key is missing")]),
    ("[certificate]\npublic = []", [("certificate.empty", 2, "no files")]),
    ("[limits]\nhead_bytes = 0", [("value.out-of-range", 2, "at least 1")]),
    ("[limits]\nidle_seconds = nan", [("value.out-of-range", 2, "more than 0")]),
    ('[limits]\nidle_seconds = "120"', [("value.wrong-kind", 2, "without quotes")]),
    ("pool = 1", [("value.wrong-kind", 1, "list in brackets")]),
    ('[[relay]]\nhost = "a.contoso.com"\nto = "https://a.local"', [("relay.url", 3, "URL")]),
    ('[[relay]]\nhost = "a.contoso.com"\nto = []', [("list.empty", 3, "at least one")]),
    (
        '[[edge]]\naccess_fqdn = "sip.contoso.com"\nvirtual_address = "lsedge"',
        [("address.not-an-address", 3, "lsedge")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SCHEMA, ids=[text for text, _ in SCHEMA])
def test_a_wrong_value_is_told_once_with_its_line_and_what_to_do(
    text: str, expected: list[tuple[str, int, str]]
) -> None:
    found = problems_of(text if "[certificate" in text else f"{text}\n{CERTIFICATE}")
    told = [problem for problem in found if problem.code in {code for code, _, _ in expected}]
    assert [(problem.code, line(problem)) for problem in told] == [(code, number) for code, number, _ in expected]
    assert found == told, "one fault, one message"
    for problem, (_, _, word) in zip(told, expected, strict=True):
        assert word in f"{problem.message} {problem.hint}"
        assert problem.hint


CONSISTENCY: list[tuple[str, list[tuple[str, int, str]]]] = [
    (
        'sip_domains = ["contoso.com", "CONTOSO.com."]\n' + MEET + POOL + CERTIFICATE,
        [("sip-domain.twice", 1, "contoso.com")],
    ),
    ('sip_domains = ["contoso.com"]\n' + POOL + CERTIFICATE, [("simple-url.no-meet", 1, "contoso.com")]),
    ('sip_domains = ["contoso.com"]\n' + MEET + CERTIFICATE, [("pool.none-published", 3, "No front-end pool")]),
    (MEET + POOL + CERTIFICATE, [("simple-url.unknown-domain", 2, "contoso.com")]),
    (
        'sip_domains = ["contoso.com"]\n' + MEET + 'dialin = "https://meet.contoso.com/Dialin"\n' + POOL + CERTIFICATE,
        [("simple-url.prefix", 4, "beginning of the other")],
    ),
    (
        'sip_domains = ["contoso.com"]\n' + MEET + 'dialin = "https://meet.contoso.com"\n' + POOL + CERTIFICATE,
        [("simple-url.prefix", 4, "unique")],
    ),
    (
        'sip_domains = ["contoso.com"]\n' + MEET.replace("meet.contoso.com", "webext.contoso.com") + POOL + CERTIFICATE,
        [("simple-url.host-taken", 3, "webext.contoso.com")],
    ),
    (
        'sip_domains = ["contoso.com"]\n' + MEET.replace("meet.contoso.com", "contoso.com/Meet") + POOL + CERTIFICATE,
        [("simple-url.host-taken", 3, "SIP domain")],
    ),
    (
        'sip_domains = ["contoso.com"]\n' + MEET + 'pool = "berlin"\n' + POOL + CERTIFICATE,
        [("pool.unknown", 4, "webext.contoso.com")],
    ),
    (POOL + POOL + CERTIFICATE, [("publish.twice", 7, "in line 3")]),
    (SITE + SITE.replace("a.local", "b.local") + CERTIFICATE, [("publish.twice", 4, "in line 1")]),
    (SITE + 'paths = ["/owa/*", "/OWA/*"]\n' + CERTIFICATE, [("publish.twice", 1, "named twice")]),
    (
        POOL + SITE.replace("a.contoso.com", "WEBEXT.contoso.com") + CERTIFICATE,
        [("publish.twice", 5, "webext.contoso.com")],
    ),
    (
        SITE + '[[relay]]\nhost = "a.contoso.com"\nto = "own.local"\n' + CERTIFICATE,
        [("publish.twice", 4, "the relay a.contoso.com")],
    ),
    (
        POOL.replace("webext", "lyncdiscover")
        + 'sip_domains = "x"\n'.replace('sip_domains = "x"\n', "")
        + SITE
        + CERTIFICATE
        + '[[edge]]\naccess_fqdn = "a.contoso.com"\n',
        [("edge.name-published", 12, "DNS")],
    ),
    (
        SITE + 'name = "one"\n' + SITE.replace("a.contoso", "b.contoso") + 'name = "one"\n' + CERTIFICATE,
        [("name.twice", 5, "in line 1")],
    ),
    (
        POOL + 'name = "berlin.contoso.com"\n' + POOL.replace("webext", "berlin") + CERTIFICATE,
        [("name.twice", 6, "in line 1")],
    ),
    (SITE + 'listeners = "outside"\n' + CERTIFICATE, [("listener.unknown", 4, "0.0.0.0:443")]),
    (
        SITE + '[[listener]]\naddress = "0.0.0.0:443"\ncertificate = "other"\n' + CERTIFICATE,
        [("certificate.unknown", 6, "public")],
    ),
    (
        SITE + '[[listener]]\naddress = "0.0.0.0:443"\n[[listener]]\naddress = "0.0.0.0:443"\n' + CERTIFICATE,
        [("listener.twice", 6, "in line 4")],
    ),
    (SITE + '[[listener]]\naddress = "0.0.0.0:443"\n', [("listener.no-certificate", 4, "certificate")]),
    (
        SITE + '[[listener]]\naddress = "0.0.0.0:80"\n' + CERTIFICATE,
        [("publish.no-listener", 1, "none of its listeners")],
    ),
    (
        '[[sip_domains]]\nname = "contoso.com"\ndiscovery_over_http = true\n'
        + MEET
        + POOL
        + '[[listener]]\naddress = "0.0.0.0:443"\n'
        + CERTIFICATE,
        [("discovery.no-plain-listener", 3, "0.0.0.0:80")],
    ),
    (SITE.replace("a.local", "127.0.0.1") + CERTIFICATE, [("upstream.own-listener", 3, "circle")]),
    (SITE.replace("a.local", "localhost") + CERTIFICATE, [("upstream.own-listener", 3, "circle")]),
    (SITE.replace("a.local", "192.0.2.7") + CERTIFICATE, [("upstream.own-listener", 3, "192.0.2.7:443")]),
    (
        POOL.replace('"fe01"', '"fe01", {name = "fe02", address = "127.0.0.1", port = 443}') + CERTIFICATE,
        [("upstream.own-listener", 4, "127.0.0.1:443")],
    ),
    (
        SITE + '[[listener]]\naddress = "0.0.0.0:443"\n[[listener]]\ninterface = "eth7"\nport = 444\n' + CERTIFICATE,
        [("listener.no-such-interface", 7, "eth0")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CONSISTENCY, ids=[text for text, _ in CONSISTENCY])
def test_parts_that_contradict_one_another_are_told_once(text: str, expected: list[tuple[str, int, str]]) -> None:
    found = problems_of(text, {"lo": ("127.0.0.1",), "eth0": ("192.0.2.7",)})
    assert [(problem.code, line(problem)) for problem in found] == [(code, number) for code, number, _ in expected]
    for problem, (_, _, word) in zip(found, expected, strict=True):
        assert word in f"{problem.message} {problem.hint}"


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
sip_domains = ["contoso.com", "contoso.com"]
bogus = 1
[simple_urls]
dialin = "http://dialin.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01"]
https_port = "4443"
[[publish]]
host = "a.contoso.com"
to = "https://a"
authentication = "ntlm"
[[publish]]
host = "b.contoso.com"
to = "https://b"
[[publish]]
host = "b.contoso.com"
to = "https://127.0.0.1"
[[listener]]
address = "0.0.0.0:443"
certificate = "other"
"""
    assert [(line(problem), problem.code) for problem in problems_of(text)] == [
        (1, "sip-domain.twice"),
        (2, "key.unknown"),
        (4, "url.scheme"),
        (9, "value.wrong-kind"),
        (13, "accounts.none"),
        (17, "publish.twice"),
        (19, "upstream.own-listener"),
        (22, "certificate.unknown"),
    ]


def test_what_is_missing_is_not_told_where_something_faulty_was_taken_out() -> None:
    # The listener's certificate is there, only wrong; the second pool's name is wrong, so nobody knows who answers.
    text = """\
sip_domains = ["contoso.com"]
[[pool]]
role = "director"
external_fqdn = "contoso"
servers = ["fe01"]
[[listener]]
address = "0.0.0.0:443"
certificate = "public"
[certificate.public]
chain = 1
key = "key.pem"
"""
    assert [problem.code for problem in problems_of(text)] == ["host.not-qualified", "value.wrong-kind"]


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("sip_domains = [\n", 2, "TOML"),
        ("a = 1\nb 2\n", 2, "key = value"),
        ("a = 1\nb = yes\n", 2, "quotes"),
        ("a = 1\na = 2\n", 2, "TOML"),
        ("[pool]\na = 1\n[[pool]]\n", 3, "TOML"),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, number: int, words: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.code, line(problem)) == ("file.not-toml", number)
    assert words in f"{problem.message} {problem.hint}"


def test_lists_nested_without_end_are_refused() -> None:
    (problem,) = problems_of("a = " + "[" * 100_000)
    assert problem.code == "file.not-toml"


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "bridgehead.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert read_topology(file).sip_domains[0].name == "contoso.com"


def reading(path: Path) -> Problem:
    with pytest.raises(ProblemsFound) as found:
        read_topology(path)
    (problem,) = found.value.problems
    assert str(path) in problem.where
    return problem


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    assert reading(tmp_path / "none.toml").code == "file.missing"


def test_a_directory_is_one_problem(tmp_path: Path) -> None:
    assert reading(tmp_path).code == "file.directory"


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file that may not be read. Root may read everything, and so becomes somebody else for the test."""
    file = tmp_path / "secret.toml"
    file.write_text(SMALLEST)
    file.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield file
    os.seteuid(before)


def test_a_file_that_may_not_be_read_is_one_problem(secret: Path) -> None:
    assert reading(secret).code == "file.unreadable"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SMALLEST.encode("utf-16"), "file.utf-16"),
        (b"\x7fELF\x02\x01\x01\x00\x80\xff", "file.not-text"),
        (b"a = 1\x00", "file.not-text"),
        ('name = "B\xfcro"\n'.encode("latin-1"), "file.not-text"),
    ],
)
def test_what_is_not_utf_8_text_is_one_problem(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "bridgehead.toml"
    file.write_bytes(data)
    assert reading(file).code == code


def test_paths_count_from_the_directory_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "bridgehead.toml").write_text(SMALLEST.replace('"key.pem"', '"/keys/key.pem"'))
    monkeypatch.chdir(tmp_path)
    (pair,) = read_topology("etc/bridgehead.toml").certificates["public"]
    assert (pair.chain, pair.key) == (str(tmp_path / "etc" / "chain.pem"), "/keys/key.pem")


def test_places_of_sound_values_can_be_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "bridgehead.toml"
    file.write_text(SMALLEST)
    places = read_file(file).places
    assert places("pool", 0, "external_fqdn") == f"{file}:{POOL_LINE + 2}: pool[0].external_fqdn"


@given(st.text())
def test_whatever_the_text_the_answer_is_a_topology_or_problems(text: str) -> None:
    try:
        parse(text, "bridgehead.toml")
    except ProblemsFound as found:
        told = found.problems
    else:
        return
    assert told


KEYS = [
    "role",
    "external_fqdn",
    "servers",
    "name",
    "host",
    "to",
    "paths",
    "address",
    "port",
    "chain",
    "key",
    "active",
    "x",
]
SECTIONS = [
    "sip_domains",
    "simple_urls",
    "pool",
    "publish",
    "exchange",
    "relay",
    "edge",
    "listener",
    "certificate",
    "limits",
]
VALUES = st.sampled_from(
    [
        '"a.contoso.com"',
        '"https://a.local"',
        '"0.0.0.0:443"',
        "443",
        "-1",
        "true",
        "[]",
        '["/*", 1]',
        "{}",
        "{ name = 1 }",
        "1979-05-27",
    ]
)
TABLES = st.tuples(
    st.sampled_from(["[{}]", "[[{}]]", "[{}.a]"]),
    st.sampled_from(SECTIONS),
    st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=4, unique_by=lambda pair: pair[0]),
)


@given(st.lists(TABLES, max_size=5))
def test_whatever_stands_where_no_fault_ends_in_anything_but_problems(
    tables: list[tuple[str, str, list[tuple[str, str]]]],
) -> None:
    text = ""
    for header, section, pairs in tables:
        text += header.format(section) + "\n" + "".join(f"{key} = {value}\n" for key, value in pairs)
    try:
        parse(text, "bridgehead.toml", interfaces={"lo": ("127.0.0.1",)})
    except ProblemsFound as found:
        told = found.problems
    else:
        return
    assert told
    assert len(set(told)) == len(told)

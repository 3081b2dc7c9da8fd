from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bridgehead.names import is_host_name
from bridgehead.topology.values import Host, PathPattern, PublicName, PublishedHost, split_host_and_port

PUBLIC_NAME: TypeAdapter[str] = TypeAdapter(PublicName)
PATH: TypeAdapter[str] = TypeAdapter(PathPattern)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Meet.Contoso.COM", "meet.contoso.com"),
        ("meet.contoso.com.", "meet.contoso.com"),
        ("büro.example", "xn--bro-hoa.example"),
        ("BÜRO.example", "xn--bro-hoa.example"),
        ("xn--bro-hoa.example", "xn--bro-hoa.example"),
    ],
)
def test_a_name_has_one_spelling(written: str, normal: str) -> None:
    assert PUBLIC_NAME.validate_python(written) == normal


labels = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,12}[A-Za-z0-9])?", fullmatch=True)


@given(st.lists(labels, min_size=1, max_size=4), st.from_regex(r"[A-Za-z]{2,6}", fullmatch=True))
def test_every_spelling_of_a_name_is_the_same_name(parts: list[str], top: str) -> None:
    name = ".".join([*parts, top])
    normal = PUBLIC_NAME.validate_python(name)
    assert is_host_name(normal)
    assert PUBLIC_NAME.validate_python(name.upper() + ".") == normal
    assert PUBLIC_NAME.validate_python(normal) == normal


@given(st.text())
def test_whatever_is_taken_as_a_public_name_is_a_full_host_name(text: str) -> None:
    try:
        name = PUBLIC_NAME.validate_python(text)
    except ValidationError:
        return
    assert is_host_name(name)
    assert "." in name


@pytest.mark.parametrize("host", ["*", "a.contoso.com"])
def test_a_site_may_stand_for_every_other_host(host: str) -> None:
    assert TypeAdapter(PublishedHost).validate_python(host) == host


@pytest.mark.parametrize("host", ["10.0.0.1", "fe01", "2001:db8::1", "[2001:db8::1]"])
def test_a_server_may_be_a_short_name_or_an_address(host: str) -> None:
    assert TypeAdapter(Host).validate_python(host) == host.strip("[]")


@pytest.mark.parametrize("path", ["/*", "/ucwa/*", "/Microsoft-Server-ActiveSync/*", "/a/b.aspx", "/", "/_layouts/15/"])
def test_all_content_a_directory_or_a_page_can_be_published(path: str) -> None:
    assert PATH.validate_python(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "ucwa/*",
        "/a*",
        "/*/a",
        "/a//b",
        "/../a",
        "/a/..",
        "/./a",
        "/a/.",
        "/a?b",
        "/a#b",
        "/a%20b",
        "/a b",
        "/a\\b",
    ],
)
def test_what_servers_could_read_in_two_ways_is_no_path(path: str) -> None:
    with pytest.raises(ValidationError):
        PATH.validate_python(path)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("192.0.2.1:443", ("192.0.2.1", 443)),
        ("[2001:DB8::1]:443", ("2001:db8::1", 443)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[::]", ("::", None)),
        ("fe01:4443", ("fe01", 4443)),
        ("fe01", ("fe01", None)),
    ],
)
def test_a_port_is_told_from_an_address(text: str, parts: tuple[str, int | None]) -> None:
    assert split_host_and_port(text) == parts

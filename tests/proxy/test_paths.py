from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.paths import is_plain, path_of, readings


def test_the_path_ends_where_the_query_begins() -> None:
    assert path_of(b"/a/b?c=/d?e") == b"/a/b"
    assert path_of(b"/a") == b"/a"


@pytest.mark.parametrize(
    "path", [b"/", b"/ucwa/v1/applications/123", b"/a.b/c.svc", b"/meet/user_1/ABC-9", b"/a~b", b"/a+b&c='d'"]
)
def test_ordinary_paths_are_plain(path: bytes) -> None:
    assert is_plain(path)
    assert readings(path) == {path.decode().lower()}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        (b"/public/../cscp/x", "/cscp/x"),
        (b"/public/%2e%2e/cscp", "/cscp"),
        (b"/public/..%2fcscp", "/cscp"),
        (b"/public/..%5ccscp", "/cscp"),
        (b"/public\\..\\cscp", "/cscp"),
        (b"/%63scp", "/cscp"),
        (b"/%2563scp", "/cscp"),
        (b"/%252e%252e/cscp", "/cscp"),
        (b"/%u0063scp", "/cscp"),
        (b"/%U0063scp", "/cscp"),
        (b"/%25u0063scp", "/cscp"),
        (b"/cscp./x", "/cscp/x"),
        (b"/cscp%20/x", "/cscp/x"),
        (b"/cscp;a=b/x", "/cscp/x"),
        (b"/cscp::$INDEX_ALLOCATION/x", "/cscp/x"),
        (b"//cscp", "/cscp"),
        (b"/./cscp", "/cscp"),
        (b"/%ef%bd%83scp", "/cscp"),  # a full-width c
        (b"/%uff43scp", "/cscp"),
        (b"/cscp%00.aspx", "/cscp"),
        (b"/CS%43P", "/cscp"),
        (b"/public/.../../cscp", "/cscp"),
    ],
)
def test_every_known_reading_of_an_unusual_path_is_made(path: bytes, meant: str) -> None:
    assert not is_plain(path)
    found = readings(path)
    assert meant in found
    assert path.decode("latin-1").lower() in found


def test_no_path_leads_above_the_root() -> None:
    assert "/cscp" in readings(b"/../../../cscp")


@given(st.text("/.%25uf\\;ca0~: ", max_size=12))
def test_a_plain_path_has_one_reading(text: str) -> None:
    path = b"/" + text.encode()
    if is_plain(path) and b" " not in path:
        assert readings(path) == {path.decode().lower()}

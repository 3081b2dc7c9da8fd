"""Debian's nginx behind the proxy, as a plain site with large files: somebody else's framing, ranges and closes."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.free_port import free_port
from tests.interop import debian
from tests.interop.curl import curl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.end_to_end.published_pools import PublishedPools

pytestmark = pytest.mark.interop

MEBIBYTE = 1 << 20
LARGE_BYTES = 100 * MEBIBYTE

_CONFIGURATION = """
daemon off;
{identity}
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    gzip_types *;
    server {{
        listen 127.0.0.1:{port};
        root {directory}/pages;
        location /closing/ {{ keepalive_timeout 0; alias {directory}/pages/; }}
        location /compressed/ {{ gzip on; alias {directory}/pages/; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def pages() -> Iterator[tuple[int, Path]]:
    """The port of a running nginx, and the directory that it serves: `large` and `small`."""
    program = debian.program("nginx", "nginx-light")
    with ExitStack() as stack:
        directory = stack.enter_context(debian.readable_directory())
        pages = directory / "pages"
        pages.mkdir()
        (pages / "small").write_bytes(b"slide " * 1000)
        with (pages / "large").open("wb") as large:
            for number in range(LARGE_BYTES // MEBIBYTE):
                large.write(hashlib.sha256(bytes([number])).digest() * (MEBIBYTE // 32))
        port = free_port()
        identity = "user root;" if os.geteuid() == 0 else ""
        configuration = directory / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(directory=directory, port=port, identity=identity))
        log = directory / "error.log"
        command = [program, "-p", str(directory), "-e", str(log), "-c", str(configuration)]
        stack.enter_context(debian.server(command, port, log))
        yield port, pages


@pytest.fixture
def proxy(pages: tuple[int, Path], publish: Callable[..., PublishedPools]) -> PublishedPools:
    return publish(pages[0])


@pytest.mark.parametrize("path", ["/large", "/closing/large"])
def test_a_download_of_100_mebibytes_is_unchanged(proxy: PublishedPools, pages: tuple[int, Path], path: str) -> None:
    seen = curl(proxy, path)
    assert seen.statuses == [200]
    assert hashlib.sha256(seen.body).digest() == hashlib.sha256((pages[1] / "large").read_bytes()).digest()


def test_a_slow_reader_gets_it_all(proxy: PublishedPools) -> None:
    assert len(curl(proxy, "/large", "--limit-rate", "50M").body) == LARGE_BYTES


def test_a_range(proxy: PublishedPools, pages: tuple[int, Path]) -> None:
    seen = curl(proxy, "/large", "--range", "5000000-5999999")
    assert seen.statuses == [206]
    assert seen.body == (pages[1] / "large").read_bytes()[5_000_000:6_000_000]


def test_an_answer_in_chunks(proxy: PublishedPools, pages: tuple[int, Path]) -> None:
    seen = curl(proxy, "/compressed/small", "--compressed")
    assert "Transfer-Encoding: chunked" in seen.heads[0]
    assert seen.body == (pages[1] / "small").read_bytes()


def test_head_and_not_modified_have_no_body(proxy: PublishedPools) -> None:
    head = curl(proxy, "/large", "--head")
    assert f"Content-Length: {LARGE_BYTES}" in head.heads[0]
    modified = next(line for line in head.heads[0].splitlines() if line.startswith("Last-Modified: "))
    condition = modified.replace("Last-Modified", "If-Modified-Since")
    assert curl(proxy, "/large", "--header", condition).statuses == [304]

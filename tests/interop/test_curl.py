"""Debian's curl through the proxy: NTLM with bodies against the laboratory's acceptor, HTTP/1.0, and expectations."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.services.meeting_content import MeetingContent
from bridgehead.lab.site import Directory, Identity, Site
from bridgehead.lab.web_server import WebServer
from tests.interop.curl import Seen, curl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgehead.lab.publication import Publication
    from bridgehead.lab.users import User
    from tests.end_to_end.published_pools import PublishedPools

pytestmark = pytest.mark.interop

MEBIBYTE = 1 << 20
LOGIN = "/behind-login"
OPEN = "/open"


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, names: Publication, users: tuple[User, ...]
) -> Iterator[Deployment]:
    with Deployment(tmp_path_factory.mktemp("deployment"), names, users) as running:
        yield running


@pytest.fixture
def content(deployment: Deployment) -> Iterator[WebServer]:
    """Takes uploads and gives downloads, behind NTLM and without."""
    transfer = MeetingContent().handle
    directories = [Directory(LOGIN, transfer, windows_authentication=True), Directory(OPEN, transfer)]
    site = Site(Identity("content"), lambda _: directories, deployment.directory / "users")
    server = WebServer("content", site)
    deployment.call(server.start)
    yield server
    deployment.call(server.close)


@pytest.fixture
def proxy(content: WebServer, publish: Callable[..., PublishedPools]) -> PublishedPools:
    return publish(content.port)


def ntlm(user: User) -> list[str]:
    return ["--ntlm", "--user", f"{user.account}:{user.password}"]


def answer(seen: Seen) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(seen.body)
    return content


def request_heads(seen: Seen) -> list[str]:
    """The heads that curl sent."""
    lines = [line[2:].rstrip() for line in seen.dialogue.splitlines() if line.startswith("> ")]
    return [head for head in "\n".join(lines).split("\n\n") if head.strip()]


def test_a_posted_body_comes_with_the_last_leg_alone(
    proxy: PublishedPools, content: WebServer, users: tuple[User, ...]
) -> None:
    seen = curl(proxy, LOGIN, *ntlm(users[0]), "--data-binary", "slides")
    assert seen.statuses == [401, 200]
    assert [re.findall(r"(?m)^Content-Length: (\d+)$", head) for head in request_heads(seen)] == [["0"], ["6"]]
    assert answer(seen) == {"bytes": 6, "sha256": hashlib.sha256(b"slides").hexdigest()}
    assert f"X-Lab-User: {users[0].account}" in seen.heads[-1]
    assert len({event.connection for event in content.record.events()}) == 1


def test_head(proxy: PublishedPools, users: tuple[User, ...]) -> None:
    seen = curl(proxy, f"{LOGIN}?size=1000", *ntlm(users[0]), "--head")
    assert seen.statuses[-1] == 200
    assert "Content-Length: 1000" in seen.heads[-1]
    assert f"X-Lab-User: {users[0].account}" in seen.heads[-1]


def test_an_upload_of_10_mebibytes_behind_ntlm(proxy: PublishedPools, users: tuple[User, ...], tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(hashlib.sha256(b"seed").digest() * (10 * MEBIBYTE // 32))
    seen = curl(proxy, LOGIN, *ntlm(users[1]), "--upload-file", str(upload))
    assert answer(seen) == {"bytes": 10 * MEBIBYTE, "sha256": hashlib.sha256(upload.read_bytes()).hexdigest()}
    assert f"X-Lab-User: {users[1].account}" in seen.heads[-1]


def test_an_upload_in_chunks(proxy: PublishedPools, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"slide" * MEBIBYTE)
    chunked = ("--header", "Transfer-Encoding: chunked", "--upload-file", str(upload))
    assert answer(curl(proxy, OPEN, *chunked))["sha256"] == hashlib.sha256(upload.read_bytes()).hexdigest()


def test_an_expected_100_continue_comes_before_the_body(proxy: PublishedPools) -> None:
    patient = ("--header", "Expect: 100-continue", "--expect100-timeout", "60", "--data-binary", "slides")
    seen = curl(proxy, OPEN, *patient)
    assert seen.statuses == [100, 200]
    assert answer(seen)["bytes"] == 6


@pytest.mark.parametrize("query", ["size=100000", "size=100000&chunked=1"])
def test_a_client_of_http_1_0(proxy: PublishedPools, query: str) -> None:
    """An answer in chunks, which HTTP/1.0 does not know, must have become one that ends with the connection."""
    seen = curl(proxy, f"{OPEN}?{query}", "--http1.0")
    assert seen.statuses == [200]
    assert "Transfer-Encoding" not in seen.heads[0]
    digest = re.search(r"X-Lab-SHA256: (\w+)", seen.heads[0])
    assert digest is not None
    assert hashlib.sha256(seen.body).hexdigest() == digest[1]


def test_several_transfers_on_one_connection(proxy: PublishedPools, users: tuple[User, ...]) -> None:
    url = proxy.names.url(proxy.names.web, f"{LOGIN}?size=10")
    seen = curl(proxy, f"{LOGIN}?size=10", *ntlm(users[2]), url, url)
    assert seen.statuses == [401, 200, 200, 200]
    assert len(seen.body) == 30

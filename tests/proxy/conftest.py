"""A proxy over loopback with scripted servers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import settings

from tests.proxy.sites import Sites
from tests.proxy.wire import Proxy, ScriptedServer, server_tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.proxy.sites import Site


# How long an example takes depends on who else uses the machine.
settings.register_profile("proxy", deadline=None)
settings.load_profile("proxy")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Signs for the outside and the inside alike."""
    return trustme.CA()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[ScriptedServer]:
    """A server that proves to be `inside.test`."""
    with ScriptedServer(tls=server_tls(authority)) as scripted:
        yield scripted


@pytest.fixture
def start(tmp_path: Path, authority: trustme.CA) -> Iterator[Callable[..., Proxy]]:
    """Start a proxy: `start(server)` publishes it plain as `site.test`; keywords change the rule, pool and limits."""
    running: list[Proxy] = []

    def begin(*servers: ScriptedServer, **options: object) -> Proxy:
        proxy = Proxy(tmp_path, authority, servers, **options)  # type: ignore[arg-type] # passed through from tests
        running.append(proxy)
        proxy.start()
        return proxy

    yield begin
    for proxy in running:
        proxy.stop()


@pytest.fixture
def proxy_of(tmp_path: Path, authority: trustme.CA) -> Iterator[Callable[..., Proxy]]:
    """A proxy that the test fills in and starts itself."""
    made: list[Proxy] = []

    def make(*servers: ScriptedServer, **options: object) -> Proxy:
        proxy = Proxy(tmp_path, authority, servers, **options)  # type: ignore[arg-type] # passed through from tests
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.stop()


@pytest.fixture(scope="session")
def _plain_sites(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Sites]:
    sites = Sites(tmp_path_factory.mktemp("plain"), authority)
    yield sites
    sites.stop()


@pytest.fixture(scope="session")
def _tls_sites(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Sites]:
    sites = Sites(tmp_path_factory.mktemp("tls"), authority, server_tls(authority))
    yield sites
    sites.stop()


@pytest.fixture
def site(_plain_sites: Sites) -> Iterator[Site]:
    """A site with default settings, whose server speaks plain HTTP; over http and https to the outside."""
    one = _plain_sites.next()
    with one.server:
        yield one
    assert "Traceback" not in one.proxy.said(), one.proxy.said()


@pytest.fixture
def tls_site(_tls_sites: Sites) -> Iterator[Site]:
    """The same with a server that speaks TLS."""
    one = _tls_sites.next()
    with one.server:
        yield one
    assert "Traceback" not in one.proxy.said(), one.proxy.said()

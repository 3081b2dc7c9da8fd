"""A proxy over loopback with scripted servers behind it."""

from __future__ import annotations

from contextlib import ExitStack
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
    # All of them end, whatever is found wrong with one.
    with ExitStack() as running:

        def begin(*servers: ScriptedServer, **options: object) -> Proxy:
            proxy = Proxy(tmp_path, authority, servers, **options)  # type: ignore[arg-type] # passed through from tests
            running.callback(proxy.stop)
            proxy.start()
            return proxy

        yield begin


@pytest.fixture
def proxy_of(tmp_path: Path, authority: trustme.CA) -> Iterator[Callable[..., Proxy]]:
    """A proxy that the test fills in and starts itself."""
    with ExitStack() as made:

        def make(*servers: ScriptedServer, **options: object) -> Proxy:
            proxy = Proxy(tmp_path, authority, servers, **options)  # type: ignore[arg-type] # passed through from tests
            made.callback(proxy.stop)
            return proxy

        yield make


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
    yield from _sound(_plain_sites.next())


@pytest.fixture
def tls_site(_tls_sites: Sites) -> Iterator[Site]:
    """The same with a server that speaks TLS."""
    yield from _sound(_tls_sites.next())


def _sound(site: Site) -> Iterator[Site]:
    """The site, in whose time nothing must go wrong that the proxy did not foresee."""
    before = len(site.proxy.said())
    with site.server:
        yield site
    said = site.proxy.said()[before:]
    assert "Traceback" not in said, said[:4000]

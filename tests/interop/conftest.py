from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.publication import Publication
from bridgehead.lab.users import lab_users
from bridgehead.spec import Pool, Server
from tests.end_to_end.free_port import free_port
from tests.end_to_end.published_pools import LOOPBACK, PublishedPools
from tests.interop.samba_domain import SambaDomain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgehead.lab.users import User


@pytest.fixture(scope="session")
def authority() -> LabAuthority:
    """Signs for the outside and the inside alike."""
    return LabAuthority("Interoperability")


@pytest.fixture(scope="session")
def users() -> tuple[User, ...]:
    return lab_users(10)


@pytest.fixture(scope="session")
def names() -> Publication:
    return Publication(https_port=free_port(), http_port=free_port())


@pytest.fixture(scope="session")
def domain(names: Publication) -> Iterator[SambaDomain]:
    """One for the whole suite: it takes ten seconds."""
    with SambaDomain([names.web]) as running:
        yield running


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def publish(
    tmp_path: Path, stack: ExitStack, names: Publication, authority: LabAuthority
) -> Callable[..., PublishedPools]:
    """`publish(port)` puts a plain server behind the proxy; with a `name`, one with TLS that must prove it."""

    def begin(port: int, name: str | None = None) -> PublishedPools:
        root = authority.write_root(tmp_path, "inside-root")
        server = Server(host=LOOPBACK, port=port, verify_name=name)
        pool = Pool(name="pool", servers=(server,), tls=name is not None, trust=(str(root),))
        return PublishedPools(tmp_path, stack, names, authority, [pool])

    return begin

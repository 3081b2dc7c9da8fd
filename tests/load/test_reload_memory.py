"""What a change replaces is let go: a hundred changes do not make the proxy larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.control import ask
from tests.load.figures import figures_of
from tests.load.published import connect, only_worker, published, running_site, write_spec
from tests.load.sizes import MIB
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

    from tests.proxy.wire import Proxy

WARM_UP, CHANGES = 20, 120


def change_the_pool(proxy: Proxy, number: int) -> None:
    """A pool that differs from the last one is another pool, with a TLS context of its own; one request uses it."""
    spec = proxy.spec()
    pool = spec.pools[0].model_copy(update={"idle_seconds": 20.0 + number % 2})
    write_spec(proxy, spec.model_copy(update={"pools": (pool,)}))
    assert ask(proxy.control, "reload")["ok"]
    with connect(proxy, proxy.client_context()) as client:
        assert client.request("GET", "/small").status == 200


def test_replaced_pools_are_let_go(tmp_path: Path, authority: trustme.CA) -> None:  # noqa: F811 - the fixture
    with running_site(tmp_path, authority) as site, published(tmp_path, authority, site) as proxy:
        for number in range(WARM_UP):
            change_the_pool(proxy, number)
        before = figures_of(only_worker(proxy)).resident
        for number in range(WARM_UP, CHANGES):
            change_the_pool(proxy, number)
        grown = figures_of(only_worker(proxy)).resident - before
        print(f"{CHANGES - WARM_UP} changes: the worker grew by {grown / MIB:.2f} MiB")
        assert grown < MIB

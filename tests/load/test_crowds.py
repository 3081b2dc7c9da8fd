"""Thousands who wait, and thousands who dawdle, do not keep the others from being served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.load.figures import figures_of, forget_peak
from tests.load.programs import Program
from tests.load.published import only_worker, published, running_site
from tests.load.sizes import DRIBBLED_HEAD_SECONDS, DRIBBLERS, FULL, POLLERS, VISITORS_SECONDS
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture
from tests.proxy.wire import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from tests.load.published import Site
    from tests.proxy.wire import Proxy

VISITS_A_SECOND = 50
PATIENCE_SECONDS = 300.0
LIMITS = {"connections_per_address": 20_000, "head_seconds": DRIBBLED_HEAD_SECONDS}


@pytest.fixture
def site(tmp_path: Path, authority: trustme.CA) -> Iterator[Site]:  # noqa: F811 - the fixture
    with running_site(tmp_path, authority) as running:
        yield running


@pytest.fixture
def proxy(tmp_path: Path, authority: trustme.CA, site: Site) -> Iterator[Proxy]:  # noqa: F811 - the fixture
    with published(tmp_path, authority, site, limits=LIMITS) as running:
        yield running


def program(proxy: Proxy, name: str, *arguments: object) -> Program:
    return Program(name, proxy.host, proxy.tls_port, proxy.directory / "authority.pem", *arguments)


def visit(proxy: Proxy, label: str) -> None:
    """Ordinary visitors come and go; each of their requests is answered."""
    with program(proxy, "visitors", VISITS_A_SECOND, VISITORS_SECONDS) as visitors:
        told = visitors.hear(PATIENCE_SECONDS)
    print(f"{label}: {told}")
    assert set(told["outcomes"]) == {"200"}, told


def kilobytes_each(proxy: Proxy, before: int, count: int) -> float:
    return (figures_of(only_worker(proxy)).proportional - before) / 1024 / count


def test_others_are_served_while_thousands_wait_in_long_polls(proxy: Proxy, site: Site) -> None:
    visit(proxy, "visitors alone")
    before = figures_of(only_worker(proxy)).proportional
    with program(proxy, "pollers", POLLERS) as pollers:
        assert pollers.hear(PATIENCE_SECONDS) == {"waiting": POLLERS}
        eventually(lambda: site.figures()["polls"] == POLLERS, "all polls at the site")
        print(f"each of {POLLERS} long polls takes {kilobytes_each(proxy, before, POLLERS):.1f} KiB")
        visit(proxy, f"visitors beside {POLLERS} long polls")
        site.release()
        pollers.tell("read")
        assert pollers.hear(PATIENCE_SECONDS) == {"outcomes": {"200": POLLERS}}
    print(f"afterwards {kilobytes_each(proxy, before, POLLERS):.1f} KiB for each are kept")


def test_heads_that_come_a_byte_at_a_time_are_ended_and_others_are_served(proxy: Proxy) -> None:
    visit(proxy, "visitors alone")
    worker = only_worker(proxy)
    forget_peak(worker)
    before, cpu = figures_of(worker).resident, figures_of(worker).cpu
    with program(proxy, "dribblers", DRIBBLERS) as dribblers:
        assert dribblers.hear(PATIENCE_SECONDS)["open"] > 0
        visit(proxy, f"visitors beside {DRIBBLERS} heads of a byte at a time")
        told = dribblers.hear(PATIENCE_SECONDS)
    after = figures_of(worker)
    print(f"dribblers: {told}; {(after.peak - before) / 1024:.0f} KiB and {after.cpu - cpu:.2f} s in the worker")
    assert told["outcomes"] == {"408": DRIBBLERS}
    if FULL:
        # The one figure that is a promise in seconds: twice a second the worker's timer looks at every deadline.
        assert told["longest"] < DRIBBLED_HEAD_SECONDS + 3, told

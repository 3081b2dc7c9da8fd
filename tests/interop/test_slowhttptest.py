"""Debian's slowhttptest: slow heads, slow bodies and slow readers hold nothing that others need."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.interop.debian import program
from tests.load.programs import Program
from tests.load.published import published, running_site
from tests.proxy.conftest import authority as wire_authority  # noqa: F401 - the wire kit's fixture

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

    from tests.proxy.wire import Proxy

pytestmark = pytest.mark.interop

CONNECTIONS = 1000
SECONDS = 20
"""Longer than the default time for a head, so that slow heads are over before the test is."""
PATIENCE_SECONDS = 120.0
KINDS = {
    "slow heads": ("/small", "-H"),
    "slow bodies": ("/upload", "-B", "-s", "8192"),
    "slow readers": ("/bytes/300000", "-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32"),
}


def slowhttptest(proxy: Proxy, kind: str) -> list[str]:
    target, *options = KINDS[kind]
    url = f"https://{proxy.host}:{proxy.tls_port}{target}"
    common = ["-c", CONNECTIONS, "-r", 200, "-i", 5, "-x", 24, "-l", SECONDS, "-p", 5, "-u", url]
    return [program("slowhttptest", "slowhttptest"), *options, *map(str, common)]


@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_hold_nothing_that_others_need(tmp_path: Path, wire_authority: trustme.CA, kind: str) -> None:  # noqa: F811 - the fixture
    with (
        running_site(tmp_path, wire_authority) as site,
        published(tmp_path, wire_authority, site) as proxy,
        subprocess.Popen(slowhttptest(proxy, kind), stdout=subprocess.PIPE, text=True) as slow,
    ):
        root = proxy.directory / "authority.pem"
        with Program("visitors", proxy.host, proxy.tls_port, root, 50, SECONDS - 2) as visitors:
            told = visitors.hear(PATIENCE_SECONDS)
        output = re.sub(r"\x1b\[[0-9;]*m", "", slow.communicate(timeout=PATIENCE_SECONDS)[0])
    print(f"{kind}: {told}")
    assert set(told["outcomes"]) == {"200"}, told
    # Its own probe, once a second, by a client of its own.
    assert re.findall(r"service available:\s+(\w+)", output)[-1] == "YES", output
    if kind == "slow heads":
        assert "No open connections left" in output, output

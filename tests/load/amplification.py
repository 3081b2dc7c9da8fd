"""What a request costs the proxy, and what it costs its sender: `python -m tests.load.amplification [KIND...]`.

One worker, a site behind it, and one kind of attack after the other. Prints a table; a row over ten is marked.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from bridgehead.spec import Forward, Refuse, Rule
from tests.load.attackers import ATTACKS
from tests.load.figures import Figures, figures_of, forget_peak
from tests.load.programs import Program
from tests.load.published import only_worker, published, running_site

if TYPE_CHECKING:
    from tests.proxy.wire import Proxy

MOST = 10.0
KERNEL_BYTES = 4096
"""What a connection costs its sender at least: a socket and a descriptor in its own kernel."""
_PATIENCE_SECONDS = 120.0
_LISTENERS = ("plain", "tls")
RULES = (
    Rule(name="site", listeners=_LISTENERS, hosts=("*",), action=Forward(pool="pool")),
    Rule(name="closed", listeners=_LISTENERS, hosts=("site.test",), path="/closed/*", action=Refuse(reason="closed")),
    Rule(name="open", listeners=_LISTENERS, hosts=("site.test",), action=Forward(pool="pool")),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one attack, on both sides."""

    kind: str
    requests: int
    sent: int
    connections: int
    sender_cpu: float
    proxy_cpu: float
    sender_memory: int
    proxy_memory: int
    failure: str

    @property
    def cpu_ratio(self) -> float:
        """Times the sender's processor time."""
        return self.proxy_cpu / max(self.sender_cpu, 1e-3)

    @property
    def memory_ratio(self) -> float:
        """Times the sender's memory: its process's, its sockets' and what it has sent."""
        paid = max(self.sender_memory, self.connections * KERNEL_BYTES) + self.sent
        return self.proxy_memory / max(paid, 1 << 20)

    def line(self) -> str:
        """A row of the table."""
        each = 1e6 * self.proxy_cpu / max(self.requests, 1)
        memory = self.proxy_memory / 1024 / max(self.connections, 1)
        over = "  OVER" if max(self.cpu_ratio, self.memory_ratio) > MOST else ""
        return (
            f"{self.kind:28} {self.requests:7,} {self.sent / 1024:9,.0f} {self.sender_cpu:8.3f} {self.proxy_cpu:8.3f} "
            f"{self.cpu_ratio:6.1f} {each:10,.0f} {self.proxy_memory / 1024:9,.0f} {memory:8.1f} "
            f"{self.memory_ratio:6.1f}{over} {self.failure}"
        )


HEADING = (
    f"{'kind':28} {'number':>7} {'KiB sent':>9} {'sender s':>8} {'proxy s':>8} {'times':>6} {'us each':>10} "
    f"{'KiB':>9} {'KiB conn':>8} {'times':>6}"
)


def _settled(worker: int) -> Figures:
    """Its figures once it has worked off what was sent."""
    clock, before = threading.Event(), figures_of(worker)
    while True:
        clock.wait(0.3)
        now = figures_of(worker)
        if now.cpu - before.cpu <= 0.01:
            return now
        before = now


def cost_of(proxy: Proxy, kind: str) -> Cost:
    """Attack, and count."""
    worker = only_worker(proxy)
    before = _settled(worker)
    forget_peak(worker)
    root = proxy.directory / "authority.pem"
    with Program("attackers", proxy.host, proxy.plain_port, proxy.tls_port, root, kind) as attacker:
        told = attacker.hear(_PATIENCE_SECONDS)
        after = _settled(worker)
    return Cost(
        kind,
        told["requests"],
        told["bytes"],
        told["connections"],
        told["cpu"],
        after.cpu - before.cpu,
        told["memory"],
        max(0, after.peak - before.resident),
        told["failure"],
    )


def begin() -> int:
    """All attacks, or those that are named. The exit status: 1 where one costs too much."""
    kinds = sys.argv[1:] or list(ATTACKS)
    authority = trustme.CA()
    worst = 0.0
    print(HEADING, flush=True)
    for kind in kinds:
        # A proxy of its own for each: what one left behind is not the next one's cost.
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            site = stack.enter_context(running_site(directory, authority, tls=False))
            limits = {"connections_per_address": 5000}
            proxy = stack.enter_context(published(directory, authority, site, rules=RULES, limits=limits))
            cost = cost_of(proxy, kind)
        print(cost.line(), flush=True)
        worst = max(worst, cost.cpu_ratio, cost.memory_ratio)
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(begin())

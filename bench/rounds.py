"""The order of a run: every workload, round by round, each proxy in its turn."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.client import UnexpectedAnswer
from bench.measure import measure_cpu, measure_memory
from bench.peers.peer import running_peer
from bench.programs import ProgramMissing
from bench.readiness import NotAnswering
from bench.report import OURS, Row, Section
from bench.workloads import CpuWorkload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.peers.peer import Peer, RunningPeer
    from bench.testbed import Testbed
    from bench.workloads import MemoryWorkload, Workload

_FAILURES = (ProgramMissing, NotAnswering, UnexpectedAnswer, OSError, subprocess.SubprocessError)
"""What one proxy may do wrong without ending the run: it is reported in its row."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: int
    idle_connections: int


class Run:
    """Proxies under load are started once and take turns; where memory is measured, each starts afresh."""

    def __init__(
        self, testbed: Testbed, peers: Sequence[Peer], extent: Extent, progress: Callable[[str], None]
    ) -> None:
        self._testbed = testbed
        self._peers = peers
        self._extent = extent
        self._progress = progress

    def sections(self, workloads: Sequence[Workload], show: Callable[[Section], None]) -> list[Section]:
        """Measure all workloads, and show each as soon as it is complete."""
        under_load = [workload for workload in workloads if isinstance(workload, CpuWorkload)]
        at_rest = [workload for workload in workloads if not isinstance(workload, CpuWorkload)]
        finished = []
        with contextlib.ExitStack() as stack:
            started = self._start_all(stack) if under_load else {}
            for workload in under_load:
                finished.append(self._under_load(workload, started))
                show(finished[-1])
        for idle in at_rest:
            finished.append(self._at_rest(idle))
            show(finished[-1])
        return finished

    def _start_all(self, stack: contextlib.ExitStack) -> dict[str, RunningPeer | str]:
        started: dict[str, RunningPeer | str] = {}
        for peer in self._peers:
            self._progress(f"starting {peer.name}")
            try:
                started[peer.name] = stack.enter_context(running_peer(peer, self._testbed, "load"))
            except _FAILURES as failure:
                started[peer.name] = str(failure)
        return started

    def _under_load(self, workload: CpuWorkload, started: dict[str, RunningPeer | str]) -> Section:
        contestants = started if not workload.beside else _ours_alone(workload, started)
        rows = {name: Row(name, absence=peer if isinstance(peer, str) else "") for name, peer in contestants.items()}
        for round_number in range(self._extent.rounds):
            for name, peer in contestants.items():
                if isinstance(peer, str) or rows[name].absence:
                    continue
                own = replace(workload, load=workload.beside.get(name, workload.load))
                self._progress(f"{workload.name}: round {round_number + 1} of {self._extent.rounds}, {name}")
                try:
                    rows[name].samples.append(
                        measure_cpu(own, peer, self._testbed.backend, self._extent.seconds, self._testbed.directory)
                    )
                except _FAILURES as failure:
                    rows[name].absence = f"failed: {failure}"
        return Section(workload, list(rows.values()))

    def _at_rest(self, workload: MemoryWorkload) -> Section:
        rows = []
        for peer in self._peers:
            self._progress(f"{workload.name}: {self._extent.idle_connections} connections to {peer.name}")
            row = Row(peer.name)
            try:
                with running_peer(peer, self._testbed, workload.name) as fresh:
                    row.samples.append(measure_memory(workload, fresh, self._extent.idle_connections))
            except _FAILURES as failure:
                row.absence = f"failed: {failure}"
            rows.append(row)
        return Section(workload, rows)


def _ours_alone(workload: CpuWorkload, started: dict[str, RunningPeer | str]) -> dict[str, RunningPeer | str]:
    """Bridgehead once for each of its rows; the others cannot do it."""
    ours = started.get(OURS, f"{OURS} was not asked for")
    others: dict[str, RunningPeer | str] = {
        name: peer if isinstance(peer, str) else "does not log clients in itself"
        for name, peer in started.items()
        if name != OURS
    }
    return {**others, **dict.fromkeys(workload.beside, ours), OURS: ours}

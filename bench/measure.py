"""One measurement of one proxy: CPU time per request, or memory per idle connection."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.backend import requests_counted
from bench.client import client_context, connect, exchange, request_bytes
from bench.procfs import busy_seconds, cpu_seconds, memory_kilobytes
from bench.testbed import PROXY_CORE

if TYPE_CHECKING:
    from pathlib import Path

    from bench.peers.peer import RunningPeer
    from bench.testbed import Backend
    from bench.workloads import CpuWorkload, MemoryWorkload

_WARM_UP_SECONDS = 0.4
"""Handshakes, first connections and the processor's caches are not what a kept-alive request costs."""
_SETTLING_SECONDS = 0.5
_WARM_UP_CONNECTIONS = 20


@dataclass(frozen=True, slots=True)
class CpuSample:
    """One round of one proxy under load."""

    cpu_microseconds: float
    """User and system time of the proxy's processes, divided by the requests that reached the backend."""
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    disturbance: float
    """What share of the proxy's core was used by something else meanwhile."""
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class MemorySample:
    """One proxy with idle connections."""

    kilobytes_each: float
    kilobytes_at_rest: float
    """With no client, after a few requests."""
    connections: int


@dataclass(frozen=True, slots=True)
class _Reading:
    clock: float
    cpu: float
    busy: float
    requests: int


def measure_cpu(workload: CpuWorkload, peer: RunningPeer, backend: Backend, seconds: int, directory: Path) -> CpuSample:
    """Put a proxy under load and read its CPU time after a warm-up and at the end.

    Requests are counted by the backend, because the load generator cannot be asked while it runs.
    """
    with workload.load(peer.ports, seconds, directory).started() as load:
        time.sleep(_WARM_UP_SECONDS)
        before = _read(peer, backend)
        outcome = load.finish()
        after = _read(peer, backend)
    requests = (after.requests - before.requests - 1) / workload.counted_as  # less the second reading itself
    cpu = after.cpu - before.cpu
    elapsed = after.clock - before.clock
    return CpuSample(
        cpu_microseconds=cpu / requests * 1e6 if requests > 0 else float("inf"),
        requests_per_second=outcome.requests_per_second,
        p50_milliseconds=outcome.p50_milliseconds,
        p99_milliseconds=outcome.p99_milliseconds,
        disturbance=max(0.0, (after.busy - before.busy - cpu) / elapsed),
        complaint=outcome.complaint,
    )


def _read(peer: RunningPeer, backend: Backend) -> _Reading:
    requests = requests_counted(backend)
    return _Reading(time.monotonic(), cpu_seconds(peer.pid), busy_seconds(PROXY_CORE), requests)


def measure_memory(workload: MemoryWorkload, peer: RunningPeer, connections: int) -> MemorySample:
    """Open connections one after the other, use each once, and see what they keep of the proxy's memory.

    The proxy must be fresh: memory that earlier work has left free would hide what the connections take.
    """
    with contextlib.ExitStack() as warm_up:
        for _ in range(_WARM_UP_CONNECTIONS):
            warm_up.enter_context(_used_connection(workload, peer.ports.rsa))
    time.sleep(_SETTLING_SECONDS)
    at_rest = memory_kilobytes(peer.pid)
    with contextlib.ExitStack() as idle:
        for _ in range(connections):
            idle.enter_context(_used_connection(workload, peer.ports.rsa))
        time.sleep(_SETTLING_SECONDS)
        in_use = memory_kilobytes(peer.pid)
    return MemorySample((in_use - at_rest) / connections, at_rest, connections)


_CONTEXT = client_context()


def _used_connection(workload: MemoryWorkload, port: int) -> socket.socket:
    connection = connect(port, _CONTEXT)
    try:
        if workload.bound:
            exchange(connection, request_bytes(workload.path, *workload.fields), status=401)
            exchange(connection, request_bytes(workload.path, *workload.fields, workload.credential))
        else:
            exchange(connection, request_bytes(workload.path, *workload.fields))
    except BaseException:
        connection.close()
        raise
    return connection

"""The parent process: binds the sockets, forks one worker for each core, replaces those that die, and stops them.

It is synchronous and serves nothing. It binds one SO_REUSEPORT socket for each worker and address and keeps them all
open, so that a replacement inherits its predecessor's queue and no waiting connection is lost.
"""

from __future__ import annotations

import errno
import os
import secrets
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.problems import Findings
from bridgehead.proxy.listeners import listening_socket
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.proxy.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.spec import Listener, ProxySpec

QUICK_DEATH_SECONDS = 1.0
"""A worker that dies sooner than this after its start is replaced only after as long a pause."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Supervisor:
    """One running proxy."""

    def __init__(self, spec: ProxySpec) -> None:
        self._spec = spec
        self._count = spec.workers or len(os.sched_getaffinity(0))
        self._instance = secrets.token_hex(8).encode()
        self._snapshot = Snapshot.build(spec)
        self._sockets = bind_all(spec.listeners, self._count)
        self._workers: dict[int, tuple[int, float]] = {}
        self._stopping = False

    def run(self, ready: Callable[[], None]) -> int:
        """Serve until stopped by SIGTERM or SIGINT. `ready` is called when every worker accepts. The exit status."""
        wakeup_reader, wakeup_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup_writer)
        for name in (*_STOP_SIGNALS, signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(name, self._on_signal)
        report_reader, self._report = os.pipe2(os.O_CLOEXEC)
        for slot in range(self._count):
            self._fork(slot)
        waiting = self._count
        while self._workers:
            readable, _, _ = select.select([wakeup_reader, report_reader], [], [])
            if wakeup_reader in readable:
                _empty(wakeup_reader)
                self._reap()
            if report_reader in readable:
                waiting -= len(os.read(report_reader, 4096))
                if waiting <= 0 < waiting + self._count:
                    ready()
                    waiting = -(10**9)
        return 0

    def _on_signal(self, number: int, _frame: object) -> None:
        if number in _STOP_SIGNALS:
            self._stopping = True
            number = signal.SIGTERM
        if number != signal.SIGCHLD:
            for pid in list(self._workers):
                _tell(pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            slot, started = self._workers.pop(pid, (None, 0.0))
            if slot is None or self._stopping:
                continue
            print(f"worker {slot} ended ({_how(status)}); it is replaced", file=sys.stderr, flush=True)
            if monotonic() - started < QUICK_DEATH_SECONDS:
                select.select([], [], [], QUICK_DEATH_SECONDS)
            if not self._stopping:
                self._fork(slot)

    def _fork(self, slot: int) -> None:
        # A signal between fork and the worker's own handlers would be taken by a copy of ours.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        pid = os.fork()
        if pid:
            self._workers[pid] = (slot, monotonic())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
            return
        status = 1
        try:
            self._work(slot)
            status = 0
        except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _work(self, slot: int) -> None:
        signal.set_wakeup_fd(-1)
        for name in (*_STOP_SIGNALS, signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(name, signal.SIG_DFL)
        # Ctrl-C reaches the whole process group. The supervisor passes it on, once.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker = Worker(self._snapshot, self._sockets[slot], self._instance, slot)
        report = self._report
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        worker.run(lambda: _write(report))


def bind_all(listeners: tuple[Listener, ...], count: int) -> list[dict[str, socket.socket]]:
    """For each worker, one listening socket for each listener, by name. Raises ProblemsFound; binds all or none."""
    findings = Findings()
    for listener in listeners:
        _probe(listener, findings)
    findings.raise_any()
    return [{listener.name: listening_socket(listener) for listener in listeners} for _ in range(count)]


def _probe(listener: Listener, findings: Findings) -> None:
    """Bind without sharing: SO_REUSEPORT would let a second proxy take half of the first one's connections."""
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    where = f"listener {listener.name}"
    place = f"{listener.host} port {listener.port}"
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            sock.bind((listener.host, listener.port))
            sock.listen(1)
        except OSError as error:
            match error.errno:
                case errno.EADDRINUSE:
                    hint = f"Something listens there already; `ss -ltnp sport = {listener.port}` shows what."
                    findings.add("listener.port-in-use", where, f"{place} is in use", hint)
                case errno.EACCES:
                    hint = "Ports below 1024 need root or the capability CAP_NET_BIND_SERVICE."
                    findings.add("listener.port-forbidden", where, f"{place} may not be bound by this user", hint)
                case errno.EADDRNOTAVAIL:
                    hint = "`ip address` lists the addresses; 0.0.0.0 and :: stand for all of them."
                    findings.add(
                        "listener.no-such-address", where, f"this machine has no address {listener.host}", hint
                    )
                case _:
                    findings.add("listener.unusable", where, f"{place} cannot be bound: {error.strerror}")


def _tell(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _write(descriptor: int) -> None:
    os.write(descriptor, b".")


def _empty(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.WEXITSTATUS(status)}"

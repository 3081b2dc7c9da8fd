"""The parent process: binds the sockets, forks one worker for each core, replaces those that die, and changes them.

It is synchronous and serves nothing. It holds one SO_REUSEPORT socket for each worker and address and keeps them all
open, so that a replacement inherits its predecessor's queue and no waiting connection is lost.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import traceback
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING

from bridgehead.problems import Findings, Problem, ProblemsFound
from bridgehead.proxy import addresses
from bridgehead.proxy.challenges import Challenges
from bridgehead.proxy.channel import Message, packed, ready_to_read
from bridgehead.proxy.client_tls import CLIENT_PROFILES, FrontContext
from bridgehead.proxy.obedience import Obedience
from bridgehead.proxy.processes import SIGNALS, STOP_SIGNALS, WorkerProcesses
from bridgehead.proxy.reports import ReportReader
from bridgehead.proxy.schedule import Timekeeper
from bridgehead.proxy.shield import supervision
from bridgehead.proxy.shield.supervision import Supervision
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.proxy.totals import Totals
from bridgehead.proxy.tracing import notes
from bridgehead.proxy.tracing.history import LoginHistory
from bridgehead.proxy.worker import Address, Worker

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bridgehead.proxy.channel import Channel
    from bridgehead.proxy.control import ControlSocket
    from bridgehead.spec import ProxySpec


class Supervisor:
    """One running proxy. `read` gives the spec anew for a reload, or raises ProblemsFound."""

    def __init__(
        self, spec: ProxySpec, read: Callable[[], ProxySpec] | None = None, timekeeper: Timekeeper | None = None
    ) -> None:
        self._read = read
        self.timekeeper = timekeeper or Timekeeper()
        self._totals = Totals()
        self.reports = ReportReader()
        """What workers report comes to the handlers that are entered here, by kind."""
        self.logins = LoginHistory()
        self.reports.handlers[notes.KIND] = self.logins.add
        self.shield = Supervision()
        self.reports.handlers[supervision.KIND] = self.shield.hear
        count = spec.workers or len(os.sched_getaffinity(0))
        self._workers = WorkerProcesses(count, self._work, self.reports, self._totals.end)
        self._instance = secrets.token_hex(8).encode()
        self.snapshot = Snapshot.read(spec)
        self.sockets: dict[Address, list[socket.socket]] = {}
        self._bind()
        # All made before the fork, those of profiles not yet in use too: all workers share the keys of session tickets.
        self._fronts = {profile: FrontContext(profile) for profile in CLIENT_PROFILES}
        self._reload_wanted = False
        self._control: ControlSocket | None = None
        self.changes = 0
        self._challenges = Challenges()

    def _bind(self) -> None:
        findings = Findings()
        bound = {
            (listener.host, listener.port): addresses.bind(listener, self._workers.count, findings)
            for listener in self.snapshot.spec.listeners
        }
        if findings.problems:
            for socks in bound.values():
                for sock in socks:
                    sock.close()
        findings.raise_any()
        self.sockets = bound

    # Running

    def run(self, ready: Callable[[], None], control: ControlSocket | None = None) -> int:
        """Serve until stopped by SIGTERM or SIGINT. `ready` is called when every worker accepts. The exit status."""
        self._control = control
        wakeup_reader, wakeup_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup_writer)
        for name in SIGNALS:
            signal.signal(name, self._on_signal)
        self._workers.start()
        told = False
        while self._workers:
            asked = control.descriptors() if control else []
            watched: list[int | socket.socket] = [wakeup_reader, *self._workers.watched(), *asked]
            pause = self.timekeeper.pause(time()) if told and not self._workers.stopping else None
            readable = ready_to_read(watched, pause)
            if wakeup_reader in readable:
                _empty(wakeup_reader)
                self._workers.reap()
            self._workers.hear(readable)
            if not told and self._workers.ready:
                told = True
                ready()
            if self._reload_wanted:
                self._reload_wanted = False
                self._reload_and_say()
            if control is not None:
                control.serve(readable, self)
            if told and not self._workers.stopping:
                self.timekeeper.keep(time(), self.reload)
        return 0

    def _on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self._reload_wanted = True
        elif number in STOP_SIGNALS:
            self.stop()
        elif number == signal.SIGUSR1:
            self._workers.tell(number)

    def stop(self) -> None:
        """Let the workers finish what they have in hand, and end with the last of them. A second time: at once."""
        self._workers.stop()

    # Change

    def reload(self) -> str:
        """Read everything again and change to it, in all workers or in none.

        What is said of it, in a sentence. Raises ProblemsFound, and then nothing has changed.
        """
        if self._read is None:
            raise ProblemsFound(())
        if self._workers.stopping:  # its workers accept no more, and would again
            raise ProblemsFound([Problem("reload.stopping", "", "The proxy is stopping: nothing changes any more.")])
        snapshot = Snapshot.read(self._read())
        findings = Findings()
        wanted = {(listener.host, listener.port): listener for listener in snapshot.spec.listeners}
        added = {
            address: addresses.bind(
                listener, self._workers.count, findings, frozenset(port for _, port in self.sockets)
            )
            for address, listener in wanted.items()
            if address not in self.sockets
        }
        if not findings.problems:
            self._ask_all_to_prepare(snapshot, added, findings)
        if findings.problems:
            self._workers.ask({"do": "abort"})
            _close(added)
            raise ProblemsFound(findings.problems)
        self._workers.ask({"do": "commit"})
        self.snapshot = snapshot
        removed = {address: self.sockets.pop(address) for address in list(self.sockets) if address not in wanted}
        _close(removed)
        self.sockets |= added
        self.changes += 1
        said = f"change {self.changes}: {len(added)} addresses added, {len(removed)} given up"
        wanted_workers = snapshot.spec.workers or len(os.sched_getaffinity(0))
        return (
            said if wanted_workers == self._workers.count else f"{said}; the number of workers changes with a restart"
        )

    def _ask_all_to_prepare(
        self, snapshot: Snapshot, added: dict[Address, list[socket.socket]], findings: Findings
    ) -> None:
        message = {
            "do": "prepare",
            "spec": snapshot.spec.model_dump(mode="json"),
            "material": packed(snapshot.material),
            "addresses": list(added),
        }
        for worker in self._workers:
            descriptors = tuple(socks[worker.slot].fileno() for socks in added.values())
            answer = worker.ask(message, descriptors)
            if answer is not None and "prepared" not in answer:
                findings.add("reload.refused", f"worker {worker.slot}", str(answer.get("problem", "no answer")))

    def answer_challenges(self, challenges: Challenges) -> list[str]:
        """Let every worker answer these challenges of authorities, and no others. Names of the listeners that do."""
        self._challenges = challenges
        self._workers.ask(challenges.as_message())
        return [listener.name for listener in self.snapshot.spec.listeners if not listener.tls]

    def _reload_and_say(self) -> None:
        try:
            said = self.reload()
        except ProblemsFound as found:
            said = f"not changed, the old configuration goes on serving:\n{found}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the proxy outlives it
            traceback.print_exc()
            said = f"not changed, the old configuration goes on serving: {error}"
        print(said, file=sys.stderr, flush=True)

    def status(self) -> Message:
        """What the workers do, in numbers."""
        now = time()
        shield = self.shield.status(self.snapshot.spec.shield)
        return {
            "changes": self.changes,
            "stopping": self._workers.stopping,
            "alarms": [*self.timekeeper.alarms(now), *self.shield.alarms(shield)],
            "shield": shield,
            "watch": self.timekeeper.watcher.status(now),
            "listeners": [listener.model_dump(mode="json") for listener in self.snapshot.spec.listeners],
            "tls_profiles": {pool.name: pool.tls_profile for pool in self.snapshot.spec.pools if pool.tls},
            "workers": self._ask_workers_for_status(),
            "counters": self._totals.all(),
        }

    def gather_reports(self) -> None:
        """Have every worker report what it has not reported yet: what is told afterwards is of this moment."""
        self._workers.gather_reports()

    def _ask_workers_for_status(self) -> list[Message]:
        told = [answer["status"] for answer in self._workers.ask({"do": "status"}) if "status" in answer]
        for status in told:
            self._totals.note(status["process"], status)
        return told

    # Workers

    def _work(self, slot: int, channel: Channel, reports: socket.socket) -> None:
        """What a worker process does from its fork to its end."""
        if self._control is not None:
            self._control.forget()
        # What belongs to the others: an address is given up only when nobody holds its socket any more.
        mine = {address: socks[slot] for address, socks in self.sockets.items()}
        for socks in self.sockets.values():
            for sock in (*socks[:slot], *socks[slot + 1 :]):
                sock.close()
        worker = Worker(self._instance, slot, self._fronts, reports, self.shield.ledger)
        worker.adopt(self.snapshot, mine)
        worker.answer_challenges(self._challenges)
        Obedience(worker, channel)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        worker.run(lambda: channel.send({"ready": True}))


def _close(sockets: dict[Address, list[socket.socket]]) -> None:
    for socks in sockets.values():
        for sock in socks:
            sock.close()


def _empty(descriptor: int) -> None:
    with suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass

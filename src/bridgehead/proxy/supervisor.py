"""The parent process: binds the sockets, forks one worker for each core, replaces those that die, and changes them.

It is synchronous and serves nothing. It holds one SO_REUSEPORT socket for each worker and address and keeps them all
open, so that a replacement inherits its predecessor's queue and no waiting connection is lost.
"""

from __future__ import annotations

import os
import secrets
import select
import signal
import sys
import traceback
from contextlib import suppress
from time import monotonic, time
from typing import TYPE_CHECKING

from bridgehead.problems import Findings, Problem, ProblemsFound
from bridgehead.proxy import addresses
from bridgehead.proxy.challenges import Challenges
from bridgehead.proxy.channel import Channel, Message, packed, ready_to_read
from bridgehead.proxy.client_tls import CLIENT_PROFILES, FrontContext
from bridgehead.proxy.obedience import Obedience
from bridgehead.proxy.schedule import Timekeeper
from bridgehead.proxy.snapshot import Snapshot
from bridgehead.proxy.totals import Totals
from bridgehead.proxy.worker import Address, Worker

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bridgehead.proxy.control import ControlSocket
    from bridgehead.spec import ProxySpec

QUICK_DEATH_SECONDS = 1.0
"""A worker that dies sooner than this after its start is replaced only after as long a pause."""
ANSWER_SECONDS = 20.0
"""How long a worker may take to answer: it may have to read hundreds of certificates."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SIGNALS = (*_STOP_SIGNALS, signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1)


class Supervisor:
    """One running proxy. `read` gives the spec anew for a reload, or raises ProblemsFound."""

    def __init__(
        self, spec: ProxySpec, read: Callable[[], ProxySpec] | None = None, timekeeper: Timekeeper | None = None
    ) -> None:
        self._read = read
        self.timekeeper = timekeeper or Timekeeper()
        self._count = spec.workers or len(os.sched_getaffinity(0))
        self._instance = secrets.token_hex(8).encode()
        self.snapshot = Snapshot.read(spec)
        self.sockets: dict[Address, list[socket.socket]] = {}
        self._bind()
        # All made before the fork, those of profiles not yet in use too: all workers share the keys of session tickets.
        self._fronts = {profile: FrontContext(profile) for profile in CLIENT_PROFILES}
        self._workers: dict[int, tuple[int, float]] = {}
        self._channels: dict[int, Channel] = {}
        """By process."""
        self._ready: set[int] = set()
        self._stopping = False
        self._reload_wanted = False
        self._control: ControlSocket | None = None
        self.changes = 0
        self._challenges = Challenges()
        self._totals = Totals()

    def _bind(self) -> None:
        findings = Findings()
        bound = {
            (listener.host, listener.port): addresses.bind(listener, self._count, findings)
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
        for name in _SIGNALS:
            signal.signal(name, self._on_signal)
        for slot in range(self._count):
            self._fork(slot)
        told = False
        while self._workers:
            waiting = [channel.sock for pid, channel in self._channels.items() if pid not in self._ready]
            asked = control.descriptors() if control else []
            watched: list[int | socket.socket] = [wakeup_reader, *waiting, *asked]
            pause = self.timekeeper.pause(time()) if told and not self._stopping else None
            readable = ready_to_read(watched, pause)
            if wakeup_reader in readable:
                _empty(wakeup_reader)
                self._reap()
            self._note_ready(readable)
            if not told and len(self._ready) == self._count:
                told = True
                ready()
            if self._reload_wanted:
                self._reload_wanted = False
                self._reload_and_say()
            if control is not None:
                control.serve(readable, self)
            if told and not self._stopping:
                self.timekeeper.keep(time(), self.reload)
        return 0

    def _on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self._reload_wanted = True
        elif number in _STOP_SIGNALS:
            self.stop()
        elif number == signal.SIGUSR1:
            for pid in self._workers:
                _tell(pid, number)

    def stop(self) -> None:
        """Let the workers finish what they have in hand, and end with the last of them. A second time: at once."""
        self._stopping = True
        for pid in self._workers:
            _tell(pid, signal.SIGTERM)

    def _note_ready(self, readable: list[int | socket.socket]) -> None:
        for pid, channel in self._channels.items():
            if channel.sock in readable and pid not in self._ready:
                with suppress(EOFError, OSError):
                    channel.receive()
                self._ready.add(pid)

    # Change

    def reload(self) -> str:
        """Read everything again and change to it, in all workers or in none.

        What is said of it, in a sentence. Raises ProblemsFound, and then nothing has changed.
        """
        if self._read is None:
            raise ProblemsFound(())
        if self._stopping:  # its workers accept no more, and would again
            raise ProblemsFound([Problem("reload.stopping", "", "The proxy is stopping: nothing changes any more.")])
        snapshot = Snapshot.read(self._read())
        findings = Findings()
        wanted = {(listener.host, listener.port): listener for listener in snapshot.spec.listeners}
        added = {
            address: addresses.bind(listener, self._count, findings, frozenset(port for _, port in self.sockets))
            for address, listener in wanted.items()
            if address not in self.sockets
        }
        if not findings.problems:
            self._ask_all_to_prepare(snapshot, added, findings)
        if findings.problems:
            self._ask_all({"do": "abort"})
            _close(added)
            raise ProblemsFound(findings.problems)
        self._ask_all({"do": "commit"})
        self.snapshot = snapshot
        removed = {address: self.sockets.pop(address) for address in list(self.sockets) if address not in wanted}
        _close(removed)
        self.sockets |= added
        self.changes += 1
        said = f"change {self.changes}: {len(added)} addresses added, {len(removed)} given up"
        wanted_workers = snapshot.spec.workers or len(os.sched_getaffinity(0))
        return said if wanted_workers == self._count else f"{said}; the number of workers changes with a restart"

    def _ask_all_to_prepare(
        self, snapshot: Snapshot, added: dict[Address, list[socket.socket]], findings: Findings
    ) -> None:
        message = {
            "do": "prepare",
            "spec": snapshot.spec.model_dump(mode="json"),
            "material": packed(snapshot.material),
            "addresses": list(added),
        }
        for pid, (slot, _) in self._workers.items():
            descriptors = tuple(socks[slot].fileno() for socks in added.values())
            answer = self._ask(pid, message, descriptors)
            if answer is not None and "prepared" not in answer:
                findings.add("reload.refused", f"worker {slot}", str(answer.get("problem", "no answer")))

    def _ask_all(self, message: Message) -> list[Message]:
        return [answer for pid in list(self._workers) if (answer := self._ask(pid, message)) is not None]

    def _ask(self, pid: int, message: Message, descriptors: tuple[int, ...] = ()) -> Message | None:
        """Ask one worker. None where it is gone: its replacement will be made from what is current then."""
        channel = self._channels[pid]
        try:
            channel.sock.settimeout(ANSWER_SECONDS)
            channel.send(message, descriptors)
            answer, _ = channel.receive()
            if "ready" in answer:
                self._ready.add(pid)
                answer, _ = channel.receive()
        except TimeoutError:
            # A late answer would be taken for the next one's; and whoever is silent for so long serves nobody.
            _tell(pid, signal.SIGKILL)
            return {"problem": f"no answer within {ANSWER_SECONDS:.0f} s; it is replaced"}
        except (OSError, EOFError):
            return None
        return answer

    def answer_challenges(self, challenges: Challenges) -> list[str]:
        """Let every worker answer these challenges of authorities, and no others. Names of the listeners that do."""
        self._challenges = challenges
        self._ask_all(challenges.as_message())
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
        return {
            "changes": self.changes,
            "stopping": self._stopping,
            "alarms": list(self.timekeeper.alarms(now)),
            "watch": self.timekeeper.watcher.status(now),
            "listeners": [listener.model_dump(mode="json") for listener in self.snapshot.spec.listeners],
            "tls_profiles": {pool.name: pool.tls_profile for pool in self.snapshot.spec.pools if pool.tls},
            "workers": self._ask_workers_for_status(),
            "counters": self._totals.all(),
        }

    def _ask_workers_for_status(self) -> list[Message]:
        told = [answer["status"] for answer in self._ask_all({"do": "status"}) if "status" in answer]
        for status in told:
            self._totals.note(status["process"], status)
        return told

    # Workers

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            slot, started = self._workers.pop(pid, (None, 0.0))
            self._ready.discard(pid)
            if slot is None:
                continue
            self._channels.pop(pid).close()
            self._totals.end(pid)
            if self._stopping:
                continue
            print(f"worker {slot} ended ({_how(status)}); it is replaced", file=sys.stderr, flush=True)
            if monotonic() - started < QUICK_DEATH_SECONDS:
                select.select([], [], [], QUICK_DEATH_SECONDS)
            if not self._stopping:
                self._fork(slot)
            if self._stopping:  # a signal that came meanwhile told only those that were there
                self.stop()

    def _fork(self, slot: int) -> None:
        ours, theirs = Channel.pair()
        # A signal between fork and the worker's own handlers would be taken by a copy of ours.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid:
            theirs.close()
            self._workers[pid] = (slot, monotonic())
            self._channels[pid] = ours
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            return
        status = 1
        try:
            ours.close()
            self._work(slot, theirs)
            status = 0
        except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _work(self, slot: int, channel: Channel) -> None:
        signal.set_wakeup_fd(-1)
        for name in _SIGNALS:
            signal.signal(name, signal.SIG_DFL)
        # Ctrl-C reaches the whole process group; the supervisor passes it on, once. The same for a lost terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # What belongs to the others: an address is given up only when nobody holds its socket any more.
        for other in self._channels.values():
            other.close()
        if self._control is not None:
            self._control.forget()
        mine = {address: socks[slot] for address, socks in self.sockets.items()}
        for socks in self.sockets.values():
            for sock in (*socks[:slot], *socks[slot + 1 :]):
                sock.close()
        worker = Worker(self._instance, slot, self._fronts)
        worker.adopt(self.snapshot, mine)
        worker.answer_challenges(self._challenges)
        Obedience(worker, channel)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        worker.run(lambda: channel.send({"ready": True}))


def _close(sockets: dict[Address, list[socket.socket]]) -> None:
    for socks in sockets.values():
        for sock in socks:
            sock.close()


def _tell(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _empty(descriptor: int) -> None:
    with suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.WEXITSTATUS(status)}"

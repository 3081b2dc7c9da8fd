"""The worker processes: forked, asked, told to end, and replaced when they die. One for each slot."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.channel import Channel, Message
from bridgehead.proxy.reports import report_sockets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.proxy.reports import ReportReader

    Serve = Callable[[int, Channel, socket.socket], None]

QUICK_DEATH_SECONDS = 1.0
"""A worker that dies sooner than this after its start is replaced only after as long a pause."""
ANSWER_SECONDS = 20.0
"""How long a worker may take to answer: it may have to read hundreds of certificates."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SIGNALS = (*STOP_SIGNALS, signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1)


class WorkerProcess:
    """One worker, as its parent sees it."""

    def __init__(self, pid: int, slot: int, channel: Channel, reports: socket.socket) -> None:
        self.pid = pid
        self.slot = slot
        self.channel = channel
        self.reports: socket.socket | None = reports
        """None once it has ended."""
        self.started = monotonic()
        self.ready = False
        self.lost = False
        """Whether it has ended its channel: it is dead, or about to be."""

    def watched(self) -> Iterator[socket.socket]:
        """What it may say something on without being asked."""
        if not (self.ready or self.lost):
            yield self.channel.sock
        if self.reports is not None:
            yield self.reports

    def note_ready(self) -> None:
        """Its channel can be read before it was ready: it says so, or it has died before."""
        try:
            self.channel.receive()
        except (EOFError, OSError):
            self.lost = True
        else:
            self.ready = True

    def ask(self, message: Message, descriptors: tuple[int, ...] = ()) -> Message | None:
        """Ask it. None where it is gone: its replacement will be made from what is current then."""
        try:
            self.channel.sock.settimeout(ANSWER_SECONDS)
            self.channel.send(message, descriptors)
            answer, _ = self.channel.receive()
            if "ready" in answer:
                self.ready = True
                answer, _ = self.channel.receive()
        except TimeoutError:
            # A late answer would be taken for the next one's; and whoever is silent for so long serves nobody.
            self.tell(signal.SIGKILL)
            return {"problem": f"no answer within {ANSWER_SECONDS:.0f} s; it is replaced"}
        except (OSError, EOFError):
            return None
        return answer

    def tell(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def close(self) -> None:
        """Close the parent's ends."""
        self.channel.close()
        if self.reports is not None:
            self.reports.close()


class WorkerProcesses:
    """All of them. `serve(slot, channel, reports)` is what each does; `ended(pid)` is called when one has died."""

    def __init__(self, count: int, serve: Serve, reader: ReportReader, ended: Callable[[int], None]) -> None:
        self.count = count
        self.stopping = False
        self._serve = serve
        self._reader = reader
        self._ended = ended
        self._running: dict[int, WorkerProcess] = {}

    def __iter__(self) -> Iterator[WorkerProcess]:
        return iter(list(self._running.values()))

    def __bool__(self) -> bool:
        return bool(self._running)

    @property
    def ready(self) -> bool:
        """Whether every slot has a worker that serves."""
        return sum(worker.ready for worker in self) == self.count

    def start(self) -> None:
        """Start one for each slot."""
        for slot in range(self.count):
            self._fork(slot)

    def stop(self) -> None:
        """Let them finish what they have in hand, and replace none. Told twice, they end at once."""
        self.stopping = True
        self.tell(signal.SIGTERM)

    def tell(self, number: int) -> None:
        """Send all of them a signal."""
        for worker in self:
            worker.tell(number)

    def ask(self, message: Message) -> list[Message]:
        """Ask all of them. The answers of those that are there."""
        return [answer for worker in self if (answer := worker.ask(message)) is not None]

    # What they say unasked

    def watched(self) -> list[socket.socket]:
        """What they may say something on."""
        return [sock for worker in self for sock in worker.watched()]

    def hear(self, readable: list[int | socket.socket]) -> None:
        """Take what they said: that they are ready, and reports."""
        for worker in self:
            if worker.reports in readable:
                self._read_reports(worker)
            if not worker.ready and worker.channel.sock in readable:
                worker.note_ready()

    def gather_reports(self) -> None:
        """Have all of them report what they have not reported yet, and take it."""
        self.ask({"do": "report"})
        for worker in self:
            self._read_reports(worker)

    def _read_reports(self, worker: WorkerProcess) -> None:
        if worker.reports is not None and not self._reader.read(worker.reports):
            worker.reports.close()
            worker.reports = None

    # Beginning and end

    def reap(self) -> None:
        """Replace those that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            worker = self._running.pop(pid, None)
            if worker is not None:
                self._bury(worker, status)

    def _bury(self, worker: WorkerProcess, status: int) -> None:
        self._read_reports(worker)  # what it still could say counts
        worker.close()
        self._ended(worker.pid)
        if self.stopping:
            return
        print(f"worker {worker.slot} ended ({_how(status)}); it is replaced", file=sys.stderr, flush=True)
        if monotonic() - worker.started < QUICK_DEATH_SECONDS:
            select.select([], [], [], QUICK_DEATH_SECONDS)
        if not self.stopping:
            self._fork(worker.slot)
        if self.stopping:  # a signal that came meanwhile told only those that were there
            self.stop()

    def _fork(self, slot: int) -> None:
        ours, theirs = Channel.pair()
        from_worker, to_supervisor = report_sockets()
        # A signal between fork and the worker's own handlers would be taken by a copy of ours.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid:
            theirs.close()
            to_supervisor.close()
            self._running[pid] = WorkerProcess(pid, slot, ours, from_worker)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return
        status = 1
        try:
            ours.close()
            from_worker.close()
            self._begin_child()
            self._serve(slot, theirs, to_supervisor)
            status = 0
        except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _begin_child(self) -> None:
        """Give up what was the parent's. The signals stay blocked until the worker has its own handlers."""
        signal.set_wakeup_fd(-1)
        for name in SIGNALS:
            signal.signal(name, signal.SIG_DFL)
        # Ctrl-C reaches the whole process group; the supervisor passes it on, once. The same for a lost terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # What belongs to the others: a channel ends only when nobody holds its other end any more.
        for other in self:
            other.close()


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.WEXITSTATUS(status)}"

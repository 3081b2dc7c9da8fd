"""One worker process: its loop, its listeners and pools, and the timer that bounds everything."""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING

import uvloop

from bridgehead.proxy.access_log import AccessLog
from bridgehead.proxy.challenges import Challenges
from bridgehead.proxy.listeners import RunningListener
from bridgehead.proxy.pools import Pool
from bridgehead.proxy.preauthentication.logins import end_logins
from bridgehead.proxy.preauthentication.sources import Sources
from bridgehead.proxy.reports import Reports
from bridgehead.proxy.resolver import Resolver
from bridgehead.proxy.rules import PublishingRule
from bridgehead.proxy.shield.evidence import Demands
from bridgehead.proxy.shield.guard import Guard

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.client_tls import CertificateTable, FrontContext
    from bridgehead.proxy.request_fields import RequestFields
    from bridgehead.proxy.shield.ledger import Ledger
    from bridgehead.proxy.snapshot import Snapshot

FORGET_SECONDS = 10.0
"""Nobody's cookies are remembered for others for longer than this."""
TICK_SECONDS = 0.5
"""One coarse timer looks at every connection; none has a timer of its own."""

Address = tuple[str, int]


class Worker:
    """Everything that one process serves."""

    def __init__(
        self, instance: bytes, number: int, fronts: Mapping[str, FrontContext], reports: socket.socket, ledger: Ledger
    ) -> None:
        self.loop = uvloop.new_event_loop()
        self.instance = instance
        self.instance_field = b"X-Bridgehead-Instance: " + instance + b"\r\n\r\n"
        self.clients: set[ClientConnection] = set()
        self.counters: Counter[str] = Counter()
        self.reports = Reports(reports, self.counters)
        """For the supervisor."""
        self.binding_count = 0
        self.pools: dict[str, Pool] = {}
        self.log = AccessLog("", f"{instance[:4].decode()}{number}")
        self.challenges = Challenges()
        self.judged_fields: dict[bytes, RequestFields] = {}
        """The field blocks with which connections have begun lately."""
        self._forget_at = 0.0
        self._listeners: dict[Address, RunningListener] = {}
        self._retired: list[Pool] = []
        self._fronts = fronts
        """By profile."""
        self._by_address: Counter[str] = Counter()
        self._connections = 0
        self._stopping = False
        self._resolver = Resolver(self.loop)
        self._sources = Sources(self.loop, self.log)
        self.guard = Guard(ledger, self.loop, self.counters, self.log, self.reports)
        self.demands = Demands()
        self._snapshot: Snapshot
        self._tables: Mapping[str, CertificateTable] = {}

    # What it serves

    def adopt(self, snapshot: Snapshot, sockets: Mapping[Address, socket.socket]) -> None:
        """Serve what a snapshot says from now on. Everything that could fail has been done: this only swaps.

        What is equal stays as it is, connections too. `sockets` are those of new addresses.
        """
        spec = snapshot.spec
        self._snapshot = snapshot
        for name, table in snapshot.tables.items():
            if name in self._tables:
                table.follow(self._tables[name], monotonic())
        self._tables = snapshot.tables
        self.limits = spec.limits
        self.judged_fields = {}  # another limit may be another verdict
        self.guard.adopt(spec.shield)
        self.log.use(spec.access_log)
        self._adopt_pools(snapshot)
        end_logins(self.clients, self._sources.adopt(snapshot))
        wanted = {(listener.host, listener.port): listener for listener in spec.listeners}
        for address in [address for address in self._listeners if address not in wanted]:
            self._listeners.pop(address).retire()
        for address, listener in wanted.items():
            running = self._listeners.get(address)
            if running is None:
                running = self._listeners[address] = RunningListener(sockets[address], self)
            rules = [
                PublishingRule(rule, self.pools, self._sources)
                for rule in spec.rules
                if listener.name in rule.listeners
            ]
            front = self._fronts[listener.tls_profile] if listener.tls else None
            running.adopt(listener, front, snapshot.tables.get(listener.name), rules)

    def answer_challenges(self, challenges: Challenges) -> None:
        """Answer these challenges of authorities from now on, and none of those before."""
        self.challenges = challenges
        for listener in self._listeners.values():
            listener.look_at_challenges()

    def _adopt_pools(self, snapshot: Snapshot) -> None:
        pools: dict[str, Pool] = {}
        for pool in snapshot.spec.pools:
            trust = snapshot.trust_of(pool)
            running = self.pools.get(pool.name)
            if running is None or running.spec != pool or running.trust != trust:
                context = snapshot.upstream_contexts[pool.name]
                running = Pool(
                    pool,
                    context,
                    trust,
                    loop=self.loop,
                    resolver=self._resolver,
                    own_listeners=self._is_own_listener,
                )
            pools[pool.name] = running
        replaced = [running for name, running in self.pools.items() if pools.get(name) is not running]
        self.pools = pools
        self._retired += replaced
        for old in replaced:
            old.retire()

    # Running

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop, and until what is in hand then is finished or its time is over."""
        self.loop.add_signal_handler(signal.SIGTERM, self.stop)
        self.loop.add_signal_handler(signal.SIGUSR1, self.log.reopen)
        self.loop.call_later(TICK_SECONDS, self._tick)
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20000, 20, 20)
        self.loop.call_soon(ready)
        self.loop.run_forever()
        self._sources.close()
        self.log.flush()
        self.reports.flush()

    def stop(self) -> None:
        """Accept no more, close what is idle, and let exchanges in hand finish. Told twice: at once."""
        if self._stopping:
            self.loop.stop()
            return
        self._stopping = True
        for listener in self._listeners.values():
            listener.stop()
        self.loop.call_later(self.limits.drain_seconds, self.loop.stop)
        self.end_connections(None)
        self._stop_when_empty()

    def end_connections(self, listener: RunningListener | None) -> None:
        """Close the connections of one listener, or of all: now, or after the request in hand.

        Who is in the middle of a head or a handshake gets an answer. When one listener ends, so do those that have
        not asked for anything yet: they were only just accepted.
        """
        soon = monotonic() + self.limits.head_seconds
        for client in list(self.clients):
            if listener is None or client.listener is listener:
                client.ends_soon = True
                if client.conversation is not None:
                    continue
                if client.is_asking or (listener is not None and not client.has_asked):
                    client.deadline = min(client.deadline, soon)
                else:
                    client.close_when_sent()

    def _stop_when_empty(self) -> None:
        if self._stopping and not self.clients:
            self.loop.call_soon(self.loop.stop)

    def _tick(self) -> None:
        self.loop.call_later(TICK_SECONDS, self._tick)  # first, so that nothing below can stop the clock
        now = monotonic()
        for client in list(self.clients):
            if client.deadline < now:
                client.on_deadline(now)
            elif client.conversation is not None:
                client.look_after()
        for pool in (*self.pools.values(), *self._retired):
            for upstream in list(pool.connections):
                if upstream.deadline < now:
                    upstream.on_deadline(now)
                elif upstream.conversation is not None and upstream.ready:
                    upstream.look_after()
        if self._forget_at < now:
            self._forget_at = now + FORGET_SECONDS
            self.judged_fields.clear()
        if self.challenges and self.challenges.until < now:
            self.answer_challenges(Challenges())
        if self._retired:
            self._retired = [pool for pool in self._retired if not pool.retired_and_empty]
        self.log.flush()
        self.reports.flush()

    # Clients

    def next_number(self) -> int:
        """A number for a new connection."""
        self._connections += 1
        return self._connections

    def admit(self, address: str) -> bool:
        """Count a connection of an address, if it may have one more."""
        if self._by_address[address] >= self.limits.connections_per_address:
            return False
        self._by_address[address] += 1
        return True

    def forget_client(self, client: ClientConnection) -> None:
        """A client connection is closing."""
        self.clients.discard(client)
        client.listener.open -= 1
        self._by_address[client.address] -= 1
        if not self._by_address[client.address]:
            del self._by_address[client.address]
        self._stop_when_empty()

    def resume_accepting(self, listener: RunningListener) -> None:
        """After a pause for want of descriptors."""
        if not self._stopping and listener in self._listeners.values():
            listener.start()

    def note_failed_handshake(self, client: ClientConnection, error: OSError) -> None:
        """Count a failed handshake by its reason; the log says from where."""
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        self.counters[f"handshake-failed:{_kind_of_failure(error)}"] += 1
        self.log.note("handshake-failed", client=client.address, listener=client.listener.spec.name, detail=str(reason))

    def log_failure(self) -> None:
        """A fault of ours: on standard error with all that helps to find it, in the log as an event."""
        self.counters["internal"] += 1
        self.log.note("failure", detail=traceback.format_exc(limit=-1).splitlines()[-1])
        traceback.print_exc()

    def _is_own_listener(self, host: str, local_host: str, port: int) -> bool:
        """Whether a connected peer is one of our listeners: by its address, or on any address of this machine."""
        everywhere = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
        return any(
            listener.port == port and (listener.host == host or (listener.host in everywhere and host == local_host))
            for listener in self._snapshot.spec.listeners
        )

    def status(self) -> dict[str, object]:
        """What it is doing, in numbers."""
        return {
            "process": os.getpid(),
            "clients": len(self.clients),
            "accepted": self._connections,
            "bound": self.binding_count,
            "logged_in": sum(1 for client in self.clients if client.logins),
            "pools": {
                pool.spec.name: {
                    member.name: {
                        "busy": member.busy,
                        "idle": len(member.idle),
                        "resting": member.resting_until > monotonic(),
                    }
                    for member in pool.members
                }
                for pool in self.pools.values()
            },
            "counters": {**self.counters, **self.log.counts(), "accepted": self._connections},
            "stopping": self._stopping,
        }


def _kind_of_failure(error: OSError) -> str:
    """A word of a small set, however many clients there are: OpenSSL's own reason, or what became of the connection."""
    reason = getattr(error, "reason", None)
    if reason:
        return str(reason).lower().replace("_", "-")
    if isinstance(error, TimeoutError):
        return "time-out"
    return "reset" if isinstance(error, ConnectionResetError) else "lost"

"""One worker process: its loop, its listeners and pools, and the timer that bounds everything."""

from __future__ import annotations

import gc
import signal
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING

import uvloop

from bridgehead.proxy.access_log import AccessLog
from bridgehead.proxy.listeners import RunningListener
from bridgehead.proxy.pools import Pool
from bridgehead.proxy.resolver import Resolver
from bridgehead.proxy.routing import RoutingTable
from bridgehead.proxy.rules import PublishingRule

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.snapshot import Snapshot

TICK_SECONDS = 0.5
"""One coarse timer looks at every connection; none has a timer of its own."""


class Worker:
    """Everything that one process serves."""

    def __init__(self, snapshot: Snapshot, sockets: Mapping[str, socket.socket], instance: bytes, number: int) -> None:
        self.loop = uvloop.new_event_loop()
        self.limits = snapshot.spec.limits
        self.instance = instance
        self.instance_field = b"X-Bridgehead-Instance: " + instance + b"\r\n\r\n"
        self.clients: set[ClientConnection] = set()
        self.counters: Counter[str] = Counter()
        self.binding_count = 0
        self.log = AccessLog(snapshot.spec.access_log, f"{instance[:4].decode()}{number}")
        self._by_address: Counter[str] = Counter()
        self._connections = 0
        self._stopping = False
        self._snapshot = snapshot
        resolver = Resolver(self.loop)
        self.pools = {
            pool.name: Pool(pool, snapshot.upstream_contexts[pool.name], self.loop, resolver, self._is_own_listener)
            for pool in snapshot.spec.pools
        }
        self.listeners = self._make_listeners(sockets)

    def _make_listeners(self, sockets: Mapping[str, socket.socket]) -> list[RunningListener]:
        spec = self._snapshot.spec
        made = []
        for listener in spec.listeners:
            rules = [PublishingRule(rule, self.pools) for rule in spec.rules if listener.name in rule.listeners]
            relays = {host: rule for rule in rules if rule.relays for host in rule.hosts}
            made.append(
                RunningListener(
                    listener,
                    sockets[listener.name],
                    front=self._snapshot.fronts.get(listener.name),
                    routing=RoutingTable(rule for rule in rules if not rule.relays),
                    relays=relays,
                    worker=self,
                )
            )
        return made

    # Running

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop, and until what is in hand then is finished or its time is over."""
        self.loop.add_signal_handler(signal.SIGTERM, self.stop)
        self.loop.add_signal_handler(signal.SIGUSR1, self.log.reopen)
        for listener in self.listeners:
            listener.start()
        self.loop.call_later(TICK_SECONDS, self._tick)
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20000, 20, 20)
        self.loop.call_soon(ready)
        self.loop.run_forever()
        self.log.flush()

    def stop(self) -> None:
        """Accept no more, close what is idle, and let exchanges in hand finish. Told twice: at once."""
        if self._stopping:
            self.loop.stop()
            return
        self._stopping = True
        for listener in self.listeners:
            listener.stop()
        self.loop.call_later(self.limits.drain_seconds, self.loop.stop)
        for client in list(self.clients):
            if client.conversation is None:
                client.shut()
        self._stop_when_empty()

    def _stop_when_empty(self) -> None:
        if self._stopping and not self.clients:
            self.loop.call_soon(self.loop.stop)

    def _tick(self) -> None:
        now = monotonic()
        for client in [client for client in self.clients if client.deadline < now]:
            client.on_deadline(now)
        for pool in self.pools.values():
            for upstream in [connection for connection in pool.connections if connection.deadline < now]:
                upstream.on_deadline(now)
        self.log.flush()
        self.loop.call_later(TICK_SECONDS, self._tick)

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
        if not self._stopping:
            listener.start()

    def note_failed_handshake(self, client: ClientConnection, error: OSError) -> None:
        """Count a failed handshake by its reason; the log says from where."""
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        self.counters["handshakes-failed"] += 1
        self.log.note("handshake-failed", client=client.address, listener=client.listener.spec.name, detail=str(reason))

    @property
    def stopping(self) -> bool:
        """Whether connections end after the exchange in hand."""
        return self._stopping

    def _is_own_listener(self, host: str, local_host: str, port: int) -> bool:
        """Whether a connected peer is one of our listeners: by its address, or on any address of this machine."""
        return any(
            listener.port == port
            and (listener.host == host or (listener.host in ("0.0.0.0", "::") and host == local_host))  # noqa: S104 - compared, not bound
            for listener in self._snapshot.spec.listeners
        )

"""Listeners: accept, limits before TLS, and the first bytes of a connection."""

from __future__ import annotations

import errno
import json
import socket
import ssl
from typing import TYPE_CHECKING

from bridgehead.proxy.client import ClientConnection
from bridgehead.proxy.client_tls import ClientTlsSocket
from bridgehead.proxy.first_bytes import FirstBytes
from bridgehead.proxy.routing import RoutingTable

if TYPE_CHECKING:
    import asyncio

    from bridgehead import spec
    from bridgehead.proxy.client_tls import CertificateTable, FrontContext
    from bridgehead.proxy.rules import PublishingRule
    from bridgehead.proxy.worker import Worker

UNSENT_BYTES = 131072
"""What the kernel takes of an answer before it can send it. Left to itself it takes 4 MB for a client that reads
nothing, and the worker's time to encrypt them."""
PAUSE_SECONDS = 1.0
"""How long no connection is accepted when descriptors run out."""


class RunningListener:
    """One address in one worker. What it serves there can change; its socket and its connections stay."""

    def __init__(self, sock: socket.socket, worker: Worker) -> None:
        self.sock = sock
        self._family = sock.family
        # Every connection accepted on it has these from the start (Linux, tcp_create_openreq_child).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self.open = 0
        self._worker = worker
        self._loop: asyncio.AbstractEventLoop = worker.loop
        self._accepting = False
        self.spec: spec.Listener
        self.front: FrontContext | None = None
        self._table: CertificateTable | None = None
        self._published = self.routing = RoutingTable(())
        self.relays: dict[str, PublishingRule] = {}
        """Sites whose TLS is not decrypted here, by the name that clients ask for."""

    def adopt(
        self,
        listener: spec.Listener,
        front: FrontContext | None,
        table: CertificateTable | None,
        rules: list[PublishingRule],
    ) -> None:
        """Serve these rules from the next request on, and these certificates from the next connection on."""
        if self._accepting and self.spec.tls != listener.tls:
            self._worker.end_connections(self)  # what was accepted in plain text is not served where TLS is wanted
        self.spec = listener
        self.logged_name = json.dumps(listener.name)[1:-1]
        """As it stands in a line of JSON."""
        self.front = front
        self._table = table
        self._published = RoutingTable(rule for rule in rules if not rule.relays)
        self.look_at_challenges()
        self.relays = {host: rule for rule in rules if rule.relays for host in rule.hosts}
        self.start()

    def look_at_challenges(self) -> None:
        """Answer the challenges of authorities that are open now, on a listener without TLS."""
        self.routing = self._published if self.spec.tls else self._worker.challenges.before(self._published)

    def start(self) -> None:
        """Accept connections."""
        if not self._accepting:
            self._accepting = True
            self._loop.add_reader(self.sock.fileno(), self._accept)

    def stop(self) -> None:
        """Accept no more; what is open stays."""
        if self._accepting:
            self._accepting = False
            self._loop.remove_reader(self.sock.fileno())

    def retire(self) -> None:
        """The address is given up: take what waits in the kernel's queue, which would be reset otherwise, and close."""
        waiting = True
        while waiting:
            waiting = self._accept()
        self.stop()
        self.sock.close()
        self._worker.end_connections(self)

    def _accept(self) -> bool:
        """Take one connection; whether there was one. As long as there are more, the loop calls again.

        One each time, so that a flood of new ones does not starve those that exist.
        """
        try:
            # What `accept` calls, which then makes a socket of it, and the client's TLS would have to make another.
            descriptor, peer = self.sock._accept()  # type: ignore[attr-defined]  # noqa: SLF001
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:
            self._rest(error)
            return False
        if self.front is not None:
            self._admit(ClientTlsSocket(self._family, descriptor), peer[:2])
        else:
            self._admit(socket.socket(self._family, socket.SOCK_STREAM, 0, descriptor), peer[:2])
        return True

    def _rest(self, error: OSError) -> None:
        """Out of descriptors or memory: let connections end before taking more."""
        self._worker.counters["accept-failed"] += 1
        self._worker.log.note("accept-failed", listener=self.spec.name, detail=str(error))
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            self.stop()
            self._loop.call_later(PAUSE_SECONDS, self._worker.resume_accepting, self)

    def _admit(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        sock.setblocking(False)
        limits = self._worker.limits
        full = "listener" if self.open >= limits.connections_per_listener else ""
        if full or not self._worker.admit(peer[0]):
            self._worker.counters[f"connections-refused:{full or 'address'}"] += 1
            sock.close()
            return
        self.open += 1
        client = ClientConnection(self._loop, sock, peer, self, self._worker)
        self._worker.clients.add(client)
        client.handshaking = self.front is not None
        if self.front is None:
            client.begin()
        else:
            FirstBytes(client, self).wait()

    def secure(self, client: ClientConnection) -> None:
        """Begin the TLS handshake, whose first bytes are there."""
        if self.front is None or self._table is None:  # since a change, the address speaks plain text
            client.abandon()
            return
        assert isinstance(client.sock, ClientTlsSocket)
        try:
            client.sock.secure(self.front.context, self._table)
        except (OSError, ValueError) as error:  # the client is gone already
            client.on_lost(error if isinstance(error, OSError) else ssl.SSLError(str(error)))
            return
        client.start_handshake(client.sock)

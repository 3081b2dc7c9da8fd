"""Sites that keep their own TLS: the connection is passed on undecrypted, chosen by its ClientHello's name alone.

"The reverse proxy *may* decrypt the packet" (Configuration requirements for reverse proxy in Lync Server 2013): this
is the other way. No certificate, no rule for a path and no login is seen here, so none is judged.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.client_hello import LONGEST_HELLO, Incomplete, server_name
from bridgehead.proxy.tunnel import Tunnel

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.listeners import RunningListener
    from bridgehead.proxy.rules import PublishingRule

LOOK_AGAIN_SECONDS = 0.05
"""A ClientHello in several segments is looked at again this often: what is only peeked at stays readable."""


class RelayedConnection:
    """The first moments of a connection on a listener that relays some names."""

    def __init__(self, client: ClientConnection, listener: RunningListener) -> None:
        self._client = client
        self._listener = listener
        self._loop = client.worker.loop

    def peek(self) -> None:
        """Look for the name as soon as bytes are there."""
        self._client.deadline = monotonic() + self._client.worker.limits.handshake_seconds
        self._loop.add_reader(self._client.descriptor, self._look)

    def _look(self) -> None:
        client = self._client
        if client.closed:
            return
        self._loop.remove_reader(client.descriptor)
        try:
            data = client.sock.recv(LONGEST_HELLO, socket.MSG_PEEK)
            name = server_name(data) if data else None
        except BlockingIOError:
            self.peek()
            return
        except OSError as error:
            client.on_lost(error)
            return
        except Incomplete:
            self._loop.call_later(LOOK_AGAIN_SECONDS, self._look)
            return
        rule = self._listener.relays.get(name) if name is not None else None
        if rule is None:
            self._listener.secure(client)
        else:
            self._relay(rule)

    def _relay(self, rule: PublishingRule) -> None:
        client = self._client
        assert rule.pool is not None
        client.handshaking = False  # not with us: the handshake is between the client and the site
        started = monotonic()

        def log_end(tunnel: Tunnel) -> None:
            client.worker.log.note(
                "relay",
                id=client.worker.log.connection_id(client),
                client=client.address,
                rule=rule.name,
                server=str(upstream.member),
                received=tunnel.received,
                sent=tunnel.sent,
                total_ms=int((monotonic() - started) * 1000),
            )

        tunnel = Tunnel(client, log_end, client.worker.limits.bound_idle_seconds)
        try:
            upstream = rule.pool.open(tunnel)
        except OSError:  # out of descriptors
            client.abandon()
            return
        tunnel.begin(upstream)

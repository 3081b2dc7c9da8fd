"""The first moments of a connection on a TLS listener: nothing is made for it before its ClientHello is there.

OpenSSL's part of a connection takes 45 KB. A client that says nothing, or only half of what it should, has to pay no
more than a socket for it, so it is waited for with a socket and no more: the kernel wakes us when the record is whole.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.client_hello import LONGEST_HELLO, Incomplete, missing_bytes, server_name
from bridgehead.proxy.relay import relay

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.listeners import RunningListener
    from bridgehead.proxy.rules import PublishingRule


class FirstBytes:
    """Waits for one client's ClientHello, without taking it, and then decides who answers it."""

    __slots__ = ("_client", "_listener", "_seen")

    def __init__(self, client: ClientConnection, listener: RunningListener) -> None:
        self._client = client
        self._listener = listener
        self._seen = 0

    def wait(self) -> None:
        """Look as soon as bytes are there."""
        client = self._client
        client.deadline = monotonic() + client.worker.limits.handshake_seconds
        client.look_first(self._look)
        client.resume_reading()

    def _look(self) -> None:
        client = self._client
        try:
            data = client.sock.recv(LONGEST_HELLO, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError as error:
            client.on_lost(error)
            return
        rule, missing = self._judge(data)
        if missing and len(data) > self._seen:
            self._seen = len(data)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(data) + missing)
            return
        # Whole, or never to be: the client may also have ended in the middle.
        if self._seen:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        if rule is None:
            self._listener.secure(client)
        else:
            client.pause_reading()
            client.look_first(None)
            relay(client, rule)

    def _judge(self, data: bytes) -> tuple[PublishingRule | None, int]:
        """The rule that relays the name in it, if there is one, and how many bytes must come before that is known."""
        relays = self._listener.relays
        if not relays:
            return None, missing_bytes(data)
        try:
            name = server_name(data)
        except Incomplete:
            return None, max(missing_bytes(data), 1)
        return (relays.get(name) if name is not None else None), 0

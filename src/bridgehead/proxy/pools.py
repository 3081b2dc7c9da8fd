"""Pools at run time: members, their balance and health, and idle upstream connections.

A connection in a member's idle list has never carried a login of the kind that stays with it.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.upstream import UpstreamConnection

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Callable

    from bridgehead import spec
    from bridgehead.proxy.conversation import Conversation
    from bridgehead.proxy.resolver import Resolver

_NEVER = float("inf")

FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 2.0
"""A server that refused a connection rests this long at most, so that a restarted one is used again at once."""


class Member:
    """One server of a pool."""

    __slots__ = ("failures", "idle", "name", "open", "resting_until", "server_name", "spec", "verify_name")

    def __init__(self, member: spec.Server) -> None:
        self.spec = member
        self.name = f"{member.host}:{member.port}"
        self.verify_name = member.verify_name or member.host
        name = member.server_name or self.verify_name
        self.server_name = None if address_or_none(name) else name
        """SNI; None for an address (RFC 6066 section 3 allows names alone)."""
        self.idle: list[UpstreamConnection] = []
        self.open = 0
        """Connections that exist, idle ones included."""
        self.resting_until = 0.0
        self.failures = 0
        """In a row; a name with several addresses is tried at the next one after each."""

    def __str__(self) -> str:
        return self.name

    @property
    def busy(self) -> int:
        """Connections in use."""
        return self.open - len(self.idle)

    def failed(self, detail: str) -> bool:  # noqa: ARG002 - the reason is logged by the caller's conversation
        """A connection could not be opened: rest, longer each time."""
        self.failures += 1
        rest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2 ** (self.failures - 1))
        self.resting_until = monotonic() + rest
        return True

    def succeeded(self) -> None:
        """A connection was opened."""
        self.failures = 0
        self.resting_until = 0.0


class Pool:
    """Servers that answer alike, over one transport."""

    def __init__(
        self,
        pool: spec.Pool,
        context: ssl.SSLContext | None,
        trust: tuple[bytes, ...],
        *,
        loop: asyncio.AbstractEventLoop,
        resolver: Resolver,
        own_listeners: Callable[[str, str, int], bool],
    ) -> None:
        self.spec = pool
        self.trust = trust
        """The contents of its roots: a pool with other ones is another pool."""
        self.context = context
        self.members = [Member(member) for member in pool.servers]
        self.connections: set[UpstreamConnection] = set()
        self._loop = loop
        self._resolver = resolver
        self._own_listeners = own_listeners
        self._turn = 0
        self._retired = False

    def __repr__(self) -> str:
        counts = ", ".join(f"{member} {member.busy} busy {len(member.idle)} idle" for member in self.members)
        return f"<Pool {self.spec.name}: {counts}>"

    def acquire(self, conversation: Conversation) -> UpstreamConnection:
        """A connection for `conversation` alone: an idle one of the member whose turn it is, or a new one to it.

        Raises OSError where this process is out of descriptors.
        """
        member = self.members[0] if len(self.members) == 1 else self._choose(())
        while member.idle:
            connection = member.idle.pop()
            if connection.has_unread_bytes():
                connection.discard()  # its end, or bytes that would be taken for the answer to somebody else
            elif not connection.closed:
                connection.conversation = conversation
                connection.deadline = _NEVER
                connection.reused = True
                return connection
        return self._open(conversation, member)

    def open(self, conversation: Conversation, avoiding: tuple[Member, ...] = ()) -> UpstreamConnection:
        """A new connection, being opened for `conversation`, to another member than those to avoid if there is one."""
        return self._open(conversation, self._choose(avoiding))

    def _open(self, conversation: Conversation, member: Member) -> UpstreamConnection:
        host = member.spec.host
        addresses = self._resolver.known(host)
        address = addresses[member.failures % len(addresses)] if addresses else ""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        connection = UpstreamConnection(self._loop, sock, self, member)
        connection.conversation = conversation
        self.connections.add(connection)
        member.open += 1
        if address:
            connection.open((address, member.spec.port))
        else:
            connection.deadline = monotonic() + self.spec.connect_seconds
            self._resolver.resolve(host, lambda found, why: self._resolved(connection, conversation, found, why))
        return connection

    def _resolved(
        self, waiting: UpstreamConnection, conversation: Conversation, found: tuple[str, ...], why: str
    ) -> None:
        if waiting.closed or waiting.conversation is not conversation:
            return
        if found:
            try:
                waiting.replace_socket(":" in found[0])
            except OSError as error:
                waiting.fail_open(Refusal.POOL_UNREACHABLE, str(error))
                return
            waiting.open((found[0], waiting.member.spec.port))
        else:
            waiting.fail_open(Refusal.POOL_UNREACHABLE, f"{waiting.member.spec.host} does not resolve: {why}")

    def _choose(self, avoiding: tuple[Member, ...]) -> Member:
        """The least busy member that is not resting; among equals the next in turn."""
        members = self.members
        if len(members) == 1:
            return members[0]
        self._turn += 1
        now = monotonic()
        count = len(members)
        in_turn = [members[(self._turn + offset) % count] for offset in range(count)]
        candidates = [member for member in in_turn if member not in avoiding] or in_turn
        rested = [member for member in candidates if member.resting_until <= now]
        # Where all are resting, any may be back: the one that rests longest already is asked first.
        return (
            min(rested, key=lambda member: member.busy)
            if rested
            else min(candidates, key=lambda member: member.resting_until)
        )

    def release(self, connection: UpstreamConnection, now: float) -> None:
        """Take an unbound connection back, between two exchanges. `now` is in monotonic seconds."""
        connection.conversation = None
        if self._retired or connection.was_bound:
            connection.discard()
        if connection.closed:
            return
        connection.deadline = now + self.spec.idle_seconds
        connection.resume_reading()
        connection.member.idle.append(connection)

    def retire(self) -> None:
        """Another pool has taken its place: what is idle closes now, what is busy when done, what is bound stays."""
        self._retired = True
        for connection in [connection for member in self.members for connection in member.idle]:
            connection.discard()

    @property
    def retired_and_empty(self) -> bool:
        """Whether nothing is left of a pool that was replaced."""
        return self._retired and not self.connections

    def remove(self, connection: UpstreamConnection) -> None:
        """Forget a connection that is closing."""
        if connection in self.connections:
            self.connections.discard(connection)
            connection.member.open -= 1
            if connection.conversation is None and connection in connection.member.idle:
                connection.member.idle.remove(connection)

    def leads_to_ourselves(self, sock: socket.socket) -> bool:
        """Whether a connected socket has reached one of this proxy's own listeners."""
        host, port = sock.getpeername()[:2]
        return self._own_listeners(host, sock.getsockname()[0], port)

"""A connection to a server of a pool: opened, verified, used, and given back or closed."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy import binding
from bridgehead.proxy.connection import Connection
from bridgehead.proxy.head import ResponseHeadCutter
from bridgehead.proxy.refusals import Refusal
from bridgehead.proxy.tracing import notes
from bridgehead.proxy.upstream_tls import explain_failure, verify_name_of

if TYPE_CHECKING:
    import asyncio

    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.conversation import Conversation
    from bridgehead.proxy.pools import Member, Pool


class UpstreamConnection(Connection):
    """One connection to one member of one pool.

    It is idle (in its member's list), or serves exactly one conversation, or is bound: it then belongs to one
    client connection until both close, and never enters that list again.
    """

    __slots__ = (
        "bound_to",
        "conversation",
        "cutter",
        "identity",
        "member",
        "noted",
        "pool",
        "ready",
        "reused",
        "speaks_unicode",
        "was_bound",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, pool: Pool, member: Member) -> None:
        super().__init__(loop, sock)
        self.pool = pool
        self.member = member
        self.conversation: Conversation | None = None
        self.bound_to: ClientConnection | None = None
        self.cutter = ResponseHeadCutter()
        self.was_bound = False
        """It may have carried a login: it never enters an idle list, whatever else has happened."""
        self.identity = ""
        """Who last authenticated on it, as the client said: for the tripwire alone."""
        self.speaks_unicode: bool | None = None
        """In which way the server reads the names of a login on it, as its challenge said; None before."""
        self.noted: bytes | None = None
        """The credential that was looked at last."""
        self.ready = False
        self.reused = False
        """It has served before: it may have been closed at the other end while it was idle."""

    def __repr__(self) -> str:
        state = "bound" if self.bound_to else "busy" if self.conversation else "idle"
        return f"<UpstreamConnection {self.pool.spec.name} {self.member} {state if self.ready else 'opening'}>"

    # Opening

    def open(self, address: tuple[str, int]) -> None:
        """Connect to an address. Ends in the conversation's `upstream_ready` or `upstream_failed`."""
        self.deadline = monotonic() + self.pool.spec.connect_seconds
        failure = self.sock.connect_ex(address)
        if failure in (0, errno.EINPROGRESS):
            self._watch_writing(self._on_connected)
        else:
            self._loop.call_soon(self.fail_open, Refusal.POOL_UNREACHABLE, os.strerror(failure))

    def _on_connected(self) -> None:
        self._stop_writing()
        failure = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            self.fail_open(Refusal.POOL_UNREACHABLE, os.strerror(failure))
            return
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self.pool.leads_to_ourselves(self.sock):
            self.fail_open(Refusal.LOOP, "the server's address is one of this proxy's own listeners")
            return
        context = self.pool.context
        if context is None:
            self._become_ready()
            return
        try:
            wrapped = context.wrap_socket(
                self.sock,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
                server_hostname=self.member.server_name,
            )
        except (OSError, ValueError) as error:
            self.fail_open(Refusal.POOL_UNREACHABLE, str(error))
            return
        self.start_handshake(wrapped)

    def on_secured(self) -> None:
        """The chain was verified by OpenSSL in the handshake; the name is verified here."""
        assert isinstance(self.sock, ssl.SSLSocket)
        if self.pool.spec.verify:
            complaint = verify_name_of(self.sock, self.member.verify_name)
            if complaint:
                self.fail_open(Refusal.POOL_UNTRUSTED, complaint)
                return
        self._become_ready()

    def _become_ready(self) -> None:
        self.ready = True
        self.member.succeeded()
        self.resume_reading()
        assert self.conversation is not None
        self.conversation.upstream_ready()

    def replace_socket(self, version_6: bool) -> None:
        """Change the address family, which is known only once the name is resolved."""
        family = socket.AF_INET6 if version_6 else socket.AF_INET
        replacement = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.sock.close()
        self.use_socket(replacement)

    def fail_open(self, refusal: Refusal, detail: str) -> None:
        """Give up before anything was sent, and tell the conversation, which may try elsewhere."""
        if self.closed:
            return
        conversation, self.conversation = self.conversation, None
        # Nothing was sent on it, so no login is lost with it: the client may be bound to another member.
        binding.unbind(self)
        self.discard()
        self.member.failed(detail)
        if conversation is not None:
            conversation.upstream_failed(refusal, detail)

    # Serving

    def on_readable(self) -> None:
        """Answer bytes for the conversation. An idle connection has nothing to say but its end."""
        if self._first is not None:
            self._first()
            return
        try:
            data = self.receive()
        except OSError as error:
            self.on_lost(error)
            return
        if data is None:
            return
        conversation = self.conversation
        if conversation is None:
            self._note_end("it said something unasked" if data else "it closed the connection between requests")
            self.discard()
        elif data:
            conversation.from_upstream(data)
        else:
            self.pause_reading()
            conversation.upstream_ended()

    def on_drained(self) -> None:
        """The server took the rest."""
        if self.conversation is not None:
            self.conversation.upstream_drained()

    def on_lost(self, error: OSError) -> None:
        """It broke: while opening, while serving, or while idle."""
        if not self.ready:
            untrusted = isinstance(error, ssl.SSLCertVerificationError)
            refusal = Refusal.POOL_UNTRUSTED if untrusted else Refusal.POOL_UNREACHABLE
            self.fail_open(refusal, explain_failure(error, self.pool.spec, self.member.verify_name))
            return
        conversation, self.conversation = self.conversation, None
        self._note_end(str(error))
        self.discard()
        if conversation is not None:
            conversation.upstream_lost(str(error))

    def _report(self, error: OSError) -> None:
        """Sending failed. An early answer may lie before the reset: it is read first."""
        conversation = self.conversation
        if self.ready and conversation is not None and not self.closed:
            self.on_readable()
        if not self.closed and self.conversation is conversation:
            self.on_lost(error)

    def on_deadline(self, now: float) -> None:
        """Opening took too long, the conversation's own limit passed, or it was idle long enough."""
        if not self.ready:
            self.fail_open(Refusal.CONNECT_TIMEOUT, "connecting took too long")
        elif self.conversation is not None:
            self.conversation.upstream_overdue(now)
        elif self.bound_to is None:
            self.discard()

    # The end

    def _note_end(self, why: str) -> None:
        if self.bound_to is not None:
            notes.binding_ended(self.bound_to, self, "server", why)

    def discard(self, *, reset: bool = False) -> None:
        """Close it; a client it is bound to closes in the same turn."""
        if self.closed:
            return
        self.pool.remove(self)
        self.conversation = None
        if reset:
            self.abort()
        else:
            self.close()
        owner, self.bound_to = self.bound_to, None
        if owner is not None:
            owner.binding_ended(self)

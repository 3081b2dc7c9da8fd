"""The sockets that listen: bound by the supervisor before anything else happens, all or none."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.problems import Findings
    from bridgehead.spec import Listener

BACKLOG = 4096


def bind(
    listener: Listener, count: int, findings: Findings, own_ports: frozenset[int] = frozenset()
) -> list[socket.socket]:
    """One listening socket on the listener's address for each worker; none, and a finding, where it cannot be bound.

    `own_ports` are those on which this proxy listens already.
    """
    if not _is_free(listener, findings, own_ports):
        return []
    bound: list[socket.socket] = []
    try:
        while len(bound) < count:
            bound.append(_listening(listener, shared=True))
    except OSError as error:
        for sock in bound:
            sock.close()
        findings.add("listener.unusable", f"listener {listener.name}", f"it cannot be bound: {error.strerror}.")
        return []
    return bound


def _listening(listener: Listener, *, shared: bool) -> socket.socket:
    """A bound, listening, non-blocking socket. SO_REUSEPORT gives each worker a queue of its own on the address."""
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((listener.host, listener.port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _is_free(listener: Listener, findings: Findings, own_ports: frozenset[int]) -> bool:
    """Bind without sharing: SO_REUSEPORT would let a second proxy take half of the first one's connections."""
    where = f"listener {listener.name}"
    place = f"{listener.host} port {listener.port}"
    try:
        _listening(listener, shared=False).close()
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                hint = f"Something listens there already; `ss -ltnp sport = {listener.port}` shows what."
                if listener.port in own_ports:
                    hint = "This proxy itself does: moving between one address and all of them takes a restart."
                findings.add("listener.port-in-use", where, f"{place} is in use.", hint)
            case errno.EACCES:
                hint = "Ports below 1024 need root or the capability CAP_NET_BIND_SERVICE."
                findings.add("listener.port-forbidden", where, f"{place} may not be bound by this user.", hint)
            case errno.EADDRNOTAVAIL:
                hint = "`ip address` lists the addresses; 0.0.0.0 and :: stand for all of them."
                findings.add("listener.no-such-address", where, f"this machine has no address {listener.host}.", hint)
            case _:
                findings.add("listener.unusable", where, f"{place} cannot be bound: {error.strerror}.")
        return False
    return True

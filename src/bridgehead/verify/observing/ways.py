"""Where names lead, and how connections are opened: the only place that makes sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.verify.observing.failures import CannotTry, NoSuchName, is_without_network
from bridgehead.verify.observing.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.credentials import User


@dataclass(frozen=True)
class Leads:
    """`--connect-to`: where to connect instead of where DNS says. Empty `host`: every name."""

    address: str
    host: str = ""
    port: int | None = None
    """Instead of the port for TLS; None keeps it. Other ports are never changed."""


@dataclass(frozen=True)
class Way:
    """How the world is reached, and within which bounds."""

    patience: Patience = field(default_factory=Patience)
    leads: tuple[Leads, ...] = ()
    roots: tuple[Path, ...] = ()
    """PEM files of trusted roots; none takes the system's."""
    resolver: str = ""
    """A DNS server, as `Resolve` takes it, that is asked instead of this machine's resolver what names are here. It
    tells what is so; where connections lead it does not."""
    users: tuple[User, ...] = field(default=(), repr=False)
    """Who may log in, for the checks that need somebody."""

    def lead_of(self, host: str) -> Leads | None:
        """What `--connect-to` says of a host: its own word before that for everybody."""
        own = [lead for lead in self.leads if lead.host == host]
        return next(iter([*own, *(lead for lead in self.leads if not lead.host)]), None)


class Connections:
    """Opens connections: never more than so many at once, never more than so many in all."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._turns = threading.BoundedSemaphore(way.patience.simultaneous)
        self._lock = threading.Lock()
        self._left = way.patience.connections
        self._resolved: dict[str, tuple[str, ...]] = {}
        self._silent: set[tuple[str, int]] = set()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One connection's place. Raises CannotTry where the budget is spent."""
        with self._lock:
            if self._left <= 0:
                raise CannotTry(f"{self.way.patience.connections} connections were made, which is the limit.")
            self._left -= 1
        if not self._turns.acquire(timeout=self.way.patience.turn_seconds):
            raise CannotTry(f"{self.way.patience.simultaneous} connections are open, which is the limit at a time.")
        try:
            yield
        finally:
            self._turns.release()

    def addresses(self, host: str) -> tuple[str, ...]:
        """Where a host leads. Raises NoSuchName, or TimeoutError where the system's resolver does not come back."""
        lead = self.way.lead_of(host)
        if lead is not None:
            return (lead.address,)
        literal = address_or_none(host)
        if literal is not None:
            return (literal,)
        with self._lock:
            known = self._resolved.get(host)
        if known is None:
            known = system_addresses(host, self.way.patience.resolve_seconds)
            with self._lock:
                self._resolved[host] = known
        return known[: self.way.patience.addresses]

    def port(self, host: str, port: int, *, tls: bool) -> int:
        """The port to connect to."""
        lead = self.way.lead_of(host)
        return lead.port if lead is not None and lead.port is not None and tls else port

    @contextlib.contextmanager
    def open(self, host: str, port: int, *, tls: bool, address: str = "") -> Iterator[tuple[socket.socket, str]]:
        """A TCP connection and the address that it leads to, closed at the end.

        Tries each address in its own time, as browsers do. Raises OSError of the last, NoSuchName, CannotTry.
        """
        port = self.port(host, port, tls=tls)
        with self.turn():
            connected, reached = self._first(address, host, port)
            try:
                yield connected, reached
            finally:
                connected.close()

    def _first(self, address: str, host: str, port: int) -> tuple[socket.socket, str]:
        error: OSError | None = None
        for candidate in (address,) if address else self.addresses(host):
            try:
                return self._connect(candidate, port), candidate
            except OSError as failed:
                error = failed
        raise error or NoSuchName(f"{host} has no address.")

    def _connect(self, address: str, port: int) -> socket.socket:
        # Who did not answer once is not waited for a second time: a dead host would otherwise cost its time for
        # every single check.
        if (address, port) in self._silent:
            raise TimeoutError("there was no answer before")
        try:
            connected = socket.create_connection((address, port), timeout=self.way.patience.connect_seconds)
        except TimeoutError:
            self._silent.add((address, port))
            raise
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected


def system_addresses(host: str, seconds: float) -> tuple[str, ...]:
    """What this machine's programs get for a name. Raises NoSuchName, TimeoutError or, without a network, OSError."""
    found: list[tuple[str, ...] | OSError] = []

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.append(tuple(dict.fromkeys(str(info[4][0]) for info in infos)))
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))

    # getaddrinfo knows no time limit of ours, and may hang for half a minute without a network.
    asking = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
    asking.start()
    asking.join(seconds)
    if not found:
        raise TimeoutError(f"{host} did not resolve in {seconds:g} s")
    if isinstance(found[0], OSError) and is_without_network(found[0]):
        raise found[0]
    if isinstance(found[0], OSError):
        raise NoSuchName(f"{host} does not resolve here: {found[0].strerror or found[0]}.")
    return found[0]

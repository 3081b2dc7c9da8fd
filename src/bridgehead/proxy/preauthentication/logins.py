"""Who has logged in to the proxy on one client connection, and which login is under way there.

A login lasts as long as its connection, as in IIS. It is never replaced: another user on the same connection ends it,
and so does a change of the accounts with which it was made.
"""

from __future__ import annotations

from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple

from bridgehead.authentication.handshake import Handshake
from bridgehead.proxy.client_tls import ClientTlsSocket

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bridgehead.authentication.accounts import Account
    from bridgehead.authentication.handshake import Policy
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.preauthentication.gate import Gate
    from bridgehead.proxy.preauthentication.sources import Source


class LoggedIn(NamedTuple):
    """One complete login."""

    account: Account
    source: Source
    policy: Policy
    """What was asked of its channel binding."""


class _UnderWay(NamedTuple):
    handshake: Handshake
    source: Source
    policy: Policy


class Logins:
    """Of one client connection: one login for each source of accounts."""

    __slots__ = ("_complete", "_under_way")

    def __init__(self) -> None:
        self._complete: dict[str, LoggedIn] = {}
        self._under_way: _UnderWay | None = None

    def __bool__(self) -> bool:
        return bool(self._complete)

    @property
    def names(self) -> str:
        """Who it is, for the log."""
        return ", ".join(dict.fromkeys(login.account.name for login in self._complete.values()))

    def at(self, gate: Gate) -> Account | None:
        """Who is logged in as this rule wants it."""
        login = self._complete.get(gate.source.name)
        return login.account if login is not None and gate.accepts(login) else None

    def account(self, gate: Gate) -> Account:
        """Who is logged in, behind a gate that has let them in."""
        return self._complete[gate.source.name].account

    def with_source(self, source: Source) -> Account | None:
        """Who has ever logged in with a source of this name, whatever a rule thinks of it."""
        login = self._complete.get(source.name)
        return login.account if login is not None else None

    def handshake(self, gate: Gate, client: ClientConnection) -> Handshake:
        """The handshake that is under way for such a rule, or a new one."""
        under_way = self._under_way
        if under_way is None or under_way.source is not gate.source or under_way.policy != gate.policy:
            source = gate.source
            handshake = Handshake(
                source.names,
                policy=gate.policy,
                certificates=_certificates_of(client),
                tickets=source.tickets,
                clock=time,
            )
            self._under_way = under_way = _UnderWay(handshake, source, gate.policy)
        return under_way.handshake

    def complete(self, gate: Gate, account: Account) -> None:
        """A login has succeeded."""
        self._complete[gate.source.name] = LoggedIn(account, gate.source, gate.policy)
        self._under_way = None

    def forget(self) -> None:
        """A login was tried again and failed: nobody is logged in any more."""
        self._complete.clear()
        self._under_way = None

    def use(self, sources: Collection[Source]) -> bool:
        """Whether a login was made, or is being made, with any of these sources."""
        under_way = self._under_way
        return any(login.source in sources for login in self._complete.values()) or (
            under_way is not None and under_way.source in sources
        )


def _certificates_of(client: ClientConnection) -> tuple[bytes, ...]:
    """The end-point hashes of what may have been served on a connection; none on one without TLS."""
    if not client.tls:
        return ()
    assert isinstance(client.sock, ClientTlsSocket)
    return client.sock.table.end_points(client.sock, monotonic())


def end_logins(clients: Iterable[ClientConnection], replaced: Collection[Source]) -> None:
    """The accounts behind these logins have changed: their connections end, after the request in hand."""
    for client in list(clients):
        if client.logins is not None and client.logins.use(replaced):
            client.ends_soon = True
            if client.conversation is None and not client.is_asking:
                client.close_when_sent()

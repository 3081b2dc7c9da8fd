"""Names of servers to addresses, without ever holding up the loop.

Addresses are renewed in the background while the old ones serve: a name server that is away for a while stops nothing.
"""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none

if TYPE_CHECKING:
    from collections.abc import Callable

    Told = Callable[[tuple[str, ...], str], None]

FRESH_SECONDS = 30.0


class Resolver:
    """A small cache in front of the system's resolver (hosts file included, which is where a proxy's names belong)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[str, tuple[tuple[str, ...], float]] = {}
        self._asked: dict[str, list[Told]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def known(self, host: str) -> tuple[str, ...]:
        """The addresses at hand, none if the name was never resolved. Old ones are renewed behind the scenes."""
        address = address_or_none(host)
        if address is not None:
            return (address,)
        addresses, until = self._known.get(host, ((), 0.0))
        if addresses and until < monotonic():
            self.resolve(host, lambda _found, _why: None)
        return addresses

    def resolve(self, host: str, told: Told) -> None:
        """Ask for a name; `told` gets its addresses, or none and the reason."""
        waiting = self._asked.setdefault(host, [])
        waiting.append(told)
        if len(waiting) == 1:
            task = self._loop.create_task(self._ask(host))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, host: str) -> None:
        why = ""
        found: tuple[str, ...] = ()
        try:
            answers = await self._loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
            self._known[host] = (found, monotonic() + FRESH_SECONDS)
        except (OSError, UnicodeError) as error:
            why = str(error)
        for told in self._asked.pop(host):
            self._loop.call_soon(told, found, why)

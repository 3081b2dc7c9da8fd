"""A socket, plain or TLS, read and written by coroutines.

Not asyncio's streams: their TLS cannot be half-closed and drops what was read when the peer closes. A server that
is to prove another program's handling of connections must not have such habits of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import ssl
import struct
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PIECE = 65536
_LINGER_SECONDS = 2.0
_TURN_BYTES = 4 * PIECE

_Result = TypeVar("_Result")


class Stream:
    """One connected, non-blocking socket. All methods belong to the loop it was made on."""

    def __init__(self, connected: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        connected.setblocking(False)
        self._socket = connected
        self._loop = loop
        self._descriptor = connected.fileno()
        self._waiting: set[asyncio.Future[None]] = set()
        self._turn_bytes = 0
        self.closed = False

    async def handshake(self, context: ssl.SSLContext, server_name: str = "") -> None:
        """Become one side of a TLS connection: the server, or with a `server_name` its client.

        Raises OSError (ssl.SSLError is one) where that fails.
        """
        self._socket.getpeername()  # fails where the peer has reset: wrap_socket would, and leave its socket open
        secured = context.wrap_socket(
            self._socket,
            server_side=not server_name,
            server_hostname=server_name or None,
            do_handshake_on_connect=False,
        )
        self._socket = secured
        await self._until_done(secured.do_handshake, self._readable)

    async def read(self, limit: int = PIECE) -> bytes:
        """What has arrived, at least one byte; nothing (`b""`) when the peer has finished sending."""
        data = await self._until_done(lambda: self._socket.recv(limit), self._readable)
        await self._take_turns(len(data))
        return data

    async def write(self, data: bytes) -> None:
        """Hand everything to the kernel, as fast as the peer takes it."""
        left = memoryview(data)
        while left:
            sent = await self._until_done(functools.partial(self._socket.send, left[:PIECE]), self._writable)
            left = left[sent:]
            await self._take_turns(sent)

    async def finish(self) -> None:
        """Say that nothing more is sent (close_notify where there is TLS, then FIN) and wait for the peer's end.

        Closing at once would answer bytes that are still coming with a reset, which can destroy the last answer on
        its way (RFC 9112 section 9.6). What comes is dropped; two seconds are enough for that.
        """
        if isinstance(self._socket, ssl.SSLSocket):
            # OpenSSL refuses a shutdown after a failure, and asks for the peer's part, which is dropped here.
            with contextlib.suppress(OSError, ValueError):
                self._socket.unwrap()
        with contextlib.suppress(OSError, TimeoutError):
            self._socket.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(_LINGER_SECONDS):
                while await self._until_done(lambda: os.read(self._descriptor, PIECE), self._readable):
                    pass

    def close(self) -> None:
        """Close now; `finish` first where the peer is to have read everything."""
        self._release()

    def abort(self) -> None:
        """Close with a reset (RST), as a crashed server does."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._release()

    def _release(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        self._socket.close()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(ConnectionAbortedError("closed on this side"))

    async def _until_done(self, attempt: Callable[[], _Result], when_blocked: Callable[[], Awaitable[None]]) -> _Result:
        while not self.closed:
            try:
                return attempt()
            except ssl.SSLWantReadError:
                await self._readable()
            except ssl.SSLWantWriteError:
                await self._writable()
            except BlockingIOError:
                await when_blocked()
        raise ConnectionAbortedError("closed on this side")

    async def _take_turns(self, moved: int) -> None:
        """Let the other connections run: a fast peer would never make this one wait."""
        self._turn_bytes += moved
        if self._turn_bytes >= _TURN_BYTES:
            self._turn_bytes = 0
            await asyncio.sleep(0)

    async def _readable(self) -> None:
        await self._wait(self._loop.add_reader, self._loop.remove_reader)

    async def _writable(self) -> None:
        await self._wait(self._loop.add_writer, self._loop.remove_writer)

    async def _wait(self, add: Callable[..., object], remove: Callable[[int], object]) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(waiter)
        add(self._descriptor, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)
            # Once closed, the number may already belong to another socket.
            if not self.closed:
                remove(self._descriptor)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)

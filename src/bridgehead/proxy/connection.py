"""One descriptor, plain or TLS: readiness, handshake, bounded write, half-close. It decides nothing.

TLS runs in `ssl.SSLSocket` on non-blocking descriptors. Event-loop TLS transports were measured first: they lose
data when the peer closes while reading is paused, cannot half-close, and hold 256 KiB for each direction.
"""

from __future__ import annotations

import fcntl
import os
import socket
import ssl
import struct
import termios
from array import array
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

TLS_READ = 16384
"""The longest TLS record's plain text: one read then takes a record whole, so nothing decrypted waits unseen."""
PLAIN_READ = 65536

_NEVER = float("inf")
_TCP_CLOSE = 7
"""The state of a connection that was reset: Linux, include/net/tcp_states.h; the first byte of TCP_INFO."""
_unread = array("i", (0,))
"""Where the kernel writes its count: one place for all, which costs half as much as a new object each time."""
_receive, _send = socket.socket.recv, socket.socket.send
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BLOCKED = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _gone(_: object) -> NoReturn:
    raise ConnectionError("the connection is closed")


def _ended(_: object) -> bytes:
    return b""


class Connection:
    """A non-blocking socket, watched by the loop. The roles are `ClientConnection` and `UpstreamConnection`."""

    __slots__ = (
        "_first",
        "_loop",
        "_read_size",
        "_reading",
        "_receive",
        "_send",
        "_unsent",
        "_writing",
        "closed",
        "deadline",
        "descriptor",
        "progress",
        "sock",
        "tls",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        self._loop = loop
        self._first: Callable[[], None] | None = None
        """What `on_readable` leaves the first bytes to, until messages come. Another callback of the loop for the same
        descriptor would take two system calls and more."""
        self.use_socket(sock)
        self.tls = False
        self._read_size = PLAIN_READ
        self._reading = False
        self._writing = False
        self._unsent: bytes | memoryview = b""
        self.closed = False
        self.deadline = _NEVER
        """The moment (monotonic seconds) at which `on_deadline` is called by the worker's timer."""
        self.progress = 0.0
        """When unsent bytes last moved."""

    def use_socket(self, sock: socket.socket) -> None:
        """Read and write through this socket from now on."""
        self.sock = sock
        self.descriptor = sock.fileno()
        # What SSLSocket's own methods call, without two layers of Python around it: 4 % of a request.
        tls = getattr(sock, "_sslobj", None)
        self._receive: Callable[[int], bytes] = _receive.__get__(sock) if tls is None else tls.read
        self._send: Callable[[bytes | memoryview], int] = _send.__get__(sock) if tls is None else tls.write

    # Readiness

    def resume_reading(self) -> None:
        """Watch for incoming bytes."""
        if not self._reading and not self.closed:
            self._reading = True
            self._loop.add_reader(self.descriptor, self.on_readable)

    def look_first(self, look: Callable[[], None] | None) -> None:
        """Call this when bytes are there, which takes none of them; None for an end of that."""
        self._first = look

    def pause_reading(self) -> None:
        """Stop watching: the other side cannot take more."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self.descriptor)

    def on_readable(self) -> None:
        """Bytes, or the end, are there: for `_first`, where there is one."""
        raise NotImplementedError

    def on_drained(self) -> None:
        """Everything given to `send` has been taken by the kernel."""
        raise NotImplementedError

    def on_lost(self, error: OSError) -> None:
        """The connection broke."""
        raise NotImplementedError

    def on_deadline(self, now: float) -> None:
        """The deadline has passed."""
        raise NotImplementedError

    def look_after(self) -> None:
        """Notice a reset that no event tells of. The worker's timer calls this for connections in use.

        libuv reports an error on a descriptor once and then stops watching it. One read then takes the bytes that came
        before the reset, and nobody would call for those behind them, nor for the reset. While reading is paused there
        is no event at all.
        """
        if self._was_reset():
            if self._reading:
                self._read_to_the_end()
            else:
                self.on_reset_unread()

    def _was_reset(self) -> bool:
        return self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_CLOSE

    def on_reset_unread(self) -> None:
        """It was reset while reading is paused. What came before can still be read, later."""

    def _read_to_the_end(self) -> None:
        if self._reading and not self.closed:
            self.on_readable()
            self._loop.call_soon(self._read_to_the_end)

    # Bytes

    def receive(self) -> bytes | None:
        """What has arrived; empty at the clean end; None where nothing is there. Raises OSError.

        A TLS server's FIN without close_notify raises `ssl.SSLEOFError`: it may be a truncation.
        """
        try:
            return self._receive(self._read_size)
        except _BLOCKED:
            return None
        except ssl.SSLZeroReturnError:
            return b""  # close_notify, in answer to ours

    def send(self, data: bytes | memoryview) -> bool:
        """Send now what the kernel takes and keep the rest; whether nothing is kept.

        A failure is reported to `on_lost` in the loop's next turn, never from inside the caller.
        """
        if self._unsent:
            self._unsent = bytes(self._unsent) + bytes(data)
            return False
        try:
            sent = self._send(data)
            if sent == len(data):
                return True
        except _BLOCKED:
            sent = 0
        except OSError as error:
            self._loop.call_soon(self._report, error)
            return True
        return self._send_rest(memoryview(data)[sent:])

    def _send_rest(self, rest: memoryview) -> bool:
        rest = self._write(rest)
        if not rest:
            return True
        self._unsent = rest
        self.progress = monotonic()
        self._watch_writing(self._on_writable)
        return False

    def _write(self, data: memoryview) -> memoryview:
        """Write until the kernel is full; what is left. OpenSSL takes one record at a time."""
        try:
            while data:
                data = data[self._send(data) :]
        except _BLOCKED:
            pass
        except OSError as error:
            self._loop.call_soon(self._report, error)
            return data[:0]
        return data

    def _on_writable(self) -> None:
        before = len(self._unsent)
        rest = self._write(memoryview(self._unsent))
        if len(rest) != before:
            self.progress = monotonic()
        if rest:
            self._unsent = rest
            return
        self._unsent = b""
        self._stop_writing()
        if not self.closed:
            self.on_drained()

    def _watch_writing(self, writer: Callable[[], None]) -> None:
        if not self._writing and not self.closed:
            self._writing = True
            self._loop.add_writer(self.descriptor, writer)

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self.descriptor)

    def has_unread_bytes(self) -> bool:
        """Whether the kernel holds bytes that nobody has read."""
        fcntl.ioctl(self.descriptor, termios.FIONREAD, _unread)
        return bool(_unread[0])

    @property
    def blocked(self) -> bool:
        """Whether bytes wait for the kernel to take them."""
        return bool(self._unsent)

    def _report(self, error: OSError) -> None:
        if not self.closed:
            self.on_lost(error)

    # The end

    def finish_sending(self) -> None:
        """Half-close: tell the other side that nothing more comes, and go on reading."""
        with suppress(OSError):
            if self.tls:
                self._send_close_notify()
        with suppress(OSError):
            # Of the class below: SSLSocket.shutdown would forget that there is TLS.
            socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def _send_close_notify(self) -> None:
        """Send close_notify and nothing else.

        The standard library sends it by SSL_shutdown, which goes on to read, and throws away what it reads. So another
        socket, on which nothing ever comes in, takes the descriptor's place while the alert is made.
        """
        assert isinstance(self.sock, ssl.SSLSocket)
        stand_in, outlet = socket.socketpair()
        with stand_in, outlet:
            stand_in.setblocking(False)
            outlet.setblocking(False)
            own = os.dup(self.descriptor)
            try:
                os.dup2(stand_in.fileno(), self.descriptor, inheritable=False)
                self.sock.unwrap()
                self._receive = _ended  # the other side had finished already
            except (ssl.SSLError, ValueError):
                pass  # WANT_READ: it is made, and the other side goes on
            finally:
                os.dup2(own, self.descriptor, inheritable=False)
                os.close(own)
            with suppress(BlockingIOError):
                socket.socket.send(self.sock, outlet.recv(4096))

    def close(self) -> None:
        """Close, cleanly where TLS is: what was sent was everything."""
        if self.closed:
            return
        self._forget()
        if self.tls:
            try:
                assert isinstance(self.sock, ssl.SSLSocket)
                self.sock.unwrap()
            except (OSError, ValueError):
                pass
        self.sock.close()

    def abort(self) -> None:
        """Close with a reset, so that what was sent cannot be taken for everything."""
        if self.closed:
            return
        self._forget()
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.sock.close()

    def _forget(self) -> None:
        # The loop lets go of a descriptor before it is closed, whose number the kernel gives to the next connection at
        # once.
        self.pause_reading()
        self._stop_writing()
        self._first = None
        self.closed = True
        self.deadline = _NEVER
        self._receive = self._send = _gone  # lets go of the socket; a late caller's error is ignored
        self._unsent = b""

    # TLS

    def start_handshake(self, sock: ssl.SSLSocket) -> None:
        """Go on with a wrapped socket, whose handshake has not begun. Ends in `on_secured` or `on_lost`."""
        self.use_socket(sock)
        self.tls = True
        self._read_size = TLS_READ
        self._first = self._handshake
        self.resume_reading()
        self._handshake()

    def _handshake(self) -> None:
        try:
            self.sock._sslobj.do_handshake()  # type: ignore[attr-defined]  # noqa: SLF001 - as in `use_socket`
        except ssl.SSLWantReadError:
            self._stop_writing()
        except ssl.SSLWantWriteError:
            self._watch_writing(self._handshake)
        except OSError as error:
            self.on_lost(error)
        except ValueError as error:  # certificate names that cannot be compared
            self.on_lost(OSError(str(error)))
        else:
            self._stop_writing()
            self._first = None
            self.on_secured()
            if self._reading and not self.closed and (self.has_unread_bytes() or self._was_reset()):
                # What came behind the handshake in one go, a reset above all: no event may tell of it again.
                self.on_readable()

    def on_secured(self) -> None:
        """The handshake is complete."""
        raise NotImplementedError

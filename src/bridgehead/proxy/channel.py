"""What the supervisor and a worker say to one another: one JSON message at a time, descriptors beside it.

The supervisor's end is blocking with a time-out, the worker's is watched by its loop.
"""

from __future__ import annotations

import base64
import json
import select
import socket
from math import ceil
from typing import Any

_LONGEST_PIECE = 65536
_MOST_DESCRIPTORS = 250
"""Linux passes at most 253 in one message."""

Message = dict[str, Any]


class Channel:
    """One end of a pair of connected local sockets."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = b""
        self._descriptors: list[int] = []

    @classmethod
    def pair(cls) -> tuple[Channel, Channel]:
        """Two connected ends, both blocking."""
        one, other = socket.socketpair()
        return cls(one), cls(other)

    def send(self, message: Message, descriptors: tuple[int, ...] = ()) -> None:
        """Send one message. Raises OSError where the other end is gone."""
        data = json.dumps(message).encode()
        data = len(data).to_bytes(4, "big") + data
        if len(descriptors) > _MOST_DESCRIPTORS:
            raise OSError(f"more than {_MOST_DESCRIPTORS} new listeners at once")
        sent = socket.send_fds(self.sock, [data[:_LONGEST_PIECE]], list(descriptors)) if descriptors else 0
        self.sock.sendall(data[sent:])

    def receive(self) -> tuple[Message, list[int]]:
        """The next message and its descriptors. Raises EOFError at the end, TimeoutError, BlockingIOError."""
        while True:
            message = self._whole_message()
            if message is not None:
                descriptors, self._descriptors = self._descriptors, []
                return message, descriptors
            data, descriptors, _, _ = socket.recv_fds(self.sock, _LONGEST_PIECE, _MOST_DESCRIPTORS)
            if not data:
                raise EOFError("the other end is gone")
            self._received += data
            self._descriptors += descriptors

    def _whole_message(self) -> Message | None:
        if len(self._received) < 4:
            return None
        end = 4 + int.from_bytes(self._received[:4], "big")
        if len(self._received) < end:
            return None
        message: Message = json.loads(self._received[4:end])
        self._received = self._received[end:]
        return message

    def close(self) -> None:
        """Close this end."""
        self.sock.close()


def packed(material: dict[str, bytes]) -> dict[str, str]:
    """Bytes by path, made fit for JSON."""
    return {path: base64.b64encode(content).decode("ascii") for path, content in material.items()}


def unpacked(material: dict[str, str]) -> dict[str, bytes]:
    """The opposite of `packed`."""
    return {path: base64.b64decode(content) for path, content in material.items()}


def ready_to_read(watched: list[int | socket.socket], pause: float | None) -> list[int | socket.socket]:
    """Wait until some of these can be read, or for `pause` seconds. Which can be.

    Not `select`, which ends at descriptor 1,023: many workers with many addresses have more.
    """
    poll = select.poll()
    by_descriptor = {one if isinstance(one, int) else one.fileno(): one for one in watched}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLIN)
    found = poll.poll(None if pause is None else ceil(pause * 1000))
    return [by_descriptor[descriptor] for descriptor, _ in found]

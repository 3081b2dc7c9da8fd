"""How long, how much and how many: every bound on what verifying may cost, here and at the other end."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Bounds, in seconds, bytes and connections."""

    connect_seconds: float = 5.0
    """For TCP, for each address."""
    handshake_seconds: float = 10.0
    answer_seconds: float = 20.0
    """From the last byte of a request to the end of the answer's head; the body may take as long again."""
    resolve_seconds: float = 5.0
    silence_seconds: float = 1.0
    """How long a server that should say nothing more is waited for."""
    interim_seconds: float = 3.0
    """How long `100 Continue` is waited for before the body is sent without it."""
    upload_seconds: float = 120.0
    body_bytes: int = 64 << 20
    """Longest answer that is read."""
    kept_bytes: int = 256 << 10
    """How much of an answer's body is kept to be judged."""
    head_bytes: int = 128 << 10
    addresses: int = 8
    """How many addresses of one name are tried."""
    simultaneous: int = 6
    """Connections that are open at the same time."""
    turn_seconds: float = 120.0
    """How long one more connection waits for its turn: whoever holds several must never wait for others without end."""
    connections: int = 3000
    """Connections in all: a mistake of ours must not become an attack."""

    @classmethod
    def of_timeout(cls, seconds: float) -> Patience:
        """Bounds that follow from one number: the longest wait for any single thing."""
        return cls(
            connect_seconds=min(cls.connect_seconds, seconds),
            handshake_seconds=min(cls.handshake_seconds, seconds),
            answer_seconds=seconds,
            resolve_seconds=min(cls.resolve_seconds, seconds),
            silence_seconds=min(cls.silence_seconds, seconds),
            interim_seconds=min(cls.interim_seconds, seconds),
            upload_seconds=max(cls.upload_seconds, seconds) if seconds >= cls.connect_seconds else seconds,
        )


class Deadline:
    """A moment that all steps of one thing share: a byte now and then does not put it off."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left. Raises TimeoutError where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for it was up")
        return left


class Stopwatch:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def read(self) -> float:
        """Now."""
        return round((time.perf_counter() - self._began) * 1000, 1)

"""Another program, started and listened to on the loop: no thread, nothing that blocks, nothing left behind."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

_PIECE = 65536
_LONGEST_OUTPUT = 1 << 20
_SECONDS_TO_DIE = 1.0
"""A process that was killed is gone in a moment; one that the kernel cannot end is not waited for any longer."""

# Nothing of this process's environment is a helper's business, and its answers must not be translated.
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


class Program:
    """One run of a program.

    `output` grows, and `heard` is called each time that it did; `ended` when it will not any more, and not after
    `kill`. What the program complains of is part of its output where that `complains`, and dropped otherwise. Raises
    OSError where the program cannot be started.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        command: Sequence[str],
        *,
        heard: Callable[[], None],
        ended: Callable[[], None],
        complains: bool = False,
    ) -> None:
        self.output = bytearray()
        self._loop = loop
        self._heard = heard
        self._ended = ended
        # A session of its own: Ctrl-C ends the proxy in its own order, and must not end its helpers before.
        self._process = subprocess.Popen(  # noqa: S603 - the command is the configuration's; no client has a word in it
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if complains else subprocess.DEVNULL,
            env=_ENVIRONMENT,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        self._source = self._process.stdout
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._source.fileno(), False)
        loop.add_reader(self._source.fileno(), self._read)

    def tell(self, words: bytes) -> bool:
        """Write to it, less than a pipe holds; False where it no longer listens."""
        try:
            return os.write(self._input.fileno(), words) == len(words)
        except (BrokenPipeError, BlockingIOError):
            return False

    def kill(self) -> None:
        """End it, if it has not ended. Nothing more is heard of it."""
        if self._source.closed:
            return
        self._loop.remove_reader(self._source.fileno())
        self._source.close()
        self._input.close()
        self._process.kill()
        try:
            self._process.wait(_SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:  # asleep in the kernel: Python reaps it when the next one is started
            return

    def _read(self) -> None:
        try:
            piece = os.read(self._source.fileno(), _PIECE)
        except BlockingIOError:
            return
        self.output += piece
        if not piece or len(self.output) > _LONGEST_OUTPUT:
            self.kill()
            self._ended()
        else:
            self._heard()

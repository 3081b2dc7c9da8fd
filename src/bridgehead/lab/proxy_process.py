"""`bridgehead serve` as a child process: started, watched, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_READY_SECONDS = 30.0
_STOP_SECONDS = 5.0
_KEPT_LINES = 200


class ProxyFailed(Exception):  # noqa: N818 - what happened
    """The proxy did not become ready, or ended by itself; carries its last output."""


class ProxyProcess:
    """The proxy, for the length of a `with` block; it has come to accept when the block begins.

    Raises ProxyFailed where it does not start.
    """

    def __init__(self, file: Path) -> None:
        self._command = [sys.executable, "-m", "bridgehead", "serve", str(file)]
        self._changed = threading.Condition()
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._ready = False
        self._ended = False

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C is ours to handle, and whatever it started can be ended with it.
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and a path that we made
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="output of the proxy", daemon=True)
        self._reader.start()
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._ready or self._ended, _READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        if self._ended or not self._ready:
            failure = self.failure("did not start")
            self.stop()
            raise failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        with self._changed:
            return self._ended

    def wait(self) -> None:
        """Until the proxy ends, which it should not; ends with KeyboardInterrupt on Ctrl-C."""
        with self._changed:
            while not self._ended:
                # Waking up now and then lets Python run its signal handlers.
                self._changed.wait(1.0)

    def failure(self, what: str) -> ProxyFailed:
        """What happened, with the last output."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS if self._ended else 0)
        status = self._process.poll()
        how = f"The proxy {what}" + (f" (exit status {status})." if status is not None else ".")
        output = "\n".join(self._lines) or "(it printed nothing)"
        return ProxyFailed(f"{how} Its last output:\n\n{output}")

    def stop(self) -> None:
        """End it and everything it started: politely, then not."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _signal(self, number: signal.Signals) -> None:
        # The supervisor alone gets SIGTERM, so that it ends its workers in order; SIGKILL goes to all.
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGTERM:
                self._process.terminate()
            else:
                os.killpg(self._process.pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line.rstrip())
                self._ready = self._ready or line.startswith("ready")
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

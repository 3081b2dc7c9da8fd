"""A program in a terminal, and Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 60


def in_terminal(arguments: list[str], until: Callable[[str], bool]) -> tuple[str, int]:
    """Run bridgehead in a terminal, press Ctrl-C as soon as `until` says so of what it shows; all output and status."""
    ours, its = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "bridgehead", *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(its)
    shown, pressed = b"", False
    try:
        while data := _read(ours):
            shown += data
            if not pressed and until(shown.decode(errors="replace")):
                pressed = True
                started.send_signal(signal.SIGINT)
        return shown.decode(errors="replace"), started.wait(_SECONDS)
    finally:
        started.kill()
        started.wait()
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is gone
        return b""

"""Waiting until a program that was just started answers, or saying why it never will."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

from bench.client import UnexpectedAnswer, client_context, connect, exchange, request_bytes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

_PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.05
_LINES_SHOWN = 5


class NotAnswering(Exception):  # noqa: N818 - a finding for the report, which names the peer and goes on
    """A program ended, or never answered; the message holds the last lines it wrote."""


def wait_until_listening(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    """Return when a connection to the port is accepted."""

    def attempt() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()

    _wait(process, output, attempt)


def wait_until_answering(process: subprocess.Popen[bytes], port: int, path: str, output: Path, *, tls: bool) -> None:
    """Return when a GET of the path through the port is answered with 200."""
    context = client_context() if tls else None

    def attempt() -> None:
        with connect(port, context) as connection:
            exchange(connection, request_bytes(path))

    _wait(process, output, attempt)


def _wait(process: subprocess.Popen[bytes], output: Path, attempt: Callable[[], None]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    reason: Exception | None = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotAnswering(f"ended with status {process.returncode}: {_last_words(output)}")
        try:
            attempt()
        except (OSError, UnexpectedAnswer) as error:
            reason = error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
    raise NotAnswering(f"no answer within {_PATIENCE_SECONDS:.0f} s ({reason}): {_last_words(output)}")


def _last_words(output: Path) -> str:
    with contextlib.suppress(OSError):
        lines = output.read_text(errors="replace").splitlines()
        return " | ".join(line.strip() for line in lines[-_LINES_SHOWN:] if line.strip()) or "it wrote nothing"
    return "its output cannot be read"

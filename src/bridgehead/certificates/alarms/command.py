"""A command of the administrator's that is told of alarms: JSON on its standard input, no shell, a limit of time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 300


def run(command: Sequence[str], told: dict[str, Any], seconds: float) -> Problem | None:
    """Run it. None where it ended with 0 in time; else what went wrong. What it started ends with it."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the administrator's own, from a file that only root may change
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return _failed(command, f"It cannot be started: {reason}.")
    try:
        _, said = process.communicate(json.dumps(told).encode(), seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return _failed(command, f"It has not ended within {seconds:g} seconds, and was ended.")
    if process.returncode != 0:
        last = said.decode("utf-8", "replace").strip()[-_KEPT:]
        return _failed(command, f"It ended with {process.returncode}{f': {last}' if last else '.'}")
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _failed(command: Sequence[str], message: str) -> Problem:
    hint = "What it was to be told is told again at the next check."
    return Problem("alarms.command-failed", command[0], message, hint)

"""A command of the administrator's that is told of alarms: JSON on its standard input, no shell, a limit of time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.own_command import in_one_line, run_own
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 300


def run(command: Sequence[str], told: dict[str, Any], seconds: float) -> Problem | None:
    """Run it. None where it ended with 0 in time; else what went wrong. What it started ends with it."""
    try:
        ended = run_own(command, json.dumps(told).encode(), seconds)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return _failed(command, f"It cannot be started: {reason}.")
    if ended is None:
        return _failed(command, f"It has not ended within {seconds:g} seconds, and was ended.")
    if ended.status:
        last = in_one_line(ended.said, _KEPT)
        return _failed(command, f"It ended with {ended.status}{f': {last}' if last else '.'}")
    return None


def _failed(command: Sequence[str], message: str) -> Problem:
    hint = "What it was to be told is told again at the next check."
    return Problem("alarms.command-failed", command[0], message, hint)

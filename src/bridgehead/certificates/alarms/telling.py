"""Telling of alarms, each channel what is new to it. What a channel did not take is told again at the next look."""

from __future__ import annotations

import json
import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.alarms.changes import compare
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bridgehead.certificates.alarms.alarm import Looked
    from bridgehead.certificates.alarms.changes import Change
    from bridgehead.certificates.alarms.memory import Memory
    from bridgehead.problems import Problem

    Channel = Callable[[dict[str, Any]], Problem | None]
    """Takes the message of one look; gives the reason where it was not taken."""

LOG = "log"


def tell(looked: Looked, memory: Memory, channels: Mapping[str, Channel], now: datetime, node: str) -> list[Problem]:
    """Tell every channel what is new to it, and remember what it took. What went wrong; nothing is raised."""
    problems: list[Problem] = []
    for name, send in channels.items():
        changes, after = compare(memory.told(name), looked)
        refused = send(message(changes, looked, now, node)) if changes else None
        if refused is not None:
            problems.append(refused)
        elif changes:
            try:
                memory.note(name, after)
            except ProblemsFound as found:
                problems += found.problems
    return list(dict.fromkeys(problems))


def message(changes: Sequence[Change], looked: Looked, now: datetime, node: str) -> dict[str, Any]:
    """What a command or webhook gets: `docs/certificates.md`, "Alarms", has it field by field."""
    return {
        "version": 1,
        "time": _time(now),
        "node": node,
        # What Slack, Mattermost and their like show of a message.
        "text": "\n".join(f"Bridgehead on {node}: {change.sentence}" for change in changes),
        "changes": [change.as_json() for change in changes],
        "alarms": [
            {"about": alarm.about, "state": alarm.state, "severity": alarm.severity} for alarm in looked.alarms.values()
        ],
    }


def to_log(told: dict[str, Any]) -> None:
    """One JSON line for each change, on standard error."""
    for change in told["changes"]:
        line = {"time": told["time"], "event": "alarm", "node": told["node"], **change}
        print(json.dumps(line), file=sys.stderr, flush=True)


def _time(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

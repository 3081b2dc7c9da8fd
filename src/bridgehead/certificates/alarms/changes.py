"""What is new to somebody who was told before: raised, changed or cleared. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgehead.certificates.alarms.alarm import Alarm, Looked

Told = dict[str, "Alarm"]
"""What somebody was told last about each thing, by what it is about."""


@dataclass(frozen=True)
class Change:
    """One thing to tell."""

    change: Literal["raised", "changed", "cleared"]
    alarm: Alarm
    """As it is now; of one that is cleared as it was remembered."""

    def as_json(self) -> dict[str, Any]:
        """For whoever is told."""
        return {"change": self.change, **asdict(self.alarm)}

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{'Over' if self.change == 'cleared' else self.alarm.severity.capitalize()}: {self.alarm.message}"


def compare(told: Mapping[str, Alarm], looked: Looked) -> tuple[list[Change], Told]:
    """What must be told, and what will have been told once it is."""
    changes: list[Change] = []
    after: Told = {}
    for about, alarm in looked.alarms.items():
        if not looked.knows(about):
            continue
        before = told.get(about)
        if before is None:
            changes.append(Change("raised", alarm))
        elif before.state != alarm.state:
            changes.append(Change("changed", alarm))
        after[about] = alarm
    for about, alarm in told.items():
        if not looked.knows(about):
            after[about] = alarm
        elif about not in looked.alarms:
            changes.append(Change("cleared", alarm))
    return changes, after

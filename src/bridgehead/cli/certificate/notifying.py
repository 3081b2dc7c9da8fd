"""`certificate check --notify`: tells the log, and whom `[alarms]` names, what is new to each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.alarms import command, webhook
from bridgehead.certificates.alarms.memory import Memory, memory_directory
from bridgehead.certificates.alarms.telling import LOG, tell, to_log
from bridgehead.cli.certificate.alarming import name_of_node
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from bridgehead.certificates.alarms.telling import Channel
    from bridgehead.cli.certificate.alarming import Surroundings
    from bridgehead.cli.certificate.place import Place
    from bridgehead.topology.alarms import Alarms


def notify(place: Place, file: Path, seen: Surroundings, now: datetime, *, log: bool = True) -> list[Problem]:
    """Tell everybody what is new to them, and remember it. What went wrong; nothing is raised, nothing waits for ever.

    Without `log` the log counts as told: whoever started the command has done it.
    """
    memory = Memory(memory_directory(place.store.directory, file))
    channels = _channels(place.topology.alarms if place.topology is not None else None, log=log)
    try:
        with memory.alone():
            damaged = memory.read()
            memory.keep_only(set(channels))
            if seen.upstream is not None:
                # What did not answer this time is known from the last.
                silent = tuple(one for one in memory.upstream if not seen.looked.knows(one.about))
                memory.note_upstream((*seen.upstream, *silent))
            problems = tell(seen.looked, memory, channels, now, name_of_node(place.store.directory))
    except ProblemsFound as found:
        return list(found.problems)
    return [*([damaged] if damaged is not None else []), *problems]


def _channels(alarms: Alarms | None, *, log: bool) -> dict[str, Channel]:
    def to_own_log(told: dict[str, Any]) -> None:
        if log:
            to_log(told)

    channels: dict[str, Channel] = {LOG: to_own_log}
    if alarms is not None and alarms.command:
        channels["command"] = lambda told: command.run(alarms.command, told, alarms.seconds)
    if alarms is not None and alarms.webhook:
        url, trust = alarms.webhook, Path(alarms.webhook_trust) if alarms.webhook_trust else None
        channels["webhook"] = lambda told: webhook.post(url, trust, told, alarms.seconds)
    return channels

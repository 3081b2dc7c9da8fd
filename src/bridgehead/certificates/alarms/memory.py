"""What was told to whom: a small file, so that nobody is told twice after a restart."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bridgehead.certificates.alarms.alarm import Alarm
from bridgehead.certificates.alarms.facts import Dated
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.layout import ALARMS
from bridgehead.certificates.store.lock import lock
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.certificates.alarms.changes import Told

OF_COMMAND, OF_PROXY = "told.json", "told-by-proxy.json"
"""The command that tells people, and the running proxy, which tells its log, remember each for itself."""

PATIENCE_SECONDS = 60.0
"""Another check may be waiting for a slow webhook."""


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    told: dict[str, list[Alarm]] = {}
    """By the channel."""
    upstream: list[Dated] = []
    """The servers inside as they were when they were asked last."""


def memory_directory(store: Path, file: Path | None) -> Path:
    """Where it is kept: in the store, or beside the file where there is no store."""
    if store.is_dir() or file is None:
        return store / ALARMS
    return file.absolute().with_name(f"{file.name}.alarms")


class Memory:
    """The file. A damaged one is as good as none: everything is told once more."""

    def __init__(self, directory: Path, name: str = OF_COMMAND) -> None:
        self._path = directory / name
        self._file = _File()

    def read(self) -> Problem | None:
        """Read it anew. What is wrong with it, if anything is."""
        try:
            self._file = _File.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            self._file = _File()
        except (OSError, ValidationError) as error:
            self._file = _File()
            reason = error.strerror if isinstance(error, OSError) else "it does not hold what was written to it"
            message = f"What was told before cannot be read: {reason}. Every alarm is told once more."
            return Problem("alarms.memory-unreadable", str(self._path), message, "", "warning")
        return None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else tells meanwhile. Raises ProblemsFound where that cannot be had."""
        try:
            durable.make_directory(self._path.parent)
            with lock(self._path.parent, PATIENCE_SECONDS):
                durable.clean(self._path.parent)
                yield
        except OSError as error:
            raise ProblemsFound([self._unwritable(error)]) from None

    def told(self, channel: str) -> Told:
        """What a channel was told last."""
        return {alarm.about: alarm for alarm in self._file.told.get(channel, ())}

    def note(self, channel: str, told: Told) -> None:
        """A channel has been told. Raises ProblemsFound where that cannot be kept."""
        self._file.told[channel] = list(told.values())
        self._write()

    def keep_only(self, channels: set[str]) -> None:
        """Forget channels that are no more: one that comes back is told everything."""
        if set(self._file.told) - channels:
            self._file.told = {name: told for name, told in self._file.told.items() if name in channels}
            self._write()

    @property
    def upstream(self) -> tuple[Dated, ...]:
        """The servers inside, as they were when they were asked last."""
        return tuple(self._file.upstream)

    def note_upstream(self, found: tuple[Dated, ...]) -> None:
        """The servers inside have been asked. Raises ProblemsFound where that cannot be kept."""
        if list(found) != self._file.upstream:
            self._file.upstream = list(found)
            self._write()

    def _write(self) -> None:
        dumped: dict[str, Any] = {
            "told": {name: [asdict(alarm) for alarm in told] for name, told in self._file.told.items()},
            "upstream": TypeAdapter(list[Dated]).dump_python(self._file.upstream, mode="json"),
        }
        try:
            durable.make_directory(self._path.parent)
            durable.put_file(self._path, json.dumps(dumped, indent=2).encode())
        except OSError as error:
            raise ProblemsFound([self._unwritable(error)]) from None

    def _unwritable(self, error: OSError) -> Problem:
        message = f"What was told cannot be remembered: {error.strerror or error}."
        hint = "Until it can be, alarms are told again and again. Check owner, permissions and space."
        return Problem("alarms.memory-unwritable", str(self._path.parent), message, hint)

"""The result tree: frozen, to and from JSON unchanged. What every output is made from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from bridgehead.verify.targets import Role
from bridgehead.verify.verdicts import Status

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(_Part):
    """What one check found out about one target."""

    code: str
    title: str
    target: str
    status: Status
    tried: str
    seen: str
    expected: str
    milliseconds: float
    """Time spent in this check alone: what another one observed before costs nothing again."""
    clients: tuple[str, ...]
    cause: str = ""
    mend: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What the code begins with."""
        return self.code.partition(".")[0]


class Branch(_Part):
    """Everything about one published name, in the order of the groups."""

    target: str
    roles: tuple[Role, ...]
    results: tuple[Result, ...]
    chain: tuple[str, ...] = ()
    """The certificates that the name was served with, in PEM, as they were sent."""

    @property
    def status(self) -> Status:
        """The worst of its results."""
        return worst(result.status for result in self.results)


class Counts(_Part):
    """How many results have which status."""

    passed: int = 0
    failed: int = 0
    warning: int = 0
    skipped: int = 0
    unseen: int = 0


class Report(_Part):
    """One whole verification."""

    version: Literal[1] = 1
    program: str
    """Name and version of what verified."""
    subject: str
    """The file, or the names, that was verified."""
    began: datetime
    """UTC."""
    seconds: float
    complete: bool
    """False where time was up, or somebody interrupted, before the last check."""
    branches: tuple[Branch, ...]
    counts: Counts

    @property
    def results(self) -> tuple[Result, ...]:
        """Those of all branches."""
        return tuple(result for branch in self.branches for result in branch.results)

    def exit_status(self) -> int:
        """0 where nothing failed, 1 where something did, 2 where nothing could be looked at."""
        if self.counts.failed:
            return 1
        return 0 if self.counts.passed or self.counts.warning else 2


_BADNESS: tuple[Status, ...] = ("skipped", "passed", "unseen", "warning", "failed")


def worst(statuses: Iterable[Status]) -> Status:
    """The status that decides over many: failed, warning, unseen, passed, skipped, in this order."""
    return max(statuses, key=_BADNESS.index, default="skipped")

"""What is different between two reports of the same names: for whoever watches, nothing else matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from bridgehead.verify.results import Branch, Counts, Report, Result
from bridgehead.verify.verdicts import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

_TELLING = {"dns", "tcp", "tls"}
"""Groups that see the same as long as nothing changes: addresses, ports, certificates. Where they see something else
and it is as well as before, a name leads elsewhere or has another certificate: on cut-over night, that is the news.
What other groups see has times and sizes in it."""


class Change(BaseModel):
    """One check that came out otherwise than the time before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    code: str
    title: str
    kind: Literal["status", "sight", "lost", "found"]
    """`status`: better or worse. `sight`: as well as before, but something else is seen. `lost`: it cannot be judged
    any more, because something else failed. `found`: it passes again after that."""
    before: Status
    after: Status
    seen_before: str
    seen: str
    cause: str = ""
    mend: str = ""


def changes(before: Report, after: Report) -> tuple[Change, ...]:
    """What changed, in the order of the report."""
    known = {(one.target, one.code): one for one in before.results}
    return tuple(
        change
        for one in after.results
        if (earlier := known.get((one.target, one.code))) is not None
        for change in _change(earlier, one)
    )


def carried_over(before: Report, after: Report) -> Report:
    """The later report, with earlier results where it tried nothing: what was left out stands as it was."""
    now = {(one.target, one.code): one for one in after.results}
    chains = {branch.target: branch.chain for branch in after.branches}
    branches = tuple(
        Branch(
            target=branch.target,
            roles=branch.roles,
            results=tuple(now.get((one.target, one.code), one) for one in branch.results),
            chain=chains.get(branch.target, ()),
        )
        for branch in before.branches
    )
    results = [one for branch in branches for one in branch.results]
    counts = Counts(**{status: sum(one.status == status for one in results) for status in Counts.model_fields})
    return after.model_copy(update={"branches": branches, "counts": counts})


def _change(before: Result, after: Result) -> Iterator[Change]:
    kind = _kind(before, after)
    if kind is not None:
        yield Change(
            target=after.target,
            code=after.code,
            title=after.title,
            kind=kind,
            before=before.status,
            after=after.status,
            seen_before=before.seen,
            seen=after.seen,
            cause=after.cause,
            mend=after.mend,
        )


def _kind(before: Result, after: Result) -> Literal["status", "sight", "lost", "found"] | None:
    if before.status != after.status:
        if after.status == "skipped":
            return "lost"
        return "found" if (before.status, after.status) == ("skipped", "passed") else "status"
    if after.status == "skipped" or after.group not in _TELLING or _words(before.seen) == _words(after.seen):
        return None
    return "sight"


def _words(seen: str) -> list[str]:
    """What is seen without its order: DNS servers turn the addresses of a name around each time."""
    return sorted(filter(None, re.split(r"[\s,;]+", seen)))

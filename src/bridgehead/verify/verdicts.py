"""What a check concludes, in an administrator's words."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["passed", "failed", "warning", "skipped", "unseen"]
"""`skipped`: not tried, for a reason. `unseen`: tried, and what came does not let anybody judge."""


class Verdict(BaseModel):
    """One check's judgement. Never holds a password, a ticket, a cookie or a token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status
    seen: str
    """What was seen; for a skipped check, why it was not tried."""
    tried: str = ""
    """What was done, so that somebody can do it again by hand. Empty takes the check's own."""
    expected: str = ""
    """Empty takes the check's own."""
    cause: str = ""
    """The likely cause of a failure or warning."""
    mend: str = ""
    """What to do about it, and where."""
    evidence: tuple[str, ...] = ()
    """Lines to copy: heads of answers, certificates, transcripts."""


def passed(seen: str, *, tried: str = "", evidence: tuple[str, ...] = ()) -> Verdict:
    """It is as it should be."""
    return Verdict(status="passed", seen=seen, tried=tried, evidence=evidence)


def failed(
    seen: str, cause: str, mend: str, *, tried: str = "", expected: str = "", evidence: tuple[str, ...] = ()
) -> Verdict:
    """Clients notice."""
    return Verdict(
        status="failed", seen=seen, cause=cause, mend=mend, tried=tried, expected=expected, evidence=evidence
    )


def warning(
    seen: str, cause: str, mend: str, *, tried: str = "", expected: str = "", evidence: tuple[str, ...] = ()
) -> Verdict:
    """It works today, or for most; somebody should look at it."""
    return Verdict(
        status="warning", seen=seen, cause=cause, mend=mend, tried=tried, expected=expected, evidence=evidence
    )


def skipped(why: str) -> Verdict:
    """Not tried."""
    return Verdict(status="skipped", seen=why)


def unseen(seen: str, *, tried: str = "", cause: str = "", mend: str = "", evidence: tuple[str, ...] = ()) -> Verdict:
    """Tried, and it cannot be judged from here."""
    return Verdict(status="unseen", seen=seen, tried=tried, cause=cause, mend=mend, evidence=evidence)


def without_network(seen: str) -> Verdict:
    """It is not the deployment's fault that nothing is seen."""
    return unseen(
        seen,
        cause="The fault is on this machine: it says nothing about the names.",
        mend="Connect this machine, or verify from another one, as outside as clients are.",
    )

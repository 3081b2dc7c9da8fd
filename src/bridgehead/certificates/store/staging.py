"""Which generation of a certificate goes live when: `staged.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridgehead.certificates.reading.files import read_file
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.layout import Shelf


@dataclass(frozen=True)
class Staged:
    """A generation that waits for its time."""

    generation: Generation
    at: datetime
    refused: str = ""
    """Why the former generation was put back when the time had come. It is not tried again."""


class StagedFile(BaseModel):
    """What the file says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    generation: int
    at: AwareDatetime
    refused: str = ""


def read_staged(shelf: Shelf) -> StagedFile | None:
    """What is staged, None where nothing is. Raises ProblemsFound where the file is damaged."""
    if not shelf.staged.exists():
        return None
    try:
        return StagedFile.model_validate_json(read_file(shelf.staged))
    except ValidationError:
        hint = f"Stage it again: bridgehead certificate stage {shelf.name} GENERATION --at TIME."
        message = "This file does not hold what was written to it; nothing will be activated."
        raise ProblemsFound([Problem("store.staged-damaged", str(shelf.staged), message, hint)]) from None


def check_time(generation: Generation, at: datetime, now: datetime) -> None:
    """Raise ProblemsFound for a time that is over, or at which clients would refuse the certificate."""
    leaf, where = generation.leaf, str(generation.directory)
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if at <= now:
        hint = f"Make it live at once: bridgehead certificate activate {generation.name}."
        problem = Problem("stage.in-the-past", where, f"{_said(at)} is over.", hint)
    elif at < begins:
        hint = "Name a later time."
        problem = Problem("stage.not-yet-valid", where, f"The certificate is valid only from {_said(begins)}.", hint)
    elif at >= ends:
        message = f"The certificate will have expired at {_said(at)}: it is valid until {_said(ends)}."
        problem = Problem("stage.expired", where, message, "Name an earlier time, or renew it first.")
    else:
        return
    raise ProblemsFound([problem])


def _said(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S %Z}"

"""Which proxy of a farm orders certificates: the one that the file names, or one that has taken over from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bridgehead.certificates.farm.node import public_node
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.layout import NODE
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class TakeOver(BaseModel):
    """That this proxy orders in place of another, from a time on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    instead_of: str
    since: AwareDatetime


@dataclass(frozen=True)
class Ordering:
    """Whether this proxy orders."""

    here: bool
    sentence: str
    """Why, or why not."""
    taken_over: TakeOver | None = None


def who_orders(store: Path, named: str | None) -> Ordering:
    """Whether this proxy orders and renews. `named` is what the file says, None where there is no farm.

    A take-over counts as long as the file names the node that was taken over from: once the file says otherwise, the
    file is right. Raises ProblemsFound where this proxy's own files are damaged.
    """
    if named is None:
        return Ordering(here=True, sentence="There is one proxy, and it orders.")
    public = public_node(store)
    if public is None:
        hint = "bridgehead certificate node-key NAME makes its keys, under the name that the file has for it."
        return Ordering(here=False, sentence=f"The file lets {named} order; who this proxy is is not known. {hint}")
    if public.name == named:
        return Ordering(here=True, sentence=f"The file lets {named} order, which is this proxy.")
    taken = read_take_over(store)
    if taken is not None and taken.instead_of == named:
        since = f"{taken.since:%Y-%m-%d %H:%M %Z}"
        return Ordering(here=True, sentence=f"This proxy took over from {named} on {since}.", taken_over=taken)
    return Ordering(here=False, sentence=f"The file lets {named} order; this proxy is {public.name}.")


def take_over(store: Path, named: str, now: datetime) -> TakeOver:
    """Let this proxy order in place of the one that the file names. Raises ProblemsFound."""
    taken = TakeOver(instead_of=named, since=now)
    try:
        durable.put_file(_path(store), taken.model_dump_json(indent=2).encode())
    except OSError as error:
        raise ProblemsFound([_unwritable(store, error)]) from None
    return taken


def give_back(store: Path) -> bool:
    """Let the node that the file names order again. Whether there was anything to give back. Raises ProblemsFound."""
    if not _path(store).exists():
        return False
    try:
        durable.remove(_path(store))
    except OSError as error:
        raise ProblemsFound([_unwritable(store, error)]) from None
    return True


def read_take_over(store: Path) -> TakeOver | None:
    """The take-over that was commanded here, None where none was. Raises ProblemsFound where the file is damaged."""
    path = _path(store)
    try:
        return TakeOver.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        hint = "bridgehead certificate take-over writes it anew, with --give-back removes it."
        raise ProblemsFound([Problem("farm.take-over-damaged", str(path), "This file cannot be read.", hint)]) from None


def _path(store: Path) -> Path:
    return store / NODE / "take-over.json"


def _unwritable(store: Path, error: OSError) -> Problem:
    message = f"Who orders cannot be changed: {error.strerror or error}."
    return Problem("store.unwritable", str(store / NODE), message, "Check owner, permissions and space.")

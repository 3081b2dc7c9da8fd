"""The demonstration of one fault: the laboratory, published wrongly, and what verification says of it."""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.lab.demo import ends_in_order, usual_publication
from bridgehead.lab.faults.catalogue import FAULTS
from bridgehead.lab.faults.manners import Manners
from bridgehead.lab.faults.published import LOOPBACK, FaultyLab

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from bridgehead.lab.faults.fault import Fault
    from bridgehead.lab.users import User

    Verify = Callable[["Outlook"], bool]

_LONGER = 5.0
"""Seconds, than answers are waited for."""


@dataclass(frozen=True)
class Outlook:
    """What it takes to see the laboratory as its clients do."""

    file: Path
    root: Path
    """To trust."""
    address: str
    """Where every public name leads."""
    outside: str
    """A DNS server that answers as DNS outside."""
    here: str
    """One that answers as this place's own resolver."""
    sip_domain: str
    users: tuple[User, ...] = ()
    """Who logs in, where nobody else notices."""
    poll_seconds: tuple[float, ...] = ()
    """How long polls are held, where the usual time shows nothing."""


def list_faults(console: Console) -> None:
    """Every fault with its sentence."""
    width = max(map(len, FAULTS))
    for fault in FAULTS.values():
        console.print(f"{fault.name:{width}}  {fault.what}", highlight=False)


def run_faulty(
    console: Console, name: str, directory: Path | None = None, *, leave: bool = False, verify: Verify
) -> int:
    """Show one fault; returns 0 where `verify` finds nothing, else 1. Raises KeyError for an unknown name.

    Without `leave` everything keeps running until Ctrl-C. Raises OSError where files or
    ports are not to be had.
    """
    fault = FAULTS[name]
    with ExitStack() as stack:
        stack.enter_context(ends_in_order())
        if directory is None:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bridgehead-fault-")))
        directory.mkdir(parents=True, exist_ok=True)
        lab = stack.enter_context(FaultyLab(directory.resolve(), usual_publication()))
        stack.enter_context(lab.publishing(fault))
        console.print(f"Published wrongly, on purpose: {fault.what}\n", highlight=False)
        well = verify(_outlook(lab, fault))
        if not leave:
            console.print("\nIt all keeps running until Ctrl-C.")
            threading.Event().wait()
        return 0 if well else 1


def _outlook(lab: FaultyLab, fault: Fault) -> Outlook:
    cut = fault.manners.answer_seconds
    return Outlook(
        lab.file,
        lab.deployment.outside_root,
        LOOPBACK,
        lab.outside.address,
        lab.here.address,
        lab.publication.sip_domain,
        lab.deployment.users[:2] if fault.noticed_by_users else (),
        (cut + _LONGER,) if cut < Manners().answer_seconds else (),
    )

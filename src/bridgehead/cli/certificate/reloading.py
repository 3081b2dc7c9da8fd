"""After a change to what is live: the running proxy changes to it, or the change is undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.control import ask, default_path, may_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Control = Annotated[
    Path | None, typer.Option("--control", help="The running proxy's local socket.", show_default="by user")
]
NoReload = Annotated[
    bool, typer.Option("--no-reload", help="Leave the running proxy alone; it changes at its next reload or start.")
]


def reload_or(undo: Callable[[], None], control: Path | None, *, no_reload: bool) -> str:
    """Ask the running proxy to reload. What came of it, in a sentence.

    Where it refuses, `undo` is called, and the reasons are raised as ProblemsFound. Where none runs, that is said.
    """
    path = control or default_path()
    if no_reload:
        return "The running proxy was not asked to change; `bridgehead reload` does that."
    if not may_run(path):
        return f"No proxy runs on {path}: it is served from the next start on."
    try:
        told = ask(path, "reload")
    except BaseException:
        undo()
        raise
    if told["ok"]:
        return f"The running proxy has changed ({told['said']})."
    undo()
    message = "The running proxy refuses, and nothing has changed: what was live before is live again."
    reasons = (Problem(**problem) for problem in told["problems"])
    raise ProblemsFound([Problem("certificate.refused", str(path), message, "The reasons follow."), *reasons])


def wake(control: Path | None, at: datetime) -> str:
    """Let the running proxy look at what is staged for then. What comes of it, in a sentence."""
    path = control or default_path()
    if not may_run(path):
        return f"No proxy runs on {path}: one that starts later carries it out, at its start if the time is over."
    due = ask(path, "schedule").get("next_change")
    if due is None or due > at.timestamp():
        return f"The proxy that runs on {path} does not serve this certificate, and will not carry it out."
    return "The running proxy will carry it out."

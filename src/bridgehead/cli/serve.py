"""`bridgehead serve`: run what a file says."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.cli.loading import load
from bridgehead.cli.messages import print_problems
from bridgehead.cli.references import check_references
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.supervisor import Supervisor

if TYPE_CHECKING:
    from bridgehead.spec import Listener, ProxySpec

_DATES = {"certificate.expired", "certificate.not-yet-valid", "trust.expired"}
"""A proxy that starts again at night must not stay away because a date has passed: most of what it serves may work."""


def serve(
    file: Annotated[Path, typer.Argument(help="A topology (.toml) or a ProxySpec (.json).", show_default=False)],
) -> None:
    """Run the proxy in the foreground until SIGTERM or Ctrl-C.

    Everything that can be wrong is checked first, and nothing is bound if anything is. A line that begins with `ready`
    appears on standard error when all listeners accept. The first signal lets requests in hand finish, a second one
    ends at once. SIGUSR1 opens the access log again.

    Exit status: 0 it was stopped, 1 something is wrong, 2 the file cannot be read.

    For example:

    - `bridgehead serve /etc/bridgehead/bridgehead.toml`

    - `bridgehead check bridgehead.toml --spec > spec.json && bridgehead serve spec.json`
    """
    loaded = load(file)
    print_problems(_warnings(loaded.spec))
    supervisor = Supervisor(loaded.spec)
    places = ", ".join(_address(listener) for listener in loaded.spec.listeners)
    raise typer.Exit(supervisor.run(lambda: print(f"ready: {places}", file=sys.stderr, flush=True)))


def _warnings(spec: ProxySpec) -> list[Problem]:
    """What is odd about the files that a spec refers to. Raises ProblemsFound where something is wrong."""
    found = [
        replace(problem, severity="warning") if problem.code in _DATES else problem
        for problem in check_references(spec, datetime.now(UTC))
    ]
    if any(problem.severity == "error" for problem in found):
        raise ProblemsFound(found)
    return found


def _address(listener: Listener) -> str:
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{'https' if listener.tls else 'http'}://{host}:{listener.port}"

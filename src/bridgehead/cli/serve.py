"""`bridgehead serve`: run what a file says."""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.certificates.alarms.watch import Serving
from bridgehead.certificates.store.schedule import StoreSchedule
from bridgehead.cli.loading import load
from bridgehead.cli.messages import FoundWrong, print_problems
from bridgehead.cli.references import check_references
from bridgehead.cli.service_manager import tell
from bridgehead.cli.watching import watch
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.control import ControlSocket, default_path
from bridgehead.proxy.schedule import Timekeeper
from bridgehead.proxy.supervisor import Supervisor

if TYPE_CHECKING:
    from bridgehead.spec import Listener, ProxySpec

_DATES = {"certificate.expired", "certificate.not-yet-valid", "trust.expired"}
"""A proxy that starts again at night must not stay away because a date has passed: most of what it serves may work."""


def serve(
    file: Annotated[Path, typer.Argument(help="A topology (.toml) or a ProxySpec (.json).", show_default=False)],
    control: Annotated[
        Path | None, typer.Option(help="The local socket to ask the running proxy on.", show_default="by user")
    ] = None,
) -> None:
    """Run the proxy in the foreground until SIGTERM or Ctrl-C.

    Everything that can be wrong is checked first, and nothing is bound if anything is. A line that begins with `ready`
    appears on standard error when all listeners accept. The first signal lets requests in hand finish, a second one
    ends at once. SIGHUP reads the file and all that it refers to again, as `bridgehead reload` does; SIGUSR1 opens
    the access log again.

    Exit status: 0 it was stopped, 1 something is wrong, 2 the file cannot be read.

    For example:

    - `bridgehead serve /etc/bridgehead/bridgehead.toml`

    - `bridgehead check bridgehead.toml --spec > spec.json && bridgehead serve spec.json`
    """
    _allow_many_connections()
    served = _ServedFile(file)
    spec = served.read()
    schedule = StoreSchedule(lambda: supervisor.snapshot.spec)
    eye = watch(
        file, lambda: served.loaded, lambda: Serving(supervisor.snapshot.spec, supervisor.snapshot.material), control
    )
    supervisor = Supervisor(spec, served.read, Timekeeper(schedule, eye))
    places = ", ".join(_address(listener) for listener in spec.listeners)
    socket = _control_socket(control)

    def ready() -> None:
        print(f"ready: {places}", file=sys.stderr, flush=True)
        tell("READY=1")

    try:
        status = supervisor.run(ready, socket)
    finally:
        if socket is not None:
            socket.close()
    raise typer.Exit(status)


def _allow_many_connections() -> None:
    """Raise the soft limit of descriptors, two of which each client may take, to what this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _ServedFile:
    """The file, read at the start and at every change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.loaded = load(path)

    def read(self) -> ProxySpec:
        """What it says now, judged. Raises ProblemsFound, and then what it said before counts."""
        loaded = load(self._path)
        print_problems(_warnings(loaded.spec))
        self.loaded = loaded
        return loaded.spec


def _control_socket(given: Path | None) -> ControlSocket | None:
    """The control socket. Where nobody asked for a certain one, a proxy can do without: SIGHUP and SIGTERM remain."""
    try:
        return ControlSocket(given or default_path())
    except ProblemsFound as found:
        if given is not None:
            raise
        print_problems([replace(problem, severity="warning") for problem in found.problems])
        return None


def _warnings(spec: ProxySpec) -> list[Problem]:
    """What is odd about the files that a spec refers to. Raises ProblemsFound where something is wrong."""
    found = [
        replace(problem, severity="warning") if problem.code in _DATES else problem
        for problem in check_references(spec, datetime.now(UTC))
    ]
    if any(problem.severity == "error" for problem in found):
        raise FoundWrong(found)
    return found


def _address(listener: Listener) -> str:
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{'https' if listener.tls else 'http'}://{host}:{listener.port}"

"""`bridgehead serve`: run what a file says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bridgehead.cli.loading import load_spec
from bridgehead.proxy.supervisor import Supervisor


def serve(
    file: Annotated[Path, typer.Argument(help="bridgehead.toml, or a ProxySpec in JSON.", show_default=False)],
) -> None:
    """Run the proxy in the foreground until SIGTERM or Ctrl-C.

    Everything that can be wrong is checked first; nothing is bound if anything is. A line that begins with `ready`
    appears on standard error when all listeners accept. SIGUSR1 opens the access log again.

    Examples:
        bridgehead serve /etc/bridgehead/bridgehead.toml

        bridgehead check bridgehead.toml --format json --spec > spec.json && bridgehead serve spec.json

    """
    spec = load_spec(file)
    supervisor = Supervisor(spec)
    places = ", ".join(
        f"{'https' if listener.tls else 'http'}://{f'[{listener.host}]' if ':' in listener.host else listener.host}"
        f":{listener.port}"
        for listener in spec.listeners
    )

    def ready() -> None:
        print(f"ready: {places}", file=sys.stderr, flush=True)

    raise typer.Exit(supervisor.run(ready))

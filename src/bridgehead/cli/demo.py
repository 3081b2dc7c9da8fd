"""`bridgehead demo`: a whole Lync deployment on this machine, published and walked through."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_WITHOUT_THE_LABORATORY = """\
The demonstration needs pyspnego, because its servers answer with real NTLM, and it is not installed.
    pip install 'bridgehead[lab]'"""


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End after the table, with its verdict as exit status.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Keep the file, certificates and keys here; without it they are gone afterwards.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Publish a whole Lync deployment on this machine, and walk through it as every kind of client does.

    Starts two Front End Servers, a Director and an Office Web Apps Server on 127.0.0.1, makes their certificates and a
    bridgehead.toml, runs `bridgehead serve` with it, and shows what each client saw. Keeps running until Ctrl-C.

    Exit status: 0 all is well, 1 a step went wrong, 2 it could not run.

    For example:

    - `bridgehead demo`

    - `bridgehead demo --exit`

    - `bridgehead demo --directory ~/laboratory`
    """
    try:
        from bridgehead.lab.demo import ProxyFailed, run_demo  # noqa: PLC0415 - optional, see below
        from bridgehead.lab.report import new_console  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "spnego":
            raise
        typer.echo(_WITHOUT_THE_LABORATORY, err=True)
        raise typer.Exit(2) from None
    try:
        status = run_demo(new_console(), directory, leave=leave)
    except KeyboardInterrupt:
        status = 130
    except (ProxyFailed, OSError) as error:
        typer.echo(f"The demonstration could not run. {error}", err=True)
        status = 2
    raise typer.Exit(status)

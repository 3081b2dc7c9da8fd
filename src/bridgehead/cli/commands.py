"""Every command there is. A new one is imported and registered here."""

from __future__ import annotations

from typing import Annotated

import typer

from bridgehead import __version__
from bridgehead.cli.check import check
from bridgehead.cli.control import drain, reload, status
from bridgehead.cli.demo import demo
from bridgehead.cli.plan import plan
from bridgehead.cli.serve import serve
from bridgehead.cli.topology import topology

app = typer.Typer(
    name="bridgehead",
    no_args_is_help=True,
    add_completion=False,
    # A traceback is for whoever mends the program; an operator's mistake never makes one.
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bridgehead {__version__}")
        raise typer.Exit


@app.callback()
def bridgehead(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Publishes the web services of Lync Server 2013 and Skype for Business Server to the internet."""


app.command()(check)
app.command()(plan)
app.command()(serve)
app.command()(demo)
app.command()(reload)
app.command()(status)
app.command()(drain)
app.add_typer(topology, name="topology")

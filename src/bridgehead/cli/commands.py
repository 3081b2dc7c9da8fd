"""Every command there is. A new one is named here."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bridgehead import __version__
from bridgehead.cli.on_demand import OnDemand


class Commands(OnDemand):
    """`bridgehead COMMAND`."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - see OnDemand
        """Run the command. Whoever breaks it off, or leaves a question without an answer, gets the status 2."""
        try:
            return super().invoke(ctx)
        except (typer.Abort, KeyboardInterrupt, EOFError):
            typer.echo("\nBroken off.", err=True)
            raise typer.Exit(2) from None

    table = {  # noqa: RUF012 - a ClassVar of the class above
        "check": "bridgehead.cli.check:check",
        "plan": "bridgehead.cli.plan:plan",
        "serve": "bridgehead.cli.serve:serve",
        "demo": "bridgehead.cli.demo:demo",
        "verify": "bridgehead.cli.verify:verify",
        "ntlm-check": "bridgehead.cli.ntlm_check:ntlm_check",
        "reload": "bridgehead.cli.control:reload",
        "status": "bridgehead.cli.control:status",
        "drain": "bridgehead.cli.control:drain",
        "explain": "bridgehead.cli.explain:explain",
        "shield": "bridgehead.cli.shield:shield",
        "topology": "bridgehead.cli.topology:topology",
        "certificate": "bridgehead.cli.certificate.commands:certificate",
        "user": "bridgehead.cli.user:user",
    }


app = typer.Typer(
    name="bridgehead",
    cls=Commands,
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

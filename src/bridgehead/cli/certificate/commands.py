"""Every `bridgehead certificate` command. A new one is imported and registered here."""

from __future__ import annotations

import typer

from bridgehead.cli.certificate.account import account
from bridgehead.cli.certificate.activate import activate, roll_back
from bridgehead.cli.certificate.checking import check
from bridgehead.cli.certificate.exporting import export
from bridgehead.cli.certificate.importing import import_command
from bridgehead.cli.certificate.listing import list_command
from bridgehead.cli.certificate.node_key import node_key, take_over
from bridgehead.cli.certificate.renewing import renew
from bridgehead.cli.certificate.request import request
from bridgehead.cli.certificate.showing import show
from bridgehead.cli.certificate.stage import stage, unstage
from bridgehead.cli.certificate.trusting import trust

certificate = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Request, import, judge, store and roll certificates."
)


@certificate.callback()
def about() -> None:
    """Request, import, judge, store and roll certificates."""


certificate.command("request")(request)
certificate.command("import")(import_command)
certificate.command("check")(check)
certificate.command("show")(show)
certificate.command("list")(list_command)
certificate.command("activate")(activate)
certificate.command("stage")(stage)
certificate.command("unstage")(unstage)
certificate.command("roll-back")(roll_back)
certificate.command("renew")(renew)
certificate.command("account")(account)
certificate.command("export")(export)
certificate.command("trust")(trust)
certificate.command("node-key")(node_key)
certificate.command("take-over")(take_over)

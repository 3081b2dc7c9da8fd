"""`bridgehead shield`: who has failed to log in too often, and who may try again."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgehead.cli.messages import FoundWrong
from bridgehead.problems import Problem
from bridgehead.proxy.control import ask, default_path

shield = typer.Typer(
    add_completion=False,
    help="Show who has failed to log in too often, and let them try again. Without a command it is `shield status`.",
    rich_markup_mode="markdown",
)

_Control = Annotated[
    Path | None, typer.Option("--control", help="The running proxy's local socket.", show_default="by user")
]


class ShieldFormat(Enum):
    """What the answer is written in."""

    TEXT = "text"
    JSON = "json"


_Format = Annotated[ShieldFormat, typer.Option("--format", help="What to write.")]


@shield.callback(invoke_without_command=True)
def about(context: typer.Context, control: _Control = None, form: _Format = ShieldFormat.TEXT) -> None:
    """Show who has failed to log in too often, and let them try again."""
    command = context.invoked_subcommand
    if command is None:
        status(control, form)
    elif control is not None or form is not ShieldFormat.TEXT:
        # Of two proxies the wrong one would be asked, or cleared.
        context.fail(f"Options come behind the command: bridgehead shield {command} --control PATH")


@shield.command("status")
def status(control: _Control = None, form: _Format = ShieldFormat.TEXT) -> None:
    """Show what is counted against accounts and addresses, and for how long.

    The domain counts by itself: what comes through here stays below its threshold.

    Exit status: 0 nobody is kept out, 1 somebody is, 2 no proxy answers.

    For example:

    - `bridgehead shield status`

    - `bridgehead shield status --format json`
    """
    told = _ask(control, "shield")["shield"]
    if form is ShieldFormat.JSON:
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(told)
    if keeps_somebody_out(told):
        raise typer.Exit(1)


@shield.command("clear")
def clear(
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT|ADDRESS]", help="An account in any spelling, or an address.", show_default="everything"
        ),
    ] = None,
    control: _Control = None,
    form: _Format = ShieldFormat.TEXT,
) -> None:
    r"""Forget the failures of an account, of an address, or all of them: they may try again at once.

    What the domain itself has counted stays with the domain: an account that it has locked is unlocked there.

    Exit status: 0 something was forgotten, 1 there was nothing to forget, 2 no proxy answers.

    For example:

    - `bridgehead shield clear 'CONTOSO\alice'`

    - `bridgehead shield clear 203.0.113.7`
    """
    told = _ask(control, "shield-clear", whose=wanted)
    cleared = int(told["cleared"])
    if form is ShieldFormat.JSON:
        typer.echo(json.dumps({"cleared": cleared}))
    else:
        of_whom = "" if wanted is None else f" against {wanted}"
        typer.echo(f"Forgotten: {cleared} counts{of_whom}." if cleared else f"Nothing was counted{of_whom}.")
    if not cleared:
        raise typer.Exit(1)


def keeps_somebody_out(told: dict[str, Any]) -> bool:
    """Whether somebody who tried now would be refused."""
    return bool(told["pauses"]) or any(one["closed_to"] for one in (*told["accounts"], *told["sources"]))


def _ask(control: Path | None, verb: str, **more: object) -> dict[str, Any]:
    told = ask(control or default_path(), verb, **more)
    if not told["ok"]:
        raise FoundWrong(Problem(**problem) for problem in told["problems"])
    return told


def _print(told: dict[str, Any]) -> None:
    console = Console(highlight=False)
    if not told["enabled"]:
        console.print("The shield is off: nothing is counted.")
    limits = told["limits"]
    console.print(
        f"An account closes to strangers after {limits['strangers']} failures and to everybody after"
        f" {limits['known']}, below the domain's {limits['threshold']}; after"
        f" {limits['window_seconds']:g} s without one it opens."
    )
    for source in told["sources"]:
        if source["spraying"]:
            console.print(f"SPRAYING from {source['source']}", style="bold red", markup=False)
    for table in (_accounts(told), _pauses(told), _sources(told)):
        if table.row_count:
            console.print(table)


def _accounts(told: dict[str, Any]) -> Table:
    table = _table("account", "failures", "closed to", "until, in seconds")
    for one in told["accounts"]:
        _add(table, one["account"], one["failures"], one["closed_to"], one["forgotten_in"])
    return table


def _pauses(told: dict[str, Any]) -> Table:
    table = _table("account", "from", "failures in a row", "pauses, in seconds")
    for one in told["pauses"]:
        _add(table, one["account"], one["source"], one["failures"], one["until_in"])
    return table


def _sources(told: dict[str, Any]) -> Table:
    table = _table("address", "failures", "accounts", "closed to")
    for one in told["sources"]:
        _add(table, one["source"], one["failures"], one["accounts"], one["closed_to"])
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _add(table: Table, *cells: object) -> None:
    # Names come from strangers: they are text, and no markup.
    table.add_row(*(Text(str(cell)) for cell in cells))

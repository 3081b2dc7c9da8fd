"""`bridgehead user`: the accounts of a site without a domain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from bridgehead.authentication.account_editing import with_user, without_user
from bridgehead.authentication.account_list import parse_accounts, read_accounts
from bridgehead.authentication.account_writing import change_accounts
from bridgehead.authentication.ntlm_keys import nt_hash
from bridgehead.problems import Problem, ProblemsFound

user = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Keep the accounts file of a site without a domain.",
    rich_markup_mode="markdown",
)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The accounts file.", show_default=False)]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The account, without a domain: alice.", show_default=False)]
_LOADED = "A running proxy takes it with: bridgehead reload"


@user.callback()
def about() -> None:
    """Keep the accounts file of a site without a domain: who may log in at the proxy, and with which password."""


@user.command("add")
def add(
    file: _File,
    name: _Name,
    group: Annotated[
        list[str] | None, typer.Option(help="A group that the account is in; may be repeated.", show_default=False)
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Give an account that exists the new password.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The password is the first line of standard input.")
    ] = False,
) -> None:
    """Add an account. The password is asked for twice, never shown, and only its hash is kept.

    FILE is made where there is none, readable by its owner alone.

    Exit status: 0 it is added, 1 something is wrong and nothing has changed, 2 it could not run.

    For example:

    - `bridgehead user add /etc/bridgehead/accounts.toml alice --group staff`

    - `pass show lync/alice | bridgehead user add accounts.toml alice --replace --password-stdin`
    """
    password_hash = _hash_of(_first_line() if password_stdin else _typed(name))
    change_accounts(
        file,
        lambda content: with_user(content, str(file), name, password_hash, group or (), replace=replace),
        make=True,
    )
    typer.echo(f"{name} is in {file}. {_LOADED}")


@user.command("remove")
def remove(file: _File, name: _Name) -> None:
    """Remove an account.

    Exit status: 0 it is removed, 1 there is none or the file is not sound, 2 it could not run.

    For example:

    - `bridgehead user remove /etc/bridgehead/accounts.toml alice`
    """
    change_accounts(file, lambda content: without_user(content, str(file), name))
    typer.echo(f"{name} is no longer in {file}. {_LOADED}")


@user.command("list")
def list_command(
    file: _File,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A table for people, or JSON for programs.")
    ] = "text",
) -> None:
    """Show the accounts with all their groups, through others too. No hash is shown.

    Exit status: 0 the file is sound, 1 something is wrong with it, 2 it cannot be read.

    For example:

    - `bridgehead user list /etc/bridgehead/accounts.toml`

    - `bridgehead user list accounts.toml --format json`
    """
    accounts = parse_accounts(read_accounts(file), str(file))
    found = sorted(accounts.users.values(), key=lambda one: one.name.casefold())
    if form == "json":
        shown = [
            {"name": one.name, "groups": accounts.groups_of(one), "principal": one.principal, "disabled": one.disabled}
            for one in found
        ]
        typer.echo(json.dumps({"users": shown}, indent=2, ensure_ascii=False))
        return
    table = Table("account", "groups", "principal", "", box=None)
    for one in found:
        table.add_row(one.name, ", ".join(accounts.groups_of(one)), one.principal, "disabled" if one.disabled else "")
    Console(highlight=False, markup=False, soft_wrap=True).print(table)


def _typed(name: str) -> str:
    if not sys.stdin.isatty():
        message = f"The account {name} needs a password, and nobody is there to type one."
        raise ProblemsFound([Problem("accounts.password-needed", "", message, "Pipe it in: --password-stdin.")])
    typed: str = typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _first_line() -> str:
    line = sys.stdin.buffer.readline().rstrip(b"\n").removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        message = "The password is not UTF-8 text."
        raise ProblemsFound([Problem("accounts.password", "standard input", message)]) from None


def _hash_of(password: str) -> bytes:
    if not password:
        raise ProblemsFound([Problem("accounts.password", "", "The password is empty.", "Choose one.")])
    try:
        return nt_hash(password)
    except UnicodeEncodeError:
        # A terminal that is not UTF-8: what was typed is not what a client will send.
        message = "The password is not Unicode text, as this terminal sends it."
        raise ProblemsFound([Problem("accounts.password", "", message, "Use a UTF-8 locale.")]) from None

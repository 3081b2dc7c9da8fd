"""`bridgehead status`, `reload` and `drain`: ask the proxy that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bridgehead.cli.messages import FoundWrong
from bridgehead.problems import Problem
from bridgehead.proxy.control import ask, default_path
from bridgehead.proxy.metrics import exposition

_Control = Annotated[
    Path | None, typer.Option("--control", help="The running proxy's local socket.", show_default="by user")
]


def reload(control: _Control = None) -> None:
    """Make the running proxy read its file, certificates and roots again: all of it, or nothing.

    Exchanges in hand finish, logins stay, new requests see the new. If anything is wrong, the old goes on serving.

    Exit status: 0 it has changed, 1 something is wrong and nothing has changed, 2 no proxy answers.
    """
    typer.echo(_ask(control, "reload")["said"])


def drain(control: _Control = None) -> None:
    """Let the running proxy take no new connections, finish what it has in hand, and end."""
    typer.echo(_ask(control, "drain")["said"])


def status(
    control: _Control = None,
    form: Annotated[str, typer.Option("--format", help="text, json, or prometheus.")] = "text",
) -> None:
    """Show what the running proxy does: connections, logins, servers, who is kept out, and everything that was refused.

    Exit status: 0 it runs, 2 no proxy answers.
    """
    told = _ask(control, "status")
    if form == "json":
        typer.echo(json.dumps(told, indent=2))
        return
    if form == "prometheus":
        typer.echo(exposition(told), nl=False)
        return
    console = Console(highlight=False)
    workers = [worker for worker in told["workers"] if worker]
    console.print(f"{len(workers)} workers, {told['changes']} changes since the start")
    for alarm in told["alarms"]:
        console.print(f"ALARM: {alarm}", style="bold red", markup=False)
    console.print(_workers(workers))
    console.print(_servers(workers))
    for pool, profile in told["tls_profiles"].items():
        if profile != "modern":
            console.print(f"pool {pool}: TLS of the profile {profile}", markup=False)
    _print_shield(console, told["shield"])
    console.print(_counters(told["counters"]))


def _ask(control: Path | None, wanted: str) -> dict[str, Any]:
    told = ask(control or default_path(), wanted)
    if not told["ok"]:
        raise FoundWrong(Problem(**problem) for problem in told["problems"])
    return told


def _workers(workers: list[dict[str, Any]]) -> Table:
    table = Table("process", "clients", "bound logins", "accepted", box=None)
    for worker in workers:
        table.add_row(*(str(worker[key]) for key in ("process", "clients", "bound", "accepted")))
    return table


def _servers(workers: list[dict[str, Any]]) -> Table:
    table = Table("pool", "server", "busy", "idle", "", box=None)
    for pool, members in workers[0]["pools"].items() if workers else ():
        for member in members:
            seen = [worker["pools"].get(pool, {}).get(member, {}) for worker in workers]
            busy, idle = (str(sum(one.get(key, 0) for one in seen)) for key in ("busy", "idle"))
            table.add_row(pool, member, busy, idle, "resting" if any(one.get("resting") for one in seen) else "")
    return table


def _print_shield(console: Console, shield: dict[str, Any]) -> None:
    """How many are kept out. Who they are is for `bridgehead shield status`, which may be long."""
    kept_out = _kept_out(shield)
    if not shield["enabled"]:
        console.print("shield: off, nothing is counted")
    elif not kept_out.row_count:
        console.print("shield: nobody is kept out")
    else:
        console.print(kept_out)
        console.print("bridgehead shield status shows who, and until when")


def _kept_out(shield: dict[str, Any]) -> Table:
    accounts, sources = ([one["closed_to"] for one in shield[key]] for key in ("accounts", "sources"))
    table = Table("shield", "how many", box=None)
    for what, count in (
        ("accounts closed to strangers", accounts.count("strangers")),
        ("accounts closed to everybody", accounts.count("all")),
        ("pauses after failures in a row", len(shield["pauses"])),
        ("addresses closed to strangers", sources.count("strangers")),
        ("addresses that spray passwords", sum(one["spraying"] for one in shield["sources"])),
    ):
        if count:
            table.add_row(what, str(count))
    return table


def _counters(counters: dict[str, int]) -> Table:
    table = Table("counted since the start", "times", box=None)
    for name, count in sorted(counters.items()):
        table.add_row(name, str(count))
    return table

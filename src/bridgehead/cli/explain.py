"""`bridgehead explain`: what became of somebody's logins."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from bridgehead.cli.messages import FoundWrong
from bridgehead.problems import Problem
from bridgehead.proxy.control import ask, default_path
from bridgehead.proxy.tracing.events import Event
from bridgehead.proxy.tracing.meanings import meaning_of, meaning_of_all


class ExplainFormat(Enum):
    """What the answer is written in."""

    TEXT = "text"
    JSON = "json"


def explain(
    whom: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT|USER",
            help="A client's address, the id of a connection or request from the log, or a user in any spelling.",
            show_default=False,
        ),
    ],
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many connections, the latest ones.")] = 10,
    form: Annotated[ExplainFormat, typer.Option("--format", help="What to write.")] = ExplainFormat.TEXT,
    control: Annotated[
        Path | None, typer.Option("--control", help="The running proxy's local socket.", show_default="by user")
    ] = None,
) -> None:
    r"""Say what became of a client's or a user's latest logins, leg by leg, what it means and what to do.

    The proxy keeps the latest logins in memory: no password, no hash and no token is among them. A Kerberos ticket
    does not tell the user's name; ask for the client's address then.

    Exit status: 0 something is known, 1 nothing is, 2 no proxy answers.

    For example:

    - `bridgehead explain 'CONTOSO\alice'`

    - `bridgehead explain alice@contoso.com --last 3`

    - `bridgehead explain 203.0.113.7`

    - `bridgehead explain 3f2a0-1c --format json`
    """
    told = ask(control or default_path(), "explain", whom=whom, last=last)
    if not told["ok"]:
        raise FoundWrong(Problem(**problem) for problem in told["problems"])
    connections = told["connections"]
    if form is ExplainFormat.JSON:
        typer.echo(json.dumps(as_json(whom, told), indent=2))
    elif connections:
        console = Console(highlight=False)
        if console.is_terminal:
            print_answer(told, console)
        else:
            typer.echo(answer_as_text(told), nl=False)
    else:
        typer.echo(nothing_known(whom, told), err=True)
    sys.stdout.flush()
    if not connections:
        raise typer.Exit(1)


def nothing_known(whom: str, told: dict[str, Any]) -> str:
    """Why nothing may be known."""
    older = f", and {told['dropped']} older ones are forgotten" if told["dropped"] else ""
    return (
        f"No login of {whom} is known. {told['kept']} events of logins are kept{older}. Only NTLM tells a user's name, "
        "in its last leg: ask for the client's address where Kerberos is used, or where a login does not come so far."
    )


def as_json(whom: str, told: dict[str, Any]) -> dict[str, Any]:
    """Everything, for programs."""
    meanings = [meaning_of([Event.read(event) for event in events]) for events in told["connections"]]
    return {
        "asked_for": whom,
        "connections": [
            {
                **{name: events[0][name] for name in ("connection", "client", "port", "listener")},
                "meaning": meaning._asdict(),
                "events": [_without(event, "connection", "client", "port", "listener") for event in events],
            }
            for events, meaning in zip(told["connections"], meanings, strict=True)
        ],
        "together": meaning_of_all(meanings),
        **{name: told[name] for name in ("left_out", "unnamed", "kept", "dropped")},
    }


def answer_as_text(told: dict[str, Any]) -> str:
    """The answer for a file or a pipe: no colours, no line broken."""
    kept = StringIO()
    print_answer(told, Console(file=kept, width=10_000, color_system=None, highlight=False))
    return "".join(f"{line.rstrip()}\n" for line in kept.getvalue().splitlines())


def print_answer(told: dict[str, Any], console: Console) -> None:
    """A tree for each connection, the newest last."""
    if told["left_out"]:
        console.print(Text(f"{told['left_out']} earlier connections are left out; --last shows more.\n", "dim"))
    meanings = []
    for events in told["connections"]:
        read = [Event.read(event) for event in events]
        meanings.append(meaning_of(read))
        console.print(_tree(events[0], read))
        sign, style = ("✓", "green") if meanings[-1].good else ("✗", "red")
        console.print(Text.assemble((f"{sign} ", f"bold {style}"), (meanings[-1].sentence, "bold")))
        if meanings[-1].advice:
            console.print(Text(f"  {meanings[-1].advice}"))
        console.print()
    together = meaning_of_all(meanings)
    if together:
        console.print(Text(together, "bold yellow"))
    for address, count in told["unnamed"].items():
        console.print(f"See also `bridgehead explain {address}`: {count} more connections from there named nobody.")


def _tree(first: dict[str, Any], events: list[Event]) -> Tree:
    begin = events[0].time
    where = dict.fromkeys(f"{event.host}, rule {event.rule}" if event.rule else event.host for event in events)
    host = first["client"]
    address = f"[{host}]:{first['port']}" if ":" in host else f"{host}:{first['port']}"
    head = Text.assemble(
        (f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d %H:%M:%SZ}  ", "dim"),
        (address, "bold cyan"),
        f"  connection {first['connection']} on {first['listener']}",
        f" to {'; '.join(name for name in where if name)}" if any(where) else "",
    )
    tree = Tree(head, guide_style="dim")
    for event in events:
        tree.add(Text.assemble((f"+{event.time - begin:.3f} s  ", "dim"), event.told()))
    return tree


def _without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: fact for name, fact in event.items() if name not in names}

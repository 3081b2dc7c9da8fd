"""`bridgehead certificate list`: what the store holds, and what uses it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from bridgehead.certificates.store.overview import ShelfSummary, overview
from bridgehead.cli.certificate.place import File, Place, StoreDirectory, open_place
from bridgehead.cli.messages import exit_status, print_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.problems import Problem


def list_command(
    file: File = None,
    store: StoreDirectory = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A table for people, or JSON for programs.")
    ] = "text",
) -> None:
    """Show the certificates in the store: what is live and for how long, what is staged, what waits for an answer.

    With FILE also which listeners use each.

    Exit status: 0 all is well, 1 something is wrong with the store, 2 it cannot be looked at.

    For example:

    - `bridgehead certificate list bridgehead.toml`

    - `bridgehead certificate list --store /var/lib/bridgehead/certificates --format json`
    """
    place = open_place(file, store, None, keys=False)
    found = overview(place.store, datetime.now(UTC))
    problems = place.store.problems()
    if form == "json":
        typer.echo(json.dumps(_as_json(place, found, problems), indent=2))
    else:
        _print(place, found)
        print_problems(problems)
    raise typer.Exit(exit_status(problems))


def _as_json(place: Place, found: Sequence[ShelfSummary], problems: Sequence[Problem]) -> dict[str, object]:
    return {
        "store": str(place.store.directory),
        "certificates": [{**one.as_json(), "listeners": _listeners(place, one)} for one in found],
        "problems": [problem.as_json() for problem in problems],
    }


def _print(place: Place, found: Sequence[ShelfSummary]) -> None:
    if not found:
        typer.echo(f"Nothing is in the store {place.store.directory}. To begin: bridgehead certificate request.")
        return
    table = Table("certificate", "kind", "live", "issuer", "days left", "listeners", box=None)
    for one in found:
        live = one.live
        table.add_row(
            one.name,
            one.kind,
            str(live.number) if live else "none",
            live.issuer if live else "",
            str(live.days_left) if live else "",
            ", ".join(_listeners(place, one)),
        )
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(table)
    for one in found:
        for line in _besides(one):
            console.print(f"{one.name} ({one.kind}): {line}")


def _besides(one: ShelfSummary) -> list[str]:
    others = [str(generation.number) for generation in one.generations if not generation.live]
    lines = [f"names {', '.join(one.live.names)}"] if one.live else []
    lines += [f"not live, but kept: generation {', '.join(others)}"] if others else []
    lines += [f"request {identifier} waits for its answer" for identifier in one.waiting]
    if one.staged_at is not None and not one.refused:
        lines.append(f"generation {one.staged} is staged for {datetime.fromisoformat(one.staged_at):%Y-%m-%d %H:%M %Z}")
    if one.refused:
        lines.append(f"ALARM: generation {one.staged} was due and refused: {one.refused}")
    return lines


def _listeners(place: Place, one: ShelfSummary) -> list[str]:
    """The listeners that serve this certificate and kind, as far as a file says."""
    if place.loaded is None or place.topology is None:
        return []
    pairs = place.topology.certificates.get(one.name, ())
    if not any(one.kind in pair.store for pair in pairs):
        return []
    return [listener.name for listener in place.loaded.spec.listeners if one.name in listener.certificates]

"""`bridgehead certificate check`: what is served, staged and trusted, judged against the plan. Changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridgehead.cli.certificate.alarming import look_around
from bridgehead.cli.certificate.check_deployment import check_deployment
from bridgehead.cli.certificate.check_files import check_files
from bridgehead.cli.certificate.check_upstream import check_upstream
from bridgehead.cli.certificate.findings import Findings
from bridgehead.cli.certificate.importing import ChainFiles, RootFiles, Topology
from bridgehead.cli.certificate.notifying import notify as tell_everybody
from bridgehead.cli.certificate.place import USUAL_FILE, StoreDirectory, open_place
from bridgehead.cli.certificate.reloading import Control
from bridgehead.cli.certificate.rendering import print_matrix
from bridgehead.cli.messages import exit_status, print_problems
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

_DUE = (".expires-soon",)
_NOT_TOLD = {"alarms.command-failed", "alarms.webhook-failed", "alarms.memory-unwritable"}
"""Who was to be told was not: for whoever watches the timer that is a failure, and no work that is due."""


def check(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    what: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[TOPOLOGY | FILE...]", help="A topology (.toml), or certificates.", show_default=False),
    ] = None,
    topology: Topology = None,
    name: Annotated[
        str | None,
        typer.Option("--for", metavar="NAME", help="Judge FILEs as this certificate of the plan.", show_default=False),
    ] = None,
    chain: ChainFiles = None,
    root: RootFiles = None,
    days: Annotated[int, typer.Option(help="What expires within so many days is due.", min=0)] = 14,
    upstream: Annotated[
        bool, typer.Option("--upstream", help="Also ask the pools' servers for their certificates.")
    ] = False,
    notify: Annotated[
        bool, typer.Option("--notify", help="Tell the log, and whom [alarms] names, of alarms that are new to them.")
    ] = False,
    not_to_log: Annotated[bool, typer.Option("--not-to-log", hidden=True)] = False,
    control: Control = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="Its first line opens FILEs.", show_default=False)
    ] = None,
    store: StoreDirectory = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Judge certificates: dates, names, chain, usage, strength. Made for a timer: exit status 1 says that work is due.

    With a topology, or without anything, everything that it refers to: what is live, what is staged, the matrix of
    published names; with --upstream also the servers behind the bridge, and whether the certificate inside is the one
    outside (Extended Protection).

    With --notify alarms are told, each once for each change of its state, and remembered.

    Exit status: 0 all is well, 1 something is wrong or due, 2 the command could not run, or
    somebody was to be told and was not.

    For example:

    - `bridgehead certificate check bridgehead.toml`

    - `bridgehead certificate check bridgehead.toml --upstream --days 30 --format json`

    - `bridgehead certificate check bridgehead.toml --upstream --notify`

    - `bridgehead certificate check new.pem --for public --topology bridgehead.toml --chain intermediate.pem`
    """
    now, soon = datetime.now(UTC), timedelta(days=days)
    files = what or []
    if len(files) == 1 and files[0].suffix.lower() in {".toml", ".json"}:
        topology, files = files[0], []
    if files and notify:
        raise typer.BadParameter("--notify is for a topology, not for FILEs")
    place = open_place(topology, store, None, keys=False)
    if files:
        found = check_files(
            files,
            chain or [],
            root or [],
            passphrase_file=passphrase_file,
            place=place,
            name=name,
            now=now,
            soon=soon,
        )
    elif place.loaded is None:
        message = "There is nothing to check: neither a topology nor a file was given."
        raise ProblemsFound([Problem("file.missing", "", message, "bridgehead certificate check bridgehead.toml")])
    else:
        found = check_deployment(place, root or [], now, soon)
        if upstream:
            found = found.with_more(check_upstream(place.loaded, now, soon))
        seen = look_around(place, found.upstream if upstream else None, now, control)
        found = seen.into(found)
        if notify:
            told = tell_everybody(place, topology or USUAL_FILE, seen, now, log=not not_to_log)
            found = found.with_more(Findings(tuple(told)))
    _tell(found, form)
    raise typer.Exit(_status(found.problems))


def _status(problems: Sequence[Problem]) -> int:
    if any(problem.code in _NOT_TOLD for problem in problems):
        return 2
    due = any(problem.code.endswith(_DUE) for problem in problems)
    return exit_status(problems) or int(due)


def _tell(found: Findings, form: str) -> None:
    if form == "json":
        told = {
            "ok": _status(found.problems) == 0,
            "certificates": found.certificates,
            "matrix": found.matrix.as_json() if found.matrix is not None else None,
            "upstream": found.upstream,
            "alarms": found.alarms,
            "staged": found.staged,
            "orders": found.orders,
            "notes": found.notes,
            "problems": [problem.as_json() for problem in found.problems],
        }
        typer.echo(json.dumps(told, indent=2))
        return
    for line in found.lines:
        typer.echo(line)
    if found.matrix is not None:
        print_matrix(found.matrix)
    for note in found.notes:
        typer.echo(note)
    print_problems(found.problems)
    if _status(found.problems) == 0:
        typer.echo("All is well." if not found.problems else "It works; see the warnings.")

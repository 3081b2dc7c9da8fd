"""`bridgehead certificate stage` and `unstage`: what is served from a time on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bridgehead.cli.certificate.activate import Name, OnlyKind, choose, known_kinds
from bridgehead.cli.certificate.place import File, PassphraseFile, StoreDirectory, open_place
from bridgehead.cli.certificate.reloading import Control, wake
from bridgehead.problems import Problem, ProblemsFound


def stage(
    name: Name,
    number: Annotated[
        int,
        typer.Argument(metavar="GENERATION", help="Its number, as `certificate list` shows it.", show_default=False),
    ],
    file: File = None,
    *,
    at: Annotated[
        str, typer.Option("--at", help="When: 2026-12-01 02:00 (this machine's time zone), 2026-12-01T02:00+01:00.")
    ] = "",
    kind: OnlyKind = None,
    store: StoreDirectory = None,
    passphrase_file: PassphraseFile = None,
    control: Control = None,
) -> None:
    """Let a generation of a certificate go live at a time. The running proxy carries it out, as a reload.

    If the proxy refuses it then, what was live stays live, and an alarm is shown by `bridgehead status` and
    `bridgehead certificate list`. A time that passes while no proxy runs is made up for when it starts.

    Exit status: 0 it is staged, 1 something is wrong and nothing has changed, 2 the command could not run.

    For example:

    - `bridgehead certificate stage public 3 --at "2026-12-01 02:00"`

    - `bridgehead certificate stage public 3 bridgehead.toml --kind ecdsa --at 2026-12-01T02:00Z`
    """
    time = read_time(at)
    place = open_place(file, store, passphrase_file)
    chosen = choose(place.store, name, kind, number)
    now = datetime.now(UTC)
    for generation in chosen:
        generation.key()  # a key that does not open then is told of now
        place.store.stage(generation, time, now=now)
        when = f"{time.astimezone():%Y-%m-%d %H:%M:%S %Z} ({time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
        typer.echo(f"Staged: {name} ({generation.kind}), generation {generation.number}, at {when}.")
    typer.echo(wake(control, time))


def unstage(name: Name, file: File = None, kind: OnlyKind = None, store: StoreDirectory = None) -> None:
    """Let nothing go live later. What is live stays.

    For example:

    - `bridgehead certificate unstage public`
    """
    place = open_place(file, store, None, keys=False)
    ended = [one for one in known_kinds(place.store, name, kind) if place.store.unstage(name, one)]
    for one in ended:
        typer.echo(f"No longer staged: {name} ({one}).")
    if not ended:
        typer.echo(f"Nothing was staged for {name}, and nothing has changed.")


def read_time(text: str) -> datetime:
    """A time as people and ISO 8601 write it; without a zone it is this machine's. Raises ProblemsFound."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC).astimezone()
    except (ValueError, OverflowError):
        message = f"{text!r} is not a time." if text else "The time is missing."
        hint = 'Write --at "2026-12-01 02:00", or with a zone --at 2026-12-01T02:00+01:00.'
        raise ProblemsFound([Problem("stage.not-a-time", "--at", message, hint)]) from None

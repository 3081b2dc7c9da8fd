"""`bridgehead certificate renew`: orders what is due, judges it and makes it live. What a timer runs."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridgehead.certificates.farm.ordering import who_orders
from bridgehead.certificates.store.durable import make_directory
from bridgehead.certificates.store.fitness import check_fit
from bridgehead.certificates.store.layout import ACME
from bridgehead.certificates.store.lock import lock
from bridgehead.cli.certificate.expectations import SOON
from bridgehead.cli.certificate.place import USUAL_FILE, PassphraseFile, open_place
from bridgehead.cli.certificate.reloading import Control, NoReload, reload_or, wake
from bridgehead.cli.certificate.stage import read_time
from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgehead.certificates.acme.renewal import Outcome, Renewals
    from bridgehead.certificates.store.store import Store
    from bridgehead.cli.certificate.place import Place

TopologyFile = Annotated[
    Path | None,
    typer.Argument(help="The topology (.toml).", show_default=str(USUAL_FILE)),
]


def renew(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    file: TopologyFile = None,
    name: Annotated[
        str | None, typer.Argument(help="Only this certificate.", show_default="all with acme = true")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Try everything at the staging directories; keep nothing, change nothing."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Order although nothing is due.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="After you have mended something: do not wait for the next attempt's time.")
    ] = False,
    at: Annotated[
        str, typer.Option("--at", help="Stage what comes for this time, instead of making it live at once.")
    ] = "",
    passphrase_file: PassphraseFile = None,
    control: Control = None,
    no_reload: NoReload = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Order the certificates that are due from the authorities of the file, and make them live.

    Says nothing where nothing is due, or another proxy of the farm orders, which is what a timer wants. What comes back
    is judged as `certificate import` does it. An order that was broken off goes on where it was.

    Exit status: 0 nothing was due, all is renewed, or the next attempt's time has not come; 1 something could not be;
    2 the command was used wrong.

    For example:

    - `bridgehead certificate renew --dry-run`

    - `bridgehead certificate renew bridgehead.toml public --now`
    """
    staged_for = read_time(at) if at else None
    place = open_place(file, None, passphrase_file)
    with alone(place.store):
        told = _renew_all(
            place,
            name,
            Choices(dry_run=dry_run, force=force, now=now, staged_for=staged_for, control=control, no_reload=no_reload),
        )
    _tell(told, form)
    if any(not one.ok for one in told):
        raise typer.Exit(1)


@dataclass(frozen=True)
class Choices:
    """What the options say."""

    dry_run: bool
    force: bool
    now: bool
    staged_for: datetime | None
    control: Path | None
    no_reload: bool


@dataclass(frozen=True)
class Told:
    """What is said about one certificate and kind."""

    name: str
    kind: str
    result: str
    ok: bool
    because: str = ""
    at: datetime | None = None
    authority: str = ""
    generation: int | None = None
    said: str = ""
    problems: tuple[Problem, ...] = ()


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """One renewal at a time. The lock on the store itself is held for moments alone: other commands go on."""
    directory = store.directory / ACME
    try:
        make_directory(directory)
        with lock(directory, patience=0.0):
            yield
    except OSError as error:
        message = f"The store cannot be changed: {error.strerror or error}."
        if error.filename is not None and Path(error.filename).is_relative_to(directory):
            message = f"What is remembered of orders cannot be read or changed: {error.strerror or error}."
        hint = "Check owner and permissions: it belongs to the proxy's user."
        raise ProblemsFound([Problem("store.unwritable", str(error.filename or directory), message, hint)]) from None


def _renew_all(place: Place, name: str | None, choices: Choices) -> list[Told]:
    # Only who orders needs the ACME library.
    from bridgehead.certificates.acme.renewal import Renewals  # noqa: PLC0415
    from bridgehead.cli.certificate import acme_setup as setup  # noqa: PLC0415

    topology = setup.topology_of(place)
    ordering = who_orders(place.store.directory, topology.farm.orders)
    if not (ordering.here or choices.dry_run):
        return [Told("", "", "not-here", ok=True, because=ordering.sentence)]
    of_file = {one.label: one for one in topology.authorities}
    translate = setup.for_trial if choices.dry_run else setup.as_authority
    renewals = Renewals(
        place.store,
        [translate(one) for one in topology.authorities],
        lambda authority: setup.prover_for(of_file[authority.label], place, choices.control),
        setup.CLOCK,
        trial=choices.dry_run,
    )
    outcomes: dict[str, list[Outcome]] = {}
    told = []
    for wanted in setup.wanted_certificates(place, name, SOON):
        try:
            outcome = renewals.look(wanted, force=choices.force, patient=not choices.now)
        except ProblemsFound as found:
            told.append(Told(wanted.name, wanted.kind, "failed", ok=False, problems=found.problems))
            continue
        if outcome.result == "issued":
            outcomes.setdefault(wanted.name, []).append(outcome)
        else:
            told.append(_told(outcome))
    for issued in outcomes.values():
        told += _use(renewals, place.store, issued, choices)
    return told


def _use(renewals: Renewals, store: Store, issued: Sequence[Outcome], choices: Choices) -> list[Told]:
    """Make all kinds of one certificate live together, or stage them. A proxy that refuses leaves all as it was."""
    try:
        said = _stage(store, issued, choices) if choices.staged_for is not None else _go_live(store, issued, choices)
    except ProblemsFound as found:
        for one in issued:
            renewals.refused(one, found.problems)
        return [replace(_told(one), result="failed", ok=False, problems=found.problems) for one in issued]
    for one in issued:
        renewals.settle(one.wanted)
    return [replace(_told(one), said=said) for one in issued]


def _stage(store: Store, issued: Sequence[Outcome], choices: Choices) -> str:
    at = choices.staged_for
    assert at is not None
    for one in issued:
        assert one.generation is not None
        store.stage(one.generation, at, now=datetime.now(UTC))
    return f"staged for {at:%Y-%m-%d %H:%M %Z}. {wake(choices.control, at)}"


def _go_live(store: Store, issued: Sequence[Outcome], choices: Choices) -> str:
    now = datetime.now(UTC)
    generations = [one.generation for one in issued if one.generation is not None]
    for generation in generations:
        check_fit(generation, now)
    first = any(store.live(one.name, one.kind) is None for one in generations)
    with ExitStack() as undoing:
        for generation in generations:
            former = store.activate(generation)
            if not first:
                undoing.callback(store.restore, generation.name, generation.kind, former)
        try:
            said = reload_or(undoing.close, choices.control, no_reload=choices.no_reload)
        except ProblemsFound:
            if not first:
                raise
            # The file may name other certificates that are still missing, so that no reload can succeed yet.
            said = "It is the first of its name; a running proxy serves it after `bridgehead reload`."
        undoing.pop_all()
    return f"live. {said}"


def _told(outcome: Outcome) -> Told:
    return Told(
        name=outcome.wanted.name,
        kind=outcome.wanted.kind,
        result=outcome.result,
        ok=outcome.result != "failed",
        because=outcome.because,
        at=outcome.at,
        authority=outcome.authority,
        generation=outcome.generation.number if outcome.generation is not None else None,
        problems=outcome.problems,
    )


# What is said


def _tell(told: Sequence[Told], form: str) -> None:
    if form == "json":
        typer.echo(json.dumps([_as_json(one) for one in told], indent=2))
        return
    print_problems(list(dict.fromkeys(problem for one in told for problem in one.problems)))
    for one in told:
        line = _line(one)
        if line:
            typer.echo(f"{one.name} ({one.kind}): {line}" if one.name else line, err=not one.ok)


def _line(one: Told) -> str:
    match one.result:
        case "issued":
            return f"generation {one.generation}, issued by {one.authority}, is {one.said}"
        case "tried":
            return f"the trial has succeeded: {one.authority} would issue it. Nothing was kept."
        case "failed":
            again = f" It is tried again from {one.at.astimezone():%Y-%m-%d %H:%M %Z} on." if one.at else ""
            return f"not renewed; what was served goes on being served.{again}"
        # A timer wants silence; a person would ask whether anything was done.
        case "not-due" if one.at is not None and sys.stdout.isatty():
            return f"not due before {one.at.astimezone():%Y-%m-%d %H:%M %Z}: {one.because}."
        case "waiting" if one.at is not None and sys.stdout.isatty():
            return f"tried again from {one.at.astimezone():%Y-%m-%d %H:%M %Z} on, or with --now."
        case _:
            return one.because if one.result == "not-here" and sys.stdout.isatty() else ""


def _as_json(one: Told) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "result": one.result,
        "because": one.because,
        "at": one.at.isoformat() if one.at is not None else None,
        "authority": one.authority,
        "generation": one.generation,
        "said": one.said,
        "problems": [problem.as_json() for problem in one.problems],
    }

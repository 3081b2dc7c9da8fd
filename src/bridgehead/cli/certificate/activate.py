"""`bridgehead certificate activate` and `roll-back`: what is served, now."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.certificates.keys import KINDS, Kind
from bridgehead.certificates.store.fitness import check_fit
from bridgehead.cli.certificate.place import File, PassphraseFile, StoreDirectory, open_place
from bridgehead.cli.certificate.reloading import Control, NoReload, reload_or
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.store import Store

Name = Annotated[str, typer.Argument(help="The certificate's name.", show_default=False)]
OnlyKind = Annotated[
    Kind | None, typer.Option("--kind", help="Only this kind, where RSA and ECDSA stand side by side.")
]
Number = Annotated[
    int | None, typer.Option("--generation", help="Which generation.", show_default="the newest of each kind")
]


def activate(
    name: Name,
    file: File = None,
    *,
    number: Number = None,
    kind: OnlyKind = None,
    store: StoreDirectory = None,
    passphrase_file: PassphraseFile = None,
    control: Control = None,
    no_reload: NoReload = False,
) -> None:
    """Make a generation of a certificate live, and let the running proxy change to it.

    Connections stay, logins too; new handshakes see the new certificate. If the proxy refuses, what was live before is
    live again.

    Exit status: 0 it is live, 1 something is wrong and nothing has changed, 2 the command could not run.

    For example:

    - `bridgehead certificate activate public`

    - `bridgehead certificate activate public bridgehead.toml --generation 3 --kind rsa`
    """
    if file is not None and str(file).isdigit() and not file.exists():
        raise typer.BadParameter(f"a generation is chosen with --generation {file}")
    place = open_place(file, store, passphrase_file)
    now = datetime.now(UTC)
    chosen = choose(place.store, name, kind, number)
    for generation in chosen:
        check_fit(generation, now)
    # All of them, and the proxy with them, or none.
    with ExitStack() as undoing:
        for generation in chosen:
            former = place.store.activate(generation)
            undoing.callback(place.store.restore, name, generation.kind, former)
        said = reload_or(undoing.close, control, no_reload=no_reload)
        undoing.pop_all()
    for generation in chosen:
        _unstage(place.store, generation)
        typer.echo(f"Live: {name} ({generation.kind}), generation {generation.number}.")
    typer.echo(said)


def roll_back(
    name: Name,
    file: File = None,
    *,
    kind: OnlyKind = None,
    store: StoreDirectory = None,
    passphrase_file: PassphraseFile = None,
    control: Control = None,
    no_reload: NoReload = False,
) -> None:
    """Bring back what was live before, and let the running proxy change to it. The newer generation is kept.

    Where RSA and ECDSA stand side by side, each that has one before it; `--kind` means one alone.

    Exit status: 0 it is live again, 1 something is wrong and nothing has changed, 2 the command could not run.

    For example:

    - `bridgehead certificate roll-back public`
    """
    place = open_place(file, store, passphrase_file)
    now = datetime.now(UTC)
    kinds = known_kinds(place.store, name, kind)
    # Of two kinds perhaps only one was ever renewed; where neither was, the store says so.
    kinds = tuple(one for one in kinds if place.store.former(name, one) is not None) or kinds[:1]
    for former in filter(None, (place.store.former(name, one) for one in kinds)):
        check_fit(former, now)
    rolled: list[tuple[Generation | None, Generation]] = []
    with ExitStack() as undoing:
        for one in kinds:
            left = _live_or_none(place.store, name, one)
            rolled.append((left, place.store.roll_back(name, one)))
            if left is not None:
                undoing.callback(place.store.activate, left)
        said = reload_or(undoing.close, control, no_reload=no_reload)
        undoing.pop_all()
    for left, back in rolled:
        from_where = f", instead of {left.number}" if left is not None else ""
        typer.echo(f"Live again: {name} ({back.kind}), generation {back.number}{from_where}.")
    typer.echo(said)


def choose(store: Store, name: str, kind: Kind | None, number: int | None) -> list[Generation]:
    """The generation of this number, or the newest of each kind. Raises ProblemsFound where there is none."""
    kinds = [one for one in known_kinds(store, name, kind) if store.generations(name, one)]
    if number is None:
        if not kinds:
            raise ProblemsFound([_nothing_yet(store, name)])
        return [store.generations(name, one)[-1] for one in kinds]
    having = [one for one in kinds if any(known.number == number for known in store.generations(name, one))]
    if len(having) > 1:
        message = f"There is a generation {number} of both kinds."
        raise ProblemsFound([Problem("store.which-kind", name, message, "Say which: --kind rsa, or --kind ecdsa.")])
    return [store.generation(name, having[0] if having else (kind or (kinds or KINDS)[0]), number)]


def known_kinds(store: Store, name: str, kind: Kind | None) -> tuple[Kind, ...]:
    """The kinds that a command is about. Raises ProblemsFound for a certificate that nothing is known of."""
    kinds = store.kinds(name)
    if not kinds or (kind is not None and kind not in kinds):
        raise ProblemsFound([_unknown(store, name)])
    return kinds if kind is None else (kind,)


def _unknown(store: Store, name: str) -> Problem:
    message = f"The store has nothing called {name} of this kind."
    return Problem("store.unknown", str(store.directory), message, f"Known: {', '.join(store.names()) or 'nothing'}.")


def _nothing_yet(store: Store, name: str) -> Problem:
    message = f"No certificate {name} has come yet; a request waits for its answer."
    hint = "When it comes: bridgehead certificate import."
    return Problem("store.nothing-yet", str(store.directory), message, hint)


def _live_or_none(store: Store, name: str, kind: Kind) -> Generation | None:
    """What is live, None where it is damaged: a reason to roll back."""
    try:
        return store.live(name, kind)
    except ProblemsFound:
        return None


def _unstage(store: Store, generation: Generation) -> None:
    staged = store.staged(generation.name, generation.kind)
    if staged is not None and staged.generation.number == generation.number:
        store.unstage(generation.name, generation.kind)

"""`bridgehead certificate import`: what came back from the authority, judged before it is used."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.answer import Answer, find_answer
from bridgehead.certificates.chains.chain import Chain, build_chain
from bridgehead.certificates.chains.roots import Roots, system_roots
from bridgehead.certificates.judging.judgement import judge
from bridgehead.certificates.pair import names_in
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.store.facts import GenerationFacts
from bridgehead.cli.certificate.expectations import SOON, expectation
from bridgehead.cli.certificate.gathering import Given, gather
from bridgehead.cli.certificate.place import Place, StoreDirectory, open_place
from bridgehead.cli.certificate.reloading import Control, NoReload, reload_or, wake
from bridgehead.cli.certificate.rendering import facts_as_json, facts_as_lines
from bridgehead.cli.certificate.sealing import Unsealed, judge_age, known_already, unseal
from bridgehead.cli.certificate.stage import read_time
from bridgehead.cli.messages import exit_status, print_problems
from bridgehead.planning.plan import make_plan
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.interfaces import machine_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.store.entries import Generation

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="PEM, DER, PKCS #7 or PFX, in any order.", show_default=False)
]
Topology = Annotated[
    Path | None,
    typer.Option("--topology", help="The file that plans it.", show_default="/etc/bridgehead/bridgehead.toml"),
]
ChainFiles = Annotated[
    list[Path] | None, typer.Option("--chain", help="Intermediate certificates. May be repeated.", show_default=False)
]
RootFiles = Annotated[
    list[Path] | None, typer.Option("--root", help="The root of an authority of your own.", show_default=False)
]


def import_command(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    files: Files,
    name: Annotated[
        str | None, typer.Option("--for", metavar="NAME", help="Which certificate it is.", show_default=False)
    ] = None,
    topology: Topology = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key, in PEM.", show_default=False)] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", help="Its first line opens FILE and the key.", show_default=False),
    ] = None,
    chain: ChainFiles = None,
    root: RootFiles = None,
    store: StoreDirectory = None,
    store_passphrase_file: Annotated[
        Path | None,
        typer.Option(help="Opens the keys in the store; without it what the topology says.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Keep it although there are errors; they are noted.")] = False,
    activate: Annotated[
        bool | None,
        typer.Option("--activate/--no-activate", help="Make it live at once.", show_default="only the first"),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Stage it: let it go live at this time.", show_default=False)
    ] = None,
    exportable: Annotated[
        bool | None,
        typer.Option("--exportable/--not-exportable", help="Of a key that comes with it.", show_default="exportable"),
    ] = None,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="FILE was sealed to this proxy by another one of its farm.")
    ] = False,
    senders: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="NODE", help="Who may have sealed it.", show_default="the file's other nodes"),
    ] = None,
    control: Control = None,
    no_reload: NoReload = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Take a certificate into the store: find its request and key, put its chain in order, judge it.

    Errors stop it and nothing has changed; warnings do not stop it. The first certificate of a name is live at once,
    a later one waits until it is activated or staged.

    With --sealed one FILE that `certificate export --seal` wrote on another proxy, which brings its key; one that is in
    the store already changes nothing, one that is older than what is there is refused.

    Exit status: 0 it is in the store, 1 something is wrong with it, 2 a file cannot be read, or it was broken off.

    For example:

    - `bridgehead certificate import public.cer --chain intermediates.p7b`

    - `bridgehead certificate import edge.pfx --for public --passphrase-file pfx.pass --topology bridgehead.toml`

    - `bridgehead certificate import public.pem --root contoso-root-ca.cer --activate`

    - `bridgehead certificate import --sealed public.sealed --activate`
    """
    if sealed and (len(files) != 1 or key or chain or root or passphrase_file or exportable is not None):
        raise typer.BadParameter("--sealed takes one FILE, in which everything is")
    if (senders and not sealed) or (at and activate):
        raise typer.BadParameter("--from belongs to --sealed; --at is instead of --activate")
    time = read_time(at) if at else None
    place = open_place(topology, store, store_passphrase_file)
    now = datetime.now(UTC)
    unsealed = unseal(files[0], senders or [], place) if sealed else None
    if unsealed is not None:
        given = unsealed.given
        _end_if_known(unsealed, place, form)
    else:
        given = gather(files, key, passphrase_file, chain or [], root or [])
    answer = find_answer(
        given.certificates, given.keys, place.store, ", ".join(map(str, files)), str(key) if key else None
    )
    given_name = name or (unsealed.bundle.name if unsealed is not None else None)
    judged = _judge(place, given, answer, _name(given_name, answer, place), now)
    if unsealed is not None:
        judged = replace(judged, problems=(*judge_age(unsealed, place, str(files[0])), *judged.problems))
    if form == "text":
        _show(judged, now)
    errors = [problem for problem in judged.problems if problem.severity == "error"]
    if errors and not force:
        _refuse(judged, form)
    generation = _keep(place, given, judged, errors, now, exportable=exportable, unsealed=unsealed)
    if time is not None:
        said = _stage(place, generation, time, now, control)
    else:
        said = _activate(place, generation, control, wanted=activate, no_reload=no_reload)
    if form == "json":
        typer.echo(json.dumps(_as_json(judged, now, generation, said), indent=2))
    else:
        print_problems(judged.problems)
        if errors:
            typer.echo(f"FORCED: kept although {len(errors)} errors were found. They are noted with it.", err=True)
        typer.echo(said)


@dataclass(frozen=True)
class Judged:
    """A certificate with its chain, and what was found."""

    name: str
    answer: Answer
    chain: Chain
    problems: tuple[Problem, ...]


def _name(given: str | None, answer: Answer, place: Place) -> str:
    known = answer.name
    if given is not None and known is not None and answer.request is not None and given != known:
        message = f"This certificate answers the request for {known}, not {given}."
        raise ProblemsFound([Problem("certificate.other-name", "--for", message, f"Leave it out, or write {known}.")])
    if given or known:
        return given or known or ""
    stored = [
        name
        for name, pairs in (place.topology.certificates if place.topology is not None else {}).items()
        if any(pair.store for pair in pairs)
    ]
    if len(stored) == 1:
        return stored[0]
    message = "Which certificate this is cannot be told: its key was not requested here."
    hint = f"Say it: --for NAME. The file has in the store: {', '.join(stored) or 'none'}."
    raise ProblemsFound([Problem("certificate.name-needed", "--for", message, hint)])


def _judge(place: Place, given: Given, answer: Answer, name: str, now: datetime) -> Judged:
    roots = [Roots.of(given.roots), system_roots()]
    chain = build_chain(answer.leaf, (*given.certificates, *given.roots), roots, now)
    plan = make_plan(place.topology, now.date(), machine_addresses()) if place.topology is not None else None
    others = {
        one.name: [entry for pair in one.pairs for entry in names_in(pair.chain)]
        for one in (place.loaded.spec.certificates if place.loaded is not None else ())
        if one.name != name
    }
    expected = expectation(name, plan, place.topology, others, SOON)
    found = judge(chain, answer.key, expected, where=f"certificate {name}", now=now, roots=roots)
    if plan is None:
        found = [*found, _names_not_judged(name)]
    return Judged(name, answer, chain, (*given.warnings, *found))


def _names_not_judged(name: str) -> Problem:
    message = "Without a topology nobody knows what is published: its names were not compared with anything."
    hint = f"Give the file, --topology FILE; or look: bridgehead certificate show {shlex.quote(name)}"
    return Problem("certificate.names-not-judged", f"certificate {name}", message, hint, "warning")


def _show(judged: Judged, now: datetime) -> None:
    typer.echo(f"Certificate {judged.name} ({judged.answer.kind}), {_came_by(judged.answer)}")
    for line in facts_as_lines(facts_of(judged.chain.leaf), now):
        typer.echo(line)
    typer.echo("  Chain, as it is served:")
    for certificate in judged.chain.served:
        typer.echo(f"    {facts_of(certificate).label}")
    for line in _notes(judged.chain):
        typer.echo(f"  {line}")


def _came_by(answer: Answer) -> str:
    if answer.request is not None:
        return f"the answer to request {answer.request.identifier}"
    if answer.generation is not None:
        return f"issued again for the key of generation {answer.generation.number}"
    return "with a key that was not requested here"


def _notes(chain: Chain) -> list[str]:
    """What was done to the chain."""
    notes = []
    if chain.root is not None and chain.trust is not None:
        whose = "a public root" if chain.trust == "public" else "the root that was given"
        notes.append(f"It ends at {facts_of(chain.root).label}, {whose}.")
    if chain.root_left_out:
        notes.append("The root was left out of what is served: whoever lacks it would not trust it for being sent.")
    notes += [f"Left out, because it does not belong to this chain: {facts_of(one).label}" for one in chain.left_out]
    return notes


def _refuse(judged: Judged, form: str) -> None:
    """Say what is wrong, and end. Nothing has changed."""
    if form == "json":
        typer.echo(json.dumps({"ok": False, "problems": [one.as_json() for one in judged.problems]}, indent=2))
    else:
        print_problems(judged.problems)
        typer.echo("Nothing has changed. --force keeps it all the same.", err=True)
    raise typer.Exit(exit_status(judged.problems))


def _end_if_known(unsealed: Unsealed, place: Place, form: str) -> None:
    """End where it is in the store: whoever fetches what the other proxies seal may do so every hour."""
    known = known_already(unsealed, place)
    if known is None:
        return
    said = f"In the store already: {known.name} ({known.kind}), generation {known.number}. Nothing has changed."
    if form == "json":
        told = {"ok": True, "name": known.name, "kind": known.kind, "generation": known.number, "said": said}
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(said)
    raise typer.Exit(0)


def _keep(
    place: Place,
    given: Given,
    judged: Judged,
    errors: Sequence[Problem],
    now: datetime,
    *,
    exportable: bool | None,
    unsealed: Unsealed | None,
) -> Generation:
    answer, request = judged.answer, judged.answer.request
    earlier = (request or answer.generation).facts if request or answer.generation else None  # type: ignore[union-attr]
    facts = GenerationFacts(
        # A key that came from outside exists elsewhere already: to refuse to give it on would protect nothing.
        exportable=earlier.exportable if earlier is not None else exportable is not False,
        made_at=now,
        origin="request" if request is not None else "pfx" if given.contents.form == "PFX" else "pem",
        friendly_name=(earlier.friendly_name if earlier is not None else "") or given.contents.friendly_name,
        description=earlier.description if earlier is not None else "",
        forced=tuple(dict.fromkeys(problem.code for problem in errors)),
        root=_root_to_remember(judged.chain),
    )
    if unsealed is not None:
        came = unsealed.bundle
        known = {"exportable": came.exportable, "friendly_name": came.friendly_name, "description": came.description}
        facts = facts.model_copy(update={**known, "origin": "sealed", "sealed_by": unsealed.sender.name})
    return place.store.add_generation(
        judged.name, answer.kind, judged.chain.served, answer.key, facts, from_request=request
    )


def _root_to_remember(chain: Chain) -> str:
    if chain.root is None or chain.trust != "given":
        return ""
    return chain.root.public_bytes(Encoding.PEM).decode("ascii")


def _stage(place: Place, generation: Generation, time: datetime, now: datetime, control: Path | None) -> str:
    what = f"{generation.name} ({generation.kind}), generation {generation.number}"
    try:
        place.store.stage(generation, time, now=now)
    except ProblemsFound:
        typer.echo(f"In the store: {what}. It was not staged:", err=True)
        raise
    return f"Staged: {what}, at {time:%Y-%m-%d %H:%M:%S %Z}. {wake(control, time)}"


def _activate(
    place: Place, generation: Generation, control: Path | None, *, wanted: bool | None, no_reload: bool
) -> str:
    """Make it live, where that is wanted or it is the first; what came of it, in a sentence."""
    what = f"{generation.name} ({generation.kind}), generation {generation.number}"
    live = place.store.live(generation.name, generation.kind)
    if wanted is False or (wanted is None and live is not None):
        name = shlex.quote(generation.name)
        return (
            f"In the store: {what}. It waits. To serve it now: bridgehead certificate activate {name}; "
            f'later: bridgehead certificate stage {name} {generation.number} --at "TIME".'
        )
    place.store.activate(generation)
    if live is None:
        # The file may name other certificates that are still missing, so that a reload could not succeed yet.
        return f"Live: {what}, the first of its name. A running proxy serves it after `bridgehead reload`."

    def undo() -> None:
        place.store.restore(generation.name, generation.kind, live)

    return f"Live: {what}. {reload_or(undo, control, no_reload=no_reload)}"


def _as_json(judged: Judged, now: datetime, generation: Generation, said: str) -> dict[str, object]:
    return {
        "ok": True,
        "name": judged.name,
        "kind": judged.answer.kind,
        "generation": generation.number,
        "forced": generation.facts.forced,
        "chain": [facts_as_json(facts_of(one), now) for one in judged.chain.served],
        "notes": _notes(judged.chain),
        "problems": [problem.as_json() for problem in judged.problems],
        "said": said,
    }

"""`bridgehead certificate show`: what a file, or a certificate of the store, says. Never a key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridgehead.certificates.reading.contents import Contents
from bridgehead.certificates.reading.facts import facts_of, facts_of_request
from bridgehead.cli.certificate.passphrases import given_passphrase, read_opened
from bridgehead.cli.certificate.place import StoreDirectory, open_place
from bridgehead.cli.certificate.rendering import facts_as_json, facts_as_lines
from bridgehead.cli.messages import exit_status, print_problems
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.certificates.store.store import Store


def show(
    what: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A file, or a name in the store.")],
    topology: Annotated[
        Path | None, typer.Option("--topology", help="The file that names the store.", show_default=False)
    ] = None,
    store: StoreDirectory = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="Its first line opens a PFX file.", show_default=False)
    ] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Show a certificate, request, PKCS #7 or PFX file, or what is live in the store under a name. Never a key.

    Exit status: 0 shown, 1 something in it cannot be read, 2 there is no such file.

    For example:

    - `bridgehead certificate show public.pfx --passphrase-file pfx.pass`

    - `bridgehead certificate show public --topology bridgehead.toml --format json`
    """
    now = datetime.now(UTC)
    if Path(what).exists():
        found = {what: read_opened(Path(what), given_passphrase(passphrase_file))}
    else:
        found = _of_store(open_place(topology, store, None, keys=False).store, what)
    problems = [problem for contents in found.values() for problem in contents.problems]
    if form == "json":
        shown = {name: _as_json(contents, now) for name, contents in found.items()}
        typer.echo(json.dumps({"shown": shown, "problems": [one.as_json() for one in problems]}, indent=2))
    else:
        for name, contents in found.items():
            _print(name, contents, now)
        print_problems(problems)
    raise typer.Exit(exit_status(problems))


def _of_store(store: Store, name: str) -> dict[str, Contents]:
    found = {}
    for kind in store.kinds(name) if name in store.names() else ():
        live = store.live(name, kind)
        if live is not None:
            found[f"{name} ({kind}), live, generation {live.number}"] = Contents("PEM", live.chain)
        for request in store.requests(name):
            if request.kind == kind:
                found[f"{name} ({kind}), request {request.identifier}"] = Contents("PEM", requests=(request.csr,))
    if not found:
        message = f"There is neither a file {name} nor anything of this name in {store.directory}."
        raise ProblemsFound([Problem("file.missing", name, message, "bridgehead certificate list shows the names.")])
    return found


def _print(name: str, contents: Contents, now: datetime) -> None:
    typer.echo(
        f"{name}: {contents.form}{f', friendly name {contents.friendly_name!r}' if contents.friendly_name else ''}"
    )
    for number, certificate in enumerate(contents.certificates, 1):
        typer.echo(f"Certificate {number} of {len(contents.certificates)}")
        typer.echo("\n".join(facts_as_lines(facts_of(certificate), now)))
    for request in contents.requests:
        typer.echo("Request")
        typer.echo("\n".join(facts_as_lines(facts_of_request(request), now)))
    for _ in contents.keys:
        typer.echo("A private key is in it, and is not shown.")
    if not (contents.certificates or contents.requests or contents.keys or contents.problems):
        typer.echo("Nothing in it is a certificate, a request or a key.")


def _as_json(contents: Contents, now: datetime) -> dict[str, object]:
    return {
        "form": contents.form,
        "friendly_name": contents.friendly_name,
        "certificates": [facts_as_json(facts_of(one), now) for one in contents.certificates],
        "requests": [facts_as_json(facts_of_request(one), now) for one in contents.requests],
        "private_keys": len(contents.keys),
    }

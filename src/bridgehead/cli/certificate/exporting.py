"""`bridgehead certificate export`: certificate and key for the other proxies of a farm, or for Edge Servers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridgehead.certificates.request.output_files import OutputFiles, exists
from bridgehead.certificates.writing.old_windows import as_old_pfx
from bridgehead.certificates.writing.pem import as_pem
from bridgehead.certificates.writing.pfx import as_pfx
from bridgehead.cli.certificate.activate import OnlyKind, known_kinds
from bridgehead.cli.certificate.passphrases import new_passphrase
from bridgehead.cli.certificate.place import StoreDirectory, open_place
from bridgehead.cli.certificate.sealing import sealed
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.certificates.keys import Kind
    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.store import Store


def export(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    name: Annotated[str, typer.Argument(help="The certificate's name in the store.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; it must not exist.")],
    form: Annotated[Literal["pfx", "pem"], typer.Option("--format", help="PFX is what Windows imports.")] = "pfx",
    old_windows: Annotated[
        bool, typer.Option("--old-windows", help="PFX for Windows Server 2016 and older (3DES, RC2, SHA-1).")
    ] = False,
    friendly_name: Annotated[
        str | None, typer.Option(help="What Windows shows.", show_default="that of the request")
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", help="Its first line will open the file.", show_default="it is asked for"),
    ] = None,
    kind: OnlyKind = None,
    number: Annotated[
        int | None, typer.Option("--generation", help="Which generation.", show_default="the live one")
    ] = None,
    topology: Annotated[
        Path | None, typer.Option("--topology", help="The file that names the store.", show_default=False)
    ] = None,
    store: StoreDirectory = None,
    store_passphrase_file: Annotated[
        Path | None, typer.Option(help="Opens the keys in the store.", show_default="what the topology says")
    ] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(
            "--seal",
            metavar="NODE",
            help="Seal it to this proxy of the farm: its name in the file, a file, its public text; `*` is all others.",
            show_default=False,
        ),
    ] = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Write the key of a PEM file unencrypted.")
    ] = False,
) -> None:
    """Write a certificate with its chain and private key, for its owner alone (0600). Nothing is overwritten.

    Refused for a key that is not exportable. Take extra care with the file: whoever has it and its passphrase is you.

    With --seal the file needs no passphrase and no care: only the proxies that it is sealed to can open it.

    Exit status: 0 written, 1 it may not be, 2 the file exists or cannot be written, or it was broken off.

    For example:

    - `bridgehead certificate export public -o public.pfx --topology bridgehead.toml`

    - `bridgehead certificate export public -o edge.pfx --old-windows --friendly-name "Edge external"`

    - `bridgehead certificate export public -o public.pem --format pem --passphrase-file pem.pass`

    - `bridgehead certificate export public -o public.sealed --seal proxy2 --seal proxy3`
    """
    if nodes and (old_windows or friendly_name or passphrase_file or no_passphrase):
        raise typer.BadParameter("--seal is a form of its own: it has neither passphrase nor friendly name")
    if form == "pem" and (old_windows or friendly_name):
        raise typer.BadParameter("--old-windows and --friendly-name belong to --format pfx")
    if no_passphrase and (form == "pfx" or passphrase_file is not None):
        raise typer.BadParameter("--no-passphrase is for --format pem, without --passphrase-file")
    place = open_place(topology, store, store_passphrase_file)
    generation = _chosen(place.store, name, _one_kind(place.store, name, kind), number)
    _may_leave(generation)
    _must_be_new(output)
    if nodes:
        content, names = sealed(generation, nodes, place, datetime.now(UTC))
        _write(output, content)
        what = f"{name} ({generation.kind}), generation {generation.number}"
        typer.echo(f"Written to {output}: {what}, sealed to {', '.join(names)}. There: certificate import --sealed.")
        return
    passphrase = b"" if no_passphrase else new_passphrase(passphrase_file, str(output))
    shown = friendly_name if friendly_name is not None else generation.facts.friendly_name
    _write(output, _exported(generation, form, passphrase, shown, old_windows=old_windows))
    what = f"{name} ({generation.kind}), generation {generation.number}"
    typer.echo(f"Written to {output}: {what}, with its private key. Remove the file once it is where it should be.")


def _exported(generation: Generation, form: str, passphrase: bytes, friendly_name: str, *, old_windows: bool) -> bytes:
    if form == "pem":
        return as_pem(generation.chain, generation.key(), passphrase or None)
    if not old_windows:
        return as_pfx(generation.chain, generation.key(), passphrase, friendly_name)
    try:
        text = passphrase.decode("utf-8")
    except UnicodeDecodeError:
        message = "The passphrase is not text in UTF-8, and a PFX file needs text."
        raise ProblemsFound([Problem("passphrase.not-text", "", message, "Choose another one.")]) from None
    return as_old_pfx(generation.chain, generation.key(), text, friendly_name)


def _one_kind(store: Store, name: str, kind: Kind | None) -> Kind:
    kinds = known_kinds(store, name, kind)
    if len(kinds) > 1:
        message = f"{name} has a certificate of each kind, and a file holds one."
        raise ProblemsFound([Problem("store.which-kind", name, message, "Say which: --kind rsa, or --kind ecdsa.")])
    return kinds[0]


def _chosen(store: Store, name: str, kind: Kind, number: int | None) -> Generation:
    if number is not None:
        return store.generation(name, kind, number)
    live = store.live(name, kind)
    if live is None:
        message = f"Nothing of {name} ({kind}) is live."
        raise ProblemsFound([Problem("store.nothing-yet", name, message, "Say which: --generation NUMBER.")])
    return live


def _may_leave(generation: Generation) -> None:
    if not generation.facts.exportable:
        message = f"The private key of {generation.name} ({generation.kind}) is not exportable: it was so requested."
        hint = "Request a new certificate with --exportable: several proxies and Edge Servers need one."
        raise ProblemsFound([Problem("certificate.not-exportable", generation.name, message, hint)])


def _must_be_new(output: Path) -> None:
    """Told before a passphrase is asked for."""
    if os.path.lexists(output):
        raise ProblemsFound([exists(output, secret=True)])


def _write(output: Path, content: bytes) -> None:
    with OutputFiles() as files:
        files.add(output, content, secret=True)

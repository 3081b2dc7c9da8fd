"""`bridgehead certificate node-key` and `take-over`: who this proxy is in a farm, and whether it orders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.certificates.farm import ordering
from bridgehead.certificates.farm.node import make_node, public_node
from bridgehead.cli.certificate.place import File, PassphraseFile, StoreDirectory, open_place
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.cli.certificate.place import Place


def node_key(
    name: Annotated[
        str | None, typer.Argument(help="What to call this proxy in the farm; without it, show.", show_default=False)
    ] = None,
    file: File = None,
    store: StoreDirectory = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make the keys of this proxy for a farm, once, and print their public text. Without a name, print it again.

    Certificates are sealed to these keys by the other proxies, and signed with them. The private ones stay in the store
    (0600), encrypted where its keys are. The text belongs below [farm.nodes] in the file of every proxy.

    Exit status: 0 printed, 1 there are keys already, or none, 2 the command could not run.

    For example:

    - `bridgehead certificate node-key proxy2 bridgehead.toml`

    - `bridgehead certificate node-key`
    """
    place = open_place(file, store, passphrase_file, keys=name is not None)
    if name is not None:
        typer.echo(make_node(place.store.directory, name, place.passphrase).public.text)
        typer.echo("Write it into the file of every proxy of the farm:\n\n[farm.nodes]", err=True)
        typer.echo(f'{_key(name)} = "…"   # the line above', err=True)
        return
    public = public_node(place.store.directory)
    if public is None:
        message, hint = "This proxy has no keys for a farm yet.", "bridgehead certificate node-key NAME makes them."
        raise ProblemsFound([Problem("farm.no-node", str(place.store.directory), message, hint)])
    typer.echo(public.text)


def take_over(
    file: File = None,
    store: StoreDirectory = None,
    give_back: Annotated[
        bool, typer.Option("--give-back", help="Let the proxy that the file names order again.")
    ] = False,
) -> None:
    """Let this proxy order and renew certificates, in place of the one that the file names: when that one is gone.

    It counts until the file names another one, or it is given back. Nothing keeps the other one from ordering when it
    comes back: write this proxy's name into `orders` in the file of every proxy, or give back before it does.

    Exit status: 0 done, 1 it cannot be, 2 the command could not run.

    For example:

    - `bridgehead certificate take-over bridgehead.toml`

    - `bridgehead certificate take-over --give-back`
    """
    place = open_place(file, store, None, keys=False)
    directory = place.store.directory
    if give_back:
        given = ordering.give_back(directory)
        typer.echo("The proxy that the file names orders." if given else "There was nothing to give back.")
        return
    named = _ordering_node(place)
    public = public_node(directory)
    if public is None or (place.topology is not None and public.name not in place.topology.farm.nodes):
        message = "This proxy is not one of the file's nodes."
        hint = "bridgehead certificate node-key NAME makes its keys; their text belongs below [farm.nodes]."
        raise ProblemsFound([Problem("farm.no-node", str(directory), message, hint)])
    if public.name == named:
        typer.echo(f"The file lets {named} order, which is this proxy: there is nothing to take over.")
        return
    ordering.take_over(directory, named, datetime.now(UTC))
    typer.echo(f"This proxy, {public.name}, orders from now on in place of {named}.")
    typer.echo(f'Before {named} comes back: write orders = "{public.name}" into the file of every proxy,')
    typer.echo("or here: bridgehead certificate take-over --give-back. Otherwise both order.")


def _ordering_node(place: Place) -> str:
    named = place.topology.farm.orders if place.topology is not None else None
    if named is None:
        message = "The file has no [farm] with a proxy that orders: this one orders anyhow."
        raise ProblemsFound([Problem("farm.none", "farm.orders", message)])
    return named


def _key(name: str) -> str:
    return f'"{name}"' if "." in name else name

"""`bridgehead demo`: a whole Lync deployment on this machine, published and walked through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.cli.verify_targets import targets_of_file
from bridgehead.lab.demo import ProxyFailed, run_demo
from bridgehead.lab.faults.catalogue import FAULTS
from bridgehead.lab.faults.demo import list_faults, run_faulty
from bridgehead.lab.report import new_console
from bridgehead.verify.credentials import User
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.output.text import to_be_mended, told_in_full, verdict_of
from bridgehead.verify.run import Verification
from bridgehead.verify.targets import Scope

if TYPE_CHECKING:
    from bridgehead.lab.faults.demo import Outlook

_UPLOAD_BYTES = 1 << 20


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End after the table, with its verdict as exit status.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Keep the file, certificates and keys here; without it they are gone afterwards.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    fault: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Publish it wrongly in this way instead, and verify that; `list` shows the names.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Publish a whole Lync deployment on this machine, and walk through it as every kind of client does.

    Starts two Front End Servers, a Director and an Office Web Apps Server on 127.0.0.1, makes their certificates and a
    bridgehead.toml, runs `bridgehead serve` with it, and shows what each client saw. Keeps running until Ctrl-C.

    Exit status: 0 all is well, 1 a step went wrong, 2 it could not run.

    For example:

    - `bridgehead demo`

    - `bridgehead demo --exit`

    - `bridgehead demo --directory ~/laboratory`

    - `bridgehead demo --exit --fault chain-incomplete`
    """
    if fault == "list":
        list_faults(new_console())
        return
    if fault and fault not in FAULTS:
        raise typer.BadParameter(f"--fault: there is no fault called {fault}; `--fault list` shows all.")
    try:
        console, stays = new_console(), bool(directory) or not leave
        if fault:
            verify = _verified_wrong if stays else _verdict_on_wrong
            status = run_faulty(console, fault, directory, leave=leave, verify=verify)
        else:
            status = run_demo(console, directory, leave=leave, verify=_verified if stays else _verdict)
    except KeyboardInterrupt:
        status = 130
    except (ProxyFailed, OSError) as error:
        typer.echo(f"The demonstration could not run. {error}", err=True)
        status = 2
    raise typer.Exit(status)


def _verified(file: Path, root: Path, address: str) -> bool:
    """The verdict, and how to look at it again: for a file that will still be there."""
    well = _verdict(file, root, address)
    typer.echo(f"See every check: bridgehead verify {file} --connect-to {address} --root {root}")
    return well


def _verdict(file: Path, root: Path, address: str) -> bool:
    """Look at it as `bridgehead verify` does, and tell what failed and how many checks there were."""
    way = Way(leads=(Leads(address),), roots=(root,))
    return _told(file, way, Scope(mapped=True, upload_bytes=_UPLOAD_BYTES))


def _verified_wrong(outlook: Outlook) -> bool:
    """The same of what has a fault."""
    well = _verdict_on_wrong(outlook)
    where = f"--connect-to {outlook.address} --root {outlook.root} --resolver {outlook.outside}"
    typer.echo(f"See every check: bridgehead verify {outlook.file} {where}")
    return well


def _verdict_on_wrong(outlook: Outlook) -> bool:
    """The same of what has a fault, with names as they are in the laboratory: this machine's resolver has no part."""
    users = tuple(
        User(user.account, user.password, sip_address=user.sip_address(outlook.sip_domain)) for user in outlook.users
    )
    way = Way(leads=(Leads(outlook.address),), roots=(outlook.root,), users=users, resolver=outlook.here)
    scope = Scope(upload_bytes=_UPLOAD_BYTES, dns_servers=(outlook.outside,), poll_seconds=outlook.poll_seconds)
    return _told(outlook.file, way, scope)


def _told(file: Path, way: Way, scope: Scope) -> bool:
    report = Verification(targets_of_file(file, scope), network(way), str(file)).report()
    for alike in to_be_mended(report):
        typer.echo("\n".join(told_in_full(alike)))
    typer.echo(f"Verified from outside: {verdict_of(report)}")
    return report.exit_status() == 0

"""`bridgehead certificate account`: the accounts with the authorities of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bridgehead.cli.certificate.place import PassphraseFile, open_place
from bridgehead.cli.certificate.renewing import TopologyFile, alone
from bridgehead.cli.messages import print_problems

if TYPE_CHECKING:
    from bridgehead.certificates.acme.authority import Authority
    from bridgehead.certificates.acme.session import Session
    from bridgehead.certificates.acme.state import Ledger
    from bridgehead.problems import Problem


def account(
    file: TopologyFile = None,
    *,
    register: Annotated[
        bool, typer.Option("--register", help="Register an account where there is none yet, or change its e-mail.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Those of the staging directories.")] = False,
    passphrase_file: PassphraseFile = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Show the accounts with the authorities of the file, and what each authority offers. Asks every authority.

    `certificate renew` registers an account by itself; this is for looking, and to try the settings. Keys are never
    shown.

    Exit status: 0 all is well, 1 an authority does not answer or refuses, 2 the command was used wrong.

    For example:

    - `bridgehead certificate account bridgehead.toml`

    - `bridgehead certificate account bridgehead.toml --register`
    """
    from bridgehead.certificates.acme.state import Ledger  # noqa: PLC0415 - only who orders needs the ACME library
    from bridgehead.cli.certificate import acme_setup as setup  # noqa: PLC0415 - the same

    place = open_place(file, None, passphrase_file)
    translate = setup.for_trial if dry_run else setup.as_authority
    ledger = Ledger(place.store.directory, trial=dry_run)
    problems: list[Problem] = []
    with alone(place.store):
        shown = [
            _look(translate(one), ledger, place.store.passphrase, problems, register=register)
            for one in setup.topology_of(place).authorities
        ]
    if form == "json":
        typer.echo(json.dumps({"accounts": shown, "problems": [one.as_json() for one in problems]}, indent=2))
    else:
        for one in shown:
            _print(one)
        print_problems(problems)
    if problems:
        raise typer.Exit(1)


def _look(
    authority: Authority, ledger: Ledger, passphrase: bytes | None, problems: list[Problem], *, register: bool
) -> dict[str, Any]:
    from bridgehead.certificates.acme.account import known_account, open_session  # noqa: PLC0415 - see above
    from bridgehead.certificates.acme.failure import AttemptFailed  # noqa: PLC0415 - see above
    from bridgehead.certificates.acme.session import Session  # noqa: PLC0415 - see above
    from bridgehead.cli.certificate.acme_setup import CLOCK  # noqa: PLC0415 - see above

    directory = ledger.account(authority.label)
    offered: dict[str, Any] = {}
    try:
        session = open_session(authority, directory, passphrase, CLOCK) if register else Session(authority, None, CLOCK)
        offered = _offered(session)
    except AttemptFailed as failed:
        problems += failed.problems
    known = known_account(directory, authority)
    return {
        "authority": authority.label,
        "directory": authority.directory,
        "account": known.url if known is not None else None,
        "email": list(known.email) if known is not None else [],
        "registered_at": known.registered_at.isoformat() if known is not None else None,
        **offered,
    }


def _offered(session: Session) -> dict[str, Any]:
    meta = session.directory.to_partial_json().get("meta")
    return {
        "terms_of_service": getattr(meta, "terms_of_service", None),
        "external_account_required": bool(getattr(meta, "external_account_required", None)),
        "profiles": dict(getattr(meta, "profiles", None) or {}),
        "renewal_information": session.has("renewalInfo"),
    }


def _print(one: dict[str, Any]) -> None:
    typer.echo(f"{one['authority']}: {one['directory']}")
    if one["account"] is None:
        typer.echo("  account: none yet; it is registered with the first order, or by --register")
    else:
        typer.echo(f"  account: {one['account']}, registered {one['registered_at']:.10}")
        typer.echo(f"  e-mail: {', '.join(one['email']) or 'none'}")
    if one.get("terms_of_service"):
        typer.echo(f"  terms of service: {one['terms_of_service']}")
    for name, meaning in one.get("profiles", {}).items():
        typer.echo(f"  profile {name}: {meaning}")
    if "renewal_information" in one:
        typer.echo(f"  says when to renew: {'yes' if one['renewal_information'] else 'no'}")

"""Users to log in with: from a file, or asked for. Passwords never come from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from bridgehead.verify.credentials import User, read_credentials

if TYPE_CHECKING:
    from pathlib import Path


def users_from(file: Path | None, *, most: int, who_sign_in: bool = False) -> tuple[User, ...]:
    """The users of a file, or, on a terminal and without one, those that are typed in. Raises ProblemsFound.

    Nothing is asked where nobody could answer: then there are no users. Of users `who_sign_in` the SIP address is
    asked as well.
    """
    if file is not None:
        return read_credentials(file)
    if not sys.stdin.isatty():
        return ()
    users: list[User] = []
    while len(users) < most and (name := _name(len(users))):
        password = typer.prompt(f"Password of {name}", hide_input=True, err=True)
        users.append(User(name, password, sip_address=_sip_address(name) if who_sign_in else ""))
    return tuple(users)


def _sip_address(name: str) -> str:
    """Where it is the user's name, as `alice@contoso.com` often is, Enter takes that."""
    usual = name if "@" in name else ""
    told: str = typer.prompt(f"SIP address of {name}", default=usual, show_default=bool(usual), err=True)
    return told.strip()


def _name(number: int) -> str:
    which = ("First", "Second")[number] if number < 2 else "Next"
    told: str = typer.prompt(rf"{which} user (DOMAIN\name, Enter for none)", default="", show_default=False, err=True)
    return told.strip()

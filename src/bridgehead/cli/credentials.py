"""Users to log in with: from a file, or asked for. Passwords never come from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from bridgehead.verify.credentials import User, read_credentials

if TYPE_CHECKING:
    from pathlib import Path


def users_from(file: Path | None, *, most: int) -> tuple[User, ...]:
    """The users of a file, or, on a terminal and without one, those that are typed in. Raises ProblemsFound.

    Nothing is asked where nobody could answer: then there are no users.
    """
    if file is not None:
        return read_credentials(file)
    if not sys.stdin.isatty():
        return ()
    users: list[User] = []
    while len(users) < most and (name := _name(len(users))):
        users.append(User(name, typer.prompt(f"Password of {name}", hide_input=True, err=True)))
    return tuple(users)


def _name(number: int) -> str:
    which = ("First", "Second")[number] if number < 2 else "Next"
    told: str = typer.prompt(rf"{which} user (DOMAIN\name, Enter for none)", default="", show_default=False, err=True)
    return told.strip()

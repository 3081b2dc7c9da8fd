r"""Users to log in with, from a file that nobody else may read.

    [[user]]
    name     = 'CONTOSO\alice'        # or alice@contoso.com
    password = '...'

    [[user]]
    name     = 'CONTOSO\bob'
    password = '...'

Of several users, checks that need one take the first, those that need two the first two. Instead of a password, or
beside it, `token` is a credential in base64 that logs in at once when it is sent as `Negotiate TOKEN`: a Kerberos
ticket in SPNEGO that was made elsewhere, or what a test site believes.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridgehead.problems import Findings, Problem, ProblemsFound

_KNOWN = {"name", "password", "token", "sip_address"}


@dataclass(frozen=True)
class User:
    """Somebody to log in as. Neither the password nor the token is ever shown."""

    name: str
    r"""`CONTOSO\alice` or `alice@contoso.com`."""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    sip_address: str = ""
    """`alice@contoso.com`, where it is not the name."""

    @property
    def short(self) -> str:
        """`alice`."""
        return short_name(self.name)


def short_name(name: str) -> str:
    r"""What `CONTOSO\alice` and `alice@contoso.com` have in common, in lower case."""
    return name.rpartition("\\")[2].partition("@")[0].strip().lower()


def read_credentials(path: str | Path) -> tuple[User, ...]:
    """The users of a credentials file. Raises ProblemsFound for a file that others may read, or that is not one."""
    file = Path(path)
    try:
        others = stat.S_IMODE(file.stat().st_mode) & 0o077
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        message = f"The credentials cannot be read: {os.strerror(error.errno or 0)}."
        raise ProblemsFound([Problem("credentials.unreadable", str(file), message)]) from None
    except UnicodeDecodeError:
        raise ProblemsFound([Problem("credentials.malformed", str(file), "The file is not UTF-8.")]) from None
    if others:
        message = "Others than its owner may read or change this file, and it holds passwords."
        hint = f"chmod 600 {file}"
        raise ProblemsFound([Problem("credentials.permissions", str(file), message, hint)])
    return _users_in(text, str(file))


def _users_in(text: str, where: str) -> tuple[User, ...]:
    shape = "Expected: [[user]] with name = 'DOMAIN\\user' and password = '...', once for each user."
    try:
        entries = tomllib.loads(text).get("user")
    except tomllib.TOMLDecodeError as error:
        # The parser's message tells a line and a column, never the text.
        message = f"The file is not TOML: {error}."
        raise ProblemsFound([Problem("credentials.malformed", where, message, shape)]) from None
    if not isinstance(entries, list) or not entries:
        raise ProblemsFound([Problem("credentials.malformed", where, "The file names no user.", shape)])
    findings = Findings()
    users = [_user(entry, f"{where}: user[{index}]", findings) for index, entry in enumerate(entries)]
    findings.raise_any()
    return tuple(users)


def _user(entry: Any, where: str, findings: Findings) -> User:  # noqa: ANN401 - whatever the file says
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        findings.add("credentials.malformed", where, "Every value of a user is a text in quotes.")
        return User("")
    for unknown in sorted(set(entry) - _KNOWN):
        findings.add("credentials.unknown", where, f"{unknown!r} is not known here.", f"Known: {sorted(_KNOWN)}.")
    if not entry.get("name"):
        findings.add("credentials.malformed", where, "The user has no name.")
    if not entry.get("password") and not entry.get("token"):
        findings.add("credentials.malformed", where, "The user has neither a password nor a token.")
    try:
        base64.b64decode(entry.get("token", ""), validate=True)
    except binascii.Error:
        findings.add("credentials.malformed", where, "The token is not base64.")
    return User(**{"name": "", **{name: value for name, value in entry.items() if name in _KNOWN}})

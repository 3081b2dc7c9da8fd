"""Changes an accounts file and keeps what an admin wrote into it: the comments, the order, the other tables."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from bridgehead.authentication.account_list import parse_accounts, sound_name
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_FIRST_LINES = """\
# Accounts that may log in at the proxy. Made by `bridgehead user add`, and may be edited by hand.
# Whoever reads the hashes can log in with them: the file belongs to its owner alone (chmod 600).
"""


def with_user(
    content: bytes, where: str, name: str, password_hash: bytes, groups: Sequence[str], *, replace: bool
) -> bytes:
    """The file with this user added. Raises ProblemsFound where the file or the name is not sound.

    With `replace` a user who is there gets the new hash instead, and keeps all else; `groups`, where there are any,
    replace the user's own.
    """
    if not sound_name(name) or not all(sound_name(group) for group in groups):
        message = "An account or group cannot have this name: a bare one is expected, such as alice."
        raise ProblemsFound(
            [Problem("accounts.name", name, message, "The domain is said once, where the file is named.")]
        )
    accounts = parse_accounts(content, where)
    known = accounts.users.get(name.casefold())
    entry: dict[str, Any] = {}
    if known is not None:
        if not replace:
            hint = "With --replace the user gets the new password, and keeps all else."
            raise ProblemsFound([Problem("accounts.exists", f"{where}: users.{known.name}", "This user exists.", hint)])
        name, entry = known.name, _data(content)["users"][known.name]
        content = without_user(content, where, name)
    entry = {key: value for key, value in entry.items() if key not in {"password", "nt_hash"}}
    if groups:
        entry["member_of"] = list(groups)
    before = content.decode("utf-8-sig") or _FIRST_LINES
    after = f"{before.rstrip()}\n\n{_block(name, {'nt_hash': password_hash.hex(), **entry})}"
    return _checked(after, where)


def without_user(content: bytes, where: str, name: str) -> bytes:
    """The file without this user. Raises ProblemsFound where there is none, or where only an editor can remove it."""
    known = parse_accounts(content, where).users.get(name.casefold())
    if known is None:
        hint = f"bridgehead user list {where} shows who is."
        raise ProblemsFound([Problem("accounts.no-user", f"{where}: users.{name}", "There is no such user.", hint)])
    lines = content.decode("utf-8-sig").splitlines(keepends=True)
    begins = next((number for number, line in enumerate(lines) if _header(line) == ["users", known.name]), None)
    expected = _data(content)
    del expected["users"][known.name]
    if begins is not None:
        ends = next((number for number in range(begins + 1, len(lines)) if _header(lines[number])), len(lines))
        # Comments right above the next table belong to that one.
        while ends > begins + 1 and lines[ends - 1].startswith("#") and ends < len(lines):
            ends -= 1
        after = "".join(lines[:begins] + lines[ends:])
        if _same(after, expected):
            return _checked(after, where)
    message = "This user is written in a way that only an editor can remove."
    raise ProblemsFound([Problem("accounts.by-hand", f"{where}: users.{known.name}", message, "Remove it by hand.")])


def _checked(text: str, where: str) -> bytes:
    """What is written is what would be read: a file that no longer is one is never written."""
    content = text.encode()
    parse_accounts(content, where)
    return content


def _data(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def _same(text: str, expected: dict[str, Any]) -> bool:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {"users": {}, **found} == {"users": {}, **expected}


def _header(line: str) -> list[str] | None:
    """The names in a table's header, if the line is one."""
    if not line.lstrip().startswith("["):
        return None
    try:
        found = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    names = []
    while isinstance(found, dict) and len(found) == 1:
        ((name, found),) = found.items()
        names.append(name)
    return names


def _block(name: str, entry: dict[str, Any]) -> str:
    lines = [f"[users.{name if _BARE.fullmatch(name) else _quoted(name)}]"]
    lines += [f"{key} = {_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def _value(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return _quoted(value)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'

"""The accounts file: TOML that nobody but its owner may read.

    [users.alice]
    nt_hash   = "8846f7eaee8fb117ad06bdd830b7586c"   # made by `bridgehead user add`; or password = "..."
    member_of = ["staff"]
    principal = "alice@CONTOSO.COM"                  # Kerberos, where it is not alice@ the domain's DNS name
    disabled  = true

    [groups.staff]                                   # only where a group is in another one
    member_of = ["everybody"]

Names are compared without regard to case. They are bare: the domain is said once, where the file is named.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgehead.authentication.ntlm_keys import nt_hash
from bridgehead.problems import Findings, Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_A_USER = {"nt_hash", "password", "member_of", "principal", "disabled"}
_OF_A_GROUP = {"member_of"}
_NOT_IN_NAMES = '"/\\[]:;|=,+*?<>@'
"""What Windows takes in no account's name, and the @ that would make it a principal."""


@dataclass(frozen=True)
class FileUser:
    """One account of the file."""

    name: str
    nt_hash: bytes = field(repr=False)
    """MD4 of the password in UTF-16 (MS-NLMP 3.3.1): as good as the password itself."""
    member_of: frozenset[str] = frozenset()
    """Groups, directly and through others, in lower case."""
    principal: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class AccountList:
    """All that an accounts file says."""

    users: Mapping[str, FileUser]
    """By name in lower case (`str.casefold`)."""
    groups: Mapping[str, str]
    """Every group that is named, as it is written first, by that in lower case. One that is not here holds nobody."""

    def groups_of(self, user: FileUser) -> list[str]:
        """A user's groups as somebody wrote them, in order."""
        return sorted((self.groups[group] for group in user.member_of), key=str.casefold)


def read_accounts(path: str | Path) -> bytes:
    """The bytes of an accounts file. Raises ProblemsFound where it cannot be read, or others than its owner may."""
    try:
        with Path(path).open("rb") as file:
            others = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            content = file.read()
    except FileNotFoundError:
        hint = f"bridgehead user add {path} NAME makes it."
        raise ProblemsFound([Problem("file.missing", str(path), "There is no such file.", hint)]) from None
    except OSError as error:
        message = f"This file cannot be read: {error.strerror}."
        raise ProblemsFound([Problem("file.unreadable", str(path), message)]) from None
    if others:
        message = "Others than its owner may read or change this file, and its hashes are as good as passwords."
        raise ProblemsFound([Problem("accounts.permissions", str(path), message, f"chmod 600 {path}")])
    return content


def parse_accounts(content: bytes, where: str) -> AccountList:
    """The accounts in the bytes of a file. Raises ProblemsFound with all that is wrong; never quotes a secret."""
    findings = Findings()
    tables = _tables(content, where, findings)
    parents = {
        name.casefold(): _names(entry, "member_of", f"{where}: groups.{name}", findings)
        for name, entry in tables["groups"].items()
        if _known(entry, _OF_A_GROUP, f"{where}: groups.{name}", findings)
    }
    users: dict[str, FileUser] = {}
    for name, entry in tables["users"].items():
        place = f"{where}: users.{name}"
        if name.casefold() in users:
            findings.add("accounts.twice", place, "This user is there already, spelt with other capitals.")
        user = _user(name, entry, place, findings)
        if user is not None:
            users[name.casefold()] = user
    _reject_shared_principals(users, where, findings)
    findings.raise_any()
    return AccountList({name: _with_all_groups(user, parents) for name, user in users.items()}, _groups(tables))


def sound_name(name: str) -> bool:
    """Whether an account or group may be called so: bare, without a domain, and as Windows would take it."""
    return bool(name.strip()) and name.isprintable() and len(name) <= 256 and not any(c in _NOT_IN_NAMES for c in name)


def _tables(content: bytes, where: str, findings: Findings) -> dict[str, dict[str, Any]]:
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ProblemsFound([Problem("file.not-text", where, "The file is not UTF-8 text.")]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The parser's message tells a line and a column, never the text.
        raise ProblemsFound([Problem("file.not-toml", where, f"The file is not TOML: {error}.")]) from None
    for unknown in sorted(set(data) - {"users", "groups"}):
        findings.add("accounts.unknown", f"{where}: {unknown}", "Only users and groups are known here.")
    tables = {}
    for kind in ("users", "groups"):
        table = data.get(kind, {})
        if not isinstance(table, dict):
            findings.add("accounts.malformed", f"{where}: {kind}", f"A table for each is expected: [{kind}.name].")
            table = {}
        tables[kind] = table
    return tables


def _user(name: str, entry: Any, place: str, findings: Findings) -> FileUser | None:  # noqa: ANN401 - whatever the file says
    if not sound_name(name):
        message = "No account can have this name: a bare one is expected, such as alice."
        findings.add("accounts.name", place, message, "The domain is said once, where this file is named.")
        return None
    if not _known(entry, _OF_A_USER, place, findings):
        return None
    principal, disabled = entry.get("principal", ""), entry.get("disabled", False)
    if not isinstance(principal, str) or not isinstance(disabled, bool):
        message = "principal is text in quotes, disabled is true or false."
        findings.add("accounts.malformed", place, message)
        return None
    return FileUser(
        name, _hash(entry, place, findings), _names(entry, "member_of", place, findings), principal, disabled
    )


def _known(entry: Any, known: set[str], place: str, findings: Findings) -> bool:  # noqa: ANN401 - whatever the file says
    if not isinstance(entry, dict):
        findings.add("accounts.malformed", place, "A table is expected here.")
        return False
    for unknown in sorted(set(entry) - known):
        findings.add("accounts.unknown", f"{place}.{unknown}", "This is not known here.", f"Known: {sorted(known)}.")
    return True


def _hash(entry: dict[str, Any], place: str, findings: Findings) -> bytes:
    password, written = entry.get("password"), entry.get("nt_hash")
    if isinstance(password, str) and password and written is None:
        try:
            return nt_hash(password)
        except UnicodeEncodeError:
            findings.add("accounts.malformed", f"{place}.password", "The password is not Unicode text.")
            return bytes(16)
    if isinstance(written, str) and len(written) == 32 and password is None:
        try:
            return bytes.fromhex(written)
        except ValueError:
            pass
    message = "Either nt_hash, of 32 hexadecimal digits, or a password that is not empty is expected."
    findings.add(
        "accounts.no-password", place, message, "bridgehead user add asks for the password and writes the hash."
    )
    return bytes(16)


def _names(entry: dict[str, Any], key: str, place: str, findings: Findings) -> frozenset[str]:
    names = entry.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and sound_name(name) for name in names):
        findings.add("accounts.malformed", f"{place}.{key}", 'A list of bare names is expected: ["staff"].')
        return frozenset()
    return frozenset(name.casefold() for name in names)


def _groups(tables: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Every group of a sound file. Where it has a table of its own, that is how it is written."""
    entries = [*tables["groups"].values(), *tables["users"].values()]
    written = [*tables["groups"], *(name for entry in entries for name in entry.get("member_of", ()))]
    return {name.casefold(): name for name in reversed(written)}


def _reject_shared_principals(users: Mapping[str, FileUser], where: str, findings: Findings) -> None:
    seen: set[str] = set()
    for user in users.values():
        principal = user.principal.casefold()
        if principal and principal in seen:
            findings.add("accounts.twice", f"{where}: users.{user.name}.principal", "Another user has this principal.")
        seen.add(principal)


def _with_all_groups(user: FileUser, parents: Mapping[str, frozenset[str]]) -> FileUser:
    """The user with the groups of its groups as well. Circles end where they close."""
    found: set[str] = set()
    waiting = set(user.member_of)
    while waiting:
        group = waiting.pop()
        found.add(group)
        waiting |= parents.get(group, frozenset()) - found
    return FileUser(user.name, user.nt_hash, frozenset(found), user.principal, user.disabled)

r"""Names and groups of accounts as winbind knows them, by Samba's `wbinfo`.

Groups are compared by security identifier (SID), and winbind's list of an account's identifiers holds those of nested
groups as well. What was found is kept for a minute: a browser logs in several times for one page, and somebody who has
left a group is out of it a minute later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Account
from bridgehead.authentication.program_runs import NoAnswer, ProgramRuns
from bridgehead.authentication.shared_answers import SharedAnswers

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Set as AbstractSet

    from bridgehead.authentication.accounts import Vouched
    from bridgehead.spec import Accounts

KEPT_SECONDS = 60.0

_IDENTIFIER = re.compile(r"^S-1(?:-[0-9]+)+$", re.MULTILINE | re.IGNORECASE)
_FOUND = re.compile(r"^(S-1(?:-[0-9]+)+) SID_[A-Z_]+ \(([0-9]+)\)$", re.MULTILINE)
_NAMED = re.compile(r"^(.+) [0-9]+$", re.MULTILINE)
# winbind says that it does not know the domain where a domain controller does not know the name.
_UNKNOWN = re.compile(r"WBC_ERR_(DOMAIN_NOT_FOUND|UNKNOWN_USER|UNKNOWN_GROUP|NOT_MAPPED)")
# SID_NAME_USE (MS-SAMR 2.2.2.3).
_USERS = frozenset({"1"})
_GROUPS = frozenset({"2", "4", "5"})


class UnknownName(Exception):  # noqa: N818 - what was found; nobody made an error
    """The domain knows no account or group of this name."""


class Membership:
    """Asks winbind who somebody is. Questions that are alike are asked once, and answered alike for a minute."""

    def __init__(self, loop: asyncio.AbstractEventLoop, accounts: Accounts, wanted_groups: frozenset[str]) -> None:
        self._wbinfo = accounts.wbinfo
        self._domain = accounts.domain
        self._dns_domain = accounts.dns_domain
        self._wanted_groups = wanted_groups
        self._runs = ProgramRuns(loop, limit=accounts.helpers, seconds=accounts.helper_seconds)
        self._separators: SharedAnswers[None, str] = SharedAnswers(loop, self._ask_separator, KEPT_SECONDS)
        self._groups: SharedAnswers[str, str | None] = SharedAnswers(loop, self._ask_group, KEPT_SECONDS)
        self._names: SharedAnswers[str, str] = SharedAnswers(loop, self._ask_name, KEPT_SECONDS)
        self._accounts: SharedAnswers[tuple[str, str], Account] = SharedAnswers(loop, self._ask_account, KEPT_SECONDS)

    async def account(self, domain: str, user: str) -> Account:
        """The account of a name that was sent beside a domain, or beside none. Raises UnknownName or NoAnswer."""
        return await self._accounts.get((domain, user))

    async def vouched_account(self, vouched: Vouched) -> Account:
        """The account of a ticket, in the groups that it names. Raises UnknownName or NoAnswer.

        Not in those that winbind knows, which are those of the account's last login by password on this machine.
        """
        name = await self._names.get(vouched.identifier)
        return Account(name, await self._wanted_among(vouched.groups))

    def close(self) -> None:
        """Answer nothing any more."""
        for answers in (self._accounts, self._names, self._groups, self._separators):
            answers.close()

    async def _ask_account(self, name: tuple[str, str]) -> Account:
        identifier = await self._identify_user(*name)
        try:
            return Account(await self._names.get(identifier), await self._groups_of(identifier))
        except UnknownName as problem:
            # Of somebody whom it knows. Who is in no group for sure is not taken for nobody either.
            raise NoAnswer from problem

    async def _ask_name(self, identifier: str) -> str:
        """The down-level name, in the domain's own spelling."""
        found = _NAMED.search(await self._run(f"--sid-to-name={identifier}"))
        if found is None:
            raise NoAnswer
        domain, separator, user = found[1].partition(await self._separators.get(None))
        if not separator:
            raise NoAnswer
        return f"{domain}\\{user}"

    async def _identify_user(self, domain: str, user: str) -> str:
        """The identifier of a user by any of its names."""
        separator = await self._separators.get(None)
        if "@" not in user:
            return await self._identify(f"{domain or self._domain}{separator}{user}", _USERS)
        try:
            return await self._identify(user, _USERS)
        except UnknownName:
            # Domain controllers of Samba before 4.22 know a suffix that is not their realm's within a domain alone.
            return await self._identify(f"{self._domain}{separator}{user}", _USERS)

    async def _identify(self, name: str, kinds: frozenset[str]) -> str:
        found = _FOUND.search(await self._run(f"--name-to-sid={name}"))
        if found is None or found[2] not in kinds:
            raise UnknownName
        return found[1]

    async def _groups_of(self, identifier: str) -> frozenset[str]:
        """Those of the wanted groups that hold an account, directly or through others."""
        if not self._wanted_groups:
            return frozenset()
        held = {found.upper() for found in _IDENTIFIER.findall(await self._run(f"--user-sids={identifier}"))}
        if not held:
            raise NoAnswer
        return await self._wanted_among(held)

    async def _wanted_among(self, held: AbstractSet[str]) -> frozenset[str]:
        return frozenset([group for group in self._wanted_groups if await self._groups.get(group) in held])

    async def _ask_group(self, group: str) -> str | None:
        """A wanted group's identifier. None where the domain has no such group: it holds nobody."""
        if _IDENTIFIER.fullmatch(group):
            return group.upper()
        domain, _, name = group.rpartition("\\")
        try:
            return await self._identify(f"{domain or self._domain}{await self._separators.get(None)}{name}", _GROUPS)
        except UnknownName:
            return None

    async def _ask_separator(self, _: None) -> str:
        r"""What stands between a domain and a name for winbind: a setting of Samba's, `\` where nobody changed it."""
        said = (await self._run("--separator")).strip()
        if len(said) != 1:
            raise NoAnswer
        return said

    async def _run(self, argument: str) -> str:
        said = await self._runs.run((self._wbinfo, argument))
        if _UNKNOWN.search(said):
            raise UnknownName
        if "WBC_ERR_" in said:
            raise NoAnswer
        return said

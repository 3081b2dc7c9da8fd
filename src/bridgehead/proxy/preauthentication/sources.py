"""Sources of accounts as one worker asks them: built from the spec in one place, started when first asked.

A source that is equal stays as it is over a change of the configuration, and so do the logins made with it. Equal
means: the same settings, the same contents of its files, and the same groups that rules ask for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bridgehead.authentication.account_file import AccountFile
from bridgehead.authentication.handshake import TargetNames
from bridgehead.authentication.kerberos import ticket_reader
from bridgehead.authentication.winbind import Winbind
from bridgehead.proxy.preauthentication.identity_field import IdentityField
from bridgehead.spec import Forward

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from bridgehead import spec
    from bridgehead.authentication.account_list import AccountList
    from bridgehead.authentication.accounts import AccountSource, Claim, Verdict, Vouched
    from bridgehead.authentication.handshake import TicketReader
    from bridgehead.proxy.access_log import AccessLog
    from bridgehead.proxy.snapshot import Snapshot

GRACE_SECONDS = 5.0
"""How much longer than its own limit a source is waited for: it answers in time, unless something is broken."""


class Source:
    """One source in one worker. It counts its questions, so that none in hand is lost when another takes its place."""

    def __init__(
        self,
        accounts: spec.Accounts,
        *,
        wanted_groups: frozenset[str],
        account_list: AccountList | None,
        keytab: bytes | None,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[str], None],
    ) -> None:
        self.spec = accounts
        self.name = accounts.name
        self.names = TargetNames(
            domain=accounts.domain,
            dns_domain=accounts.dns_domain,
            computer=accounts.computer,
            dns_computer=accounts.dns_computer,
        )
        self.answers_within = accounts.helper_seconds + GRACE_SECONDS
        self.wanted_groups = wanted_groups
        self.account_list = account_list
        self.keytab = keytab
        self._loop = loop
        self._tell = tell
        self._running: AccountSource | None = None
        self._tickets: TicketReader | None = None
        self._open_questions = 0
        self._retired = False

    def __repr__(self) -> str:
        return f"<Source {self.name} {self.spec.source}{' retired' if self._retired else ''}>"

    def down_level(self, name: str) -> str:
        r"""A user's name as rules may spell it, as it is compared: `contoso\alice`.

        Without a domain it is one of the source's own domain; a trusted domain's user must be named with it.
        """
        domain, _, user = name.rpartition("\\")
        if not domain and "@" in name:
            user, _, domain = name.rpartition("@")
        if not domain or domain.casefold() == self.spec.dns_domain.casefold():
            domain = self.spec.domain
        return f"{domain}\\{user}".casefold()

    @property
    def tickets(self) -> TicketReader | None:
        """Who opens Kerberos tickets; None where there is no keytab."""
        if self._tickets is None and self.keytab is not None:
            self._tickets = ticket_reader(self.keytab, tell=self._tell)
        return self._tickets

    def verify(self, claim: Claim, done: Callable[[Verdict], None]) -> None:
        """Ask whether a claim is true: see AccountSource."""
        self._started().verify(claim, self._counted(done))

    def look_up(self, name: str, done: Callable[[Verdict], None], vouched: Vouched | None = None) -> None:
        """Ask for the account behind a principal: see AccountSource."""
        self._started().look_up(name, self._counted(done), vouched)

    def _counted(self, done: Callable[[Verdict], None]) -> Callable[[Verdict], None]:
        self._open_questions += 1

        def answered(verdict: Verdict) -> None:
            self._open_questions -= 1
            if self._retired and not self._open_questions:
                self._loop.call_soon(self.close)
            done(verdict)

        return answered

    def _started(self) -> AccountSource:
        if self._running is None:
            self._running = self._start()
        return self._running

    def _start(self) -> AccountSource:
        accounts = self.spec
        if self.account_list is not None:
            return AccountFile(
                self.account_list,
                domain=accounts.domain,
                dns_domain=accounts.dns_domain,
                wanted_groups=self.wanted_groups,
            )
        return Winbind(accounts, wanted_groups=self.wanted_groups, loop=self._loop, tell=self._tell)

    def retire(self) -> None:
        """Another source has taken its place: close as soon as every question is answered."""
        self._retired = True
        if not self._open_questions:
            self.close()

    def close(self) -> None:
        """Let go of helper processes and files. Questions in hand are answered."""
        running, self._running = self._running, None
        if running is not None:
            running.close()


class Sources:
    """All sources of one worker, by name."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: AccessLog) -> None:
        self._loop = loop
        self._log = log
        self._by_name: dict[str, Source] = {}
        self.identity_fields: tuple[IdentityField, ...] = ()
        """In which sites learn who has logged in, of all rules."""

    def __getitem__(self, name: str) -> Source:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Source]:
        return iter(self._by_name.values())

    def adopt(self, snapshot: Snapshot) -> list[Source]:
        """Have the sources of a snapshot from now on; those that another takes the place of, or none."""
        before = self._by_name
        self._by_name = {}
        for accounts in snapshot.spec.accounts:
            source = Source(
                accounts,
                wanted_groups=_wanted_groups(snapshot.spec, accounts.name),
                account_list=snapshot.account_lists.get(accounts.name),
                keytab=snapshot.material[accounts.keytab] if accounts.keytab else None,
                loop=self._loop,
                tell=partial(self._tell, accounts.name),
            )
            known = before.get(accounts.name)
            self._by_name[accounts.name] = known if known is not None and _equal(known, source) else source
        self.identity_fields = tuple(IdentityField(name) for name in sorted(_headers(snapshot.spec)))
        replaced = [source for name, source in before.items() if self._by_name.get(name) is not source]
        for source in replaced:
            source.retire()
        return replaced

    def _tell(self, name: str, detail: str) -> None:
        self._log.note("accounts", source=name, detail=detail)

    def close(self) -> None:
        """The worker ends."""
        for source in self:
            source.close()


def _equal(one: Source, other: Source) -> bool:
    return (one.spec, one.wanted_groups, one.account_list, one.keytab) == (
        other.spec,
        other.wanted_groups,
        other.account_list,
        other.keytab,
    )


def _logins(whole: spec.ProxySpec) -> list[spec.Login]:
    return [rule.action.login for rule in whole.rules if isinstance(rule.action, Forward) and rule.action.login]


def _headers(whole: spec.ProxySpec) -> set[str]:
    return {login.header.lower() for login in _logins(whole) if login.site_sees == "header"}


def _wanted_groups(whole: spec.ProxySpec, name: str) -> frozenset[str]:
    """The groups that rules with this source name, as they spell them."""
    return frozenset(group for login in _logins(whole) if login.accounts == name for group in login.groups)

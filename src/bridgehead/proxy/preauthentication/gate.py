r"""What one rule asks of a login: which source of accounts, which schemes, who may enter, and what the site sees of it.

Decided once for each rule. The site never sees a credential or challenge of ours: where it may have a login of its own
(`own-login`), that begins after ours is complete, and from then on all credentials and challenges are the site's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.proxy.preauthentication.identity_field import IdentityField

if TYPE_CHECKING:
    from bridgehead.authentication.accounts import Account
    from bridgehead.proxy.preauthentication.logins import LoggedIn
    from bridgehead.proxy.preauthentication.sources import Source
    from bridgehead.spec import Login

_STRENGTH = {"off": 0, "accept": 1, "require": 2}


class Gate:
    """Stands before one rule. Immutable."""

    __slots__ = (
        "_everybody",
        "_groups",
        "_schemes",
        "_users",
        "challenges",
        "identity_field",
        "own_login",
        "policy",
        "source",
    )

    def __init__(self, login: Login, source: Source) -> None:
        self.source = source
        self.policy = login.channel_binding
        self.challenges = tuple(f"WWW-Authenticate: {scheme}" for scheme in login.schemes)
        """The field lines of a 401, in the order of the rule; never joined, which clients misread."""
        self.own_login = login.site_sees == "own-login"
        """Whether the site may ask for a login of its own after ours."""
        self.identity_field = IdentityField(login.header) if login.site_sees == "header" else None
        self._schemes = frozenset(scheme.lower() for scheme in login.schemes)
        self._everybody = not (login.users or login.groups)
        self._users = frozenset(source.down_level(user) for user in login.users)
        self._groups = frozenset(login.groups)

    def offers(self, scheme: str) -> bool:
        """Whether a login of this scheme is taken; in any case of letters (RFC 9110 11.1)."""
        return scheme.lower() in self._schemes

    def accepts(self, login: LoggedIn) -> bool:
        """Whether a login that was made before, perhaps for another rule, is as good as one made here.

        Accounts that were changed since are another source; and whoever logged in where no channel binding was wanted
        has not shown one.
        """
        return login.source is self.source and _STRENGTH[login.policy] >= _STRENGTH[self.policy]

    def permits(self, account: Account) -> bool:
        """Whether the rule lets this account in."""
        return self._everybody or account.name.casefold() in self._users or not self._groups.isdisjoint(account.groups)

"""A file of accounts as a source: for sites without a domain, and for the laboratory."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from bridgehead.authentication.account_list import AccountList, FileUser, parse_accounts, read_accounts
from bridgehead.authentication.accounts import Account, Claim, Outcome, Verdict
from bridgehead.authentication.ntlm_keys import nt_proof, ntowf_v2, session_base_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.authentication.accounts import Vouched

__all__ = ["AccountFile", "AccountList", "parse_accounts", "read_accounts"]

_PROOF = 16
_NOBODY = FileUser("", bytes(16))
"""Stands in for whom the file does not know, so that an answer takes as long for them."""


class AccountFile:
    r"""An `AccountSource` that answers in the same turn.

    `alice` with or without `domain` beside it, `CONTOSO\alice`, `alice@contoso.com` and what the file gives as the
    account's principal name the same account, in any case. `wanted_groups` are the groups as rules spell them, with or
    without the domain before them.
    """

    def __init__(
        self, accounts: AccountList, *, domain: str, dns_domain: str = "", wanted_groups: frozenset[str] = frozenset()
    ) -> None:
        self._accounts = accounts
        self._domain = domain
        self._domains = {name.casefold() for name in (domain, dns_domain, ".") if name}
        self._wanted = {wanted: self._bare_group(wanted) for wanted in wanted_groups}
        self._principals = {user.principal.casefold(): user for user in accounts.users.values() if user.principal}

    def verify(self, claim: Claim, done: Callable[[Verdict], None]) -> None:
        """See AccountSource."""
        user = self._find(claim.user, claim.domain)
        base_key = _proven(user or _NOBODY, claim)
        if user is None:
            done(Verdict(Outcome.UNKNOWN_USER))
        elif base_key is None:
            done(Verdict(Outcome.WRONG_PASSWORD))
        else:
            done(self._accepted(user, base_key))

    def look_up(
        self,
        name: str,
        done: Callable[[Verdict], None],
        vouched: Vouched | None = None,  # noqa: ARG002 - the file has names and groups of its own
    ) -> None:
        """See AccountSource."""
        user = self._find(name, "")
        done(self._accepted(user, b"") if user else Verdict(Outcome.UNKNOWN_USER))

    def close(self) -> None:
        """Nothing is held."""

    def _accepted(self, user: FileUser, base_key: bytes) -> Verdict:
        if user.disabled:
            return Verdict(Outcome.ACCOUNT_DISABLED)
        groups = frozenset(wanted for wanted, bare in self._wanted.items() if bare in user.member_of)
        return Verdict(Outcome.ACCEPTED, Account(f"{self._domain}\\{user.name}", groups), base_key)

    def _find(self, name: str, domain: str) -> FileUser | None:
        # Some clients put what was typed, DOMAIN\name, into the user's field alone.
        before, backslash, after = name.partition("\\")
        if backslash:
            name, domain = after, before
        elif "@" in name:
            # The domain beside a principal name is empty, or what the client makes of it; the name itself says more.
            if name.casefold() in self._principals:
                return self._principals[name.casefold()]
            name, _, domain = name.rpartition("@")
        if domain and domain.casefold() not in self._domains:
            return None
        return self._accounts.users.get(name.casefold())

    def _bare_group(self, wanted: str) -> str:
        domain, backslash, name = wanted.rpartition("\\")
        return name.casefold() if not backslash or domain.casefold() in self._domains else ""


def _proven(user: FileUser, claim: Claim) -> bytes | None:
    """The session base key, where the response was made with the user's password; else None."""
    proof, blob = claim.nt_response[:_PROOF], claim.nt_response[_PROOF:]
    for spelling in _in_upper_case(claim.user):
        key = ntowf_v2(user.nt_hash, spelling, claim.domain)
        if hmac.compare_digest(nt_proof(key, claim.server_challenge, blob), proof):
            return session_base_key(key, proof)
    return None


def _in_upper_case(user: str) -> tuple[str, ...]:
    """What clients make of a name: Windows letter by letter, others with SS for ß. Mostly they are the same."""
    letter_by_letter = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in user)
    whole = user.upper()
    return (letter_by_letter,) if whole == letter_by_letter else (letter_by_letter, whole)

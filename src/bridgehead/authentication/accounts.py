"""Who may log in, and how a source of accounts is asked: what handshakes, sources and the proxy have in common.

A handshake never sees a password. It makes a `Claim` of what the client sent; a source says whether it is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Outcome(Enum):
    """How an attempt to log in ended: the word for logs and counters, and whether it was a guess at a password."""

    ACCEPTED = ("accepted", False)
    WRONG_PASSWORD = ("wrong-password", True)
    UNKNOWN_USER = ("unknown-user", True)
    ACCOUNT_DISABLED = ("account-disabled", True)
    ACCOUNT_LOCKED = ("account-locked", True)
    ACCOUNT_EXPIRED = ("account-expired", False)
    PASSWORD_EXPIRED = ("password-expired", False)
    LOGON_RESTRICTED = ("logon-restricted", False)
    """Not at this hour, not from this workstation, or not over the network."""
    NOT_PERMITTED = ("not-permitted", False)
    """The login is good, and the rule allows other users or groups."""
    OTHER_USER = ("other-user", False)
    """The login is good, and somebody else is logged in on this connection."""
    NOT_NTLM_2 = ("not-ntlm-2", False)
    """An NTLMv1, LM or anonymous response."""
    CODE_WRONG = ("message-code-wrong", True)
    """The message integrity code does not belong to these messages."""
    BINDING_ABSENT = ("channel-binding-absent", False)
    BINDING_WRONG = ("channel-binding-wrong", False)
    """The client saw another certificate than the one served: somebody stands between, or another proxy does."""
    MALFORMED = ("malformed", False)
    OUT_OF_ORDER = ("out-of-order", False)
    """A last leg without a first: what a careless multiplexer in front produces, or a replay."""
    NO_MECHANISM = ("no-common-mechanism", False)
    TICKET_REFUSED = ("ticket-refused", False)
    """A Kerberos ticket that the keytab does not open, that is too old, or that was used before."""
    UNAVAILABLE = ("source-unavailable", False)
    """The source of accounts did not answer."""

    @property
    def word(self) -> str:
        """The stable name for logs, counters and `explain`."""
        return self.value[0]

    @property
    def is_guess(self) -> bool:
        """Whether it may have been an attempt at guessing, which a domain counts as well."""
        return self.value[1]


@dataclass(frozen=True)
class Account:
    r"""Somebody who has proven who they are."""

    name: str
    r"""The down-level name, `CONTOSO\alice`, in the source's own spelling."""
    groups: frozenset[str] = frozenset()
    """Which of the source's wanted groups hold the account, directly or through others; spelt as they were wanted."""


class Claim(NamedTuple):
    """What an NTLM AUTHENTICATE_MESSAGE claims (MS-NLMP 2.2.1.3), and all that is needed to judge it."""

    user: str
    domain: str
    """As the client sent it: the NetBIOS or DNS domain, or empty beside a user principal name."""
    workstation: str
    server_challenge: bytes
    """Eight bytes that this proxy chose."""
    nt_response: bytes
    """NTLMv2_RESPONSE (MS-NLMP 2.2.2.8): 16 bytes of proof, then the client's blob."""


class Verdict(NamedTuple):
    """What a source says of a claim."""

    outcome: Outcome
    account: Account | None = None
    """There where the outcome is ACCEPTED."""
    session_base_key: bytes = b""
    """Sixteen bytes (MS-NLMP 3.3.2), by which the message integrity code is judged."""
    may_be_counted: bool = False
    """Where the outcome is UNAVAILABLE: somebody was asked and not heard, and may have counted a wrong password."""


class Vouched(NamedTuple):
    """What the domain controller wrote into a Kerberos ticket about its owner, as it was then."""

    identifier: str
    """The account's: `S-1-5-21-...`."""
    groups: frozenset[str]
    """Those of every group that holds it, nested ones too."""


class AccountSource(Protocol):
    """Somebody who knows accounts: a file, or a domain. Never blocks, never raises; every question gets one answer."""

    def verify(self, claim: Claim, done: Callable[[Verdict], None]) -> None:
        """Judge a claim. `done` is called exactly once, in this turn of the loop or a later one, in bounded time."""

    def look_up(self, name: str, done: Callable[[Verdict], None], vouched: Vouched | None = None) -> None:
        """The account behind a Kerberos principal (`alice@CONTOSO.COM`), which needs no further proof.

        `vouched` is what its ticket says of it, where it says anything.
        """

    def close(self) -> None:
        """Let go of files and helper processes. Questions in hand are answered UNAVAILABLE."""

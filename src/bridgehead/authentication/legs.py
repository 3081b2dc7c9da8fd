"""What goes in and out of a login, leg by leg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.authentication.accounts import Account, Outcome, Vouched

Policy = Literal["off", "accept", "require"]
"""Extended Protection: `accept` refuses a wrong channel binding, `require` also an absent or all-zero one."""


class TargetNames(NamedTuple):
    """What the proxy says of itself in a challenge (MS-NLMP 2.2.2.1): names that Windows clients expect."""

    domain: str
    """NetBIOS name of the domain."""
    dns_domain: str
    computer: str
    """NetBIOS name of this computer."""
    dns_computer: str


class Reply(NamedTuple):
    """The login goes on: answer 401 with this token."""

    token: bytes


class Ticket(NamedTuple):
    """A Kerberos ticket that the keytab opened. Look the principal up, then conclude."""

    principal: str
    """`alice@CONTOSO.COM`."""
    token: bytes | None
    """For the client: whole and in the same frame as what was taken (SPNEGO for SPNEGO, bare for bare)."""
    bound: bool = False
    """Whether the ticket carried one of the channel bindings that were given, and it was right."""
    vouched: Vouched | None = None
    """What it says of its owner; None where it was issued by no Windows domain."""


class Denied(NamedTuple):
    """The login has failed; the next one begins with a first leg."""

    outcome: Outcome


class Admitted(NamedTuple):
    """Who it is, and the token, if any, that the answer carries to the client."""

    account: Account
    token: bytes | None


class TicketReader(Protocol):
    """Opens Kerberos tickets with the keys of a keytab, at once and without asking anybody."""

    def accept(self, token: bytes, bindings: tuple[bytes, ...]) -> Ticket | Denied | None:
        """Judge a token: SPNEGO with Kerberos as its optimistic mechanism, or a bare AP-REQ in its GSS-API frame.

        `bindings` are the application data (`tls-server-end-point:` and a hash) of which a ticket that carries any
        must carry one; none where nothing is to be compared. None, for short, is a refused ticket. Never raises.
        """


class Surroundings(NamedTuple):
    """What is the same for every login on one client connection."""

    names: TargetNames
    policy: Policy
    certificates: tuple[bytes, ...]
    """End-point hashes of every leaf that may have been served on the connection; none on plain HTTP."""
    tickets: TicketReader | None
    clock: Callable[[], float]
    """Seconds since 1970."""
    random_bytes: Callable[[int], bytes]


class LoginFailed(Exception):  # noqa: N818 - what happened; nobody made an error
    """Raised while a token is judged, and caught where all of them are: `Handshake` answers it as Denied."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.word)

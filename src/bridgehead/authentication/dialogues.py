"""The ways in which a login may be framed: NTLM alone, a Kerberos ticket alone, or either of them in SPNEGO."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Protocol

from bridgehead.authentication import spnego
from bridgehead.authentication.accounts import Claim, Outcome
from bridgehead.authentication.channel_binding import application_data
from bridgehead.authentication.legs import Denied, LoginFailed, Reply, Ticket
from bridgehead.authentication.ntlm_acceptor import NtlmAcceptor
from bridgehead.authentication.ntlm_messages import NEGOTIATE, SIGNATURE, kind_of

if TYPE_CHECKING:
    from bridgehead.authentication.legs import Surroundings

Step = Reply | Claim | Ticket


class Dialogue(Protocol):
    """One login from its first token to its end. Both methods raise LoginFailed, and nothing else."""

    def take(self, token: bytes) -> Step:
        """Judge the next token of the client."""

    def conclude(self, base_key: bytes) -> bytes | None:
        """The source has found the claim or the ticket's principal good: the last token for the client, if any."""


class NtlmDialogue:
    """NTLM without a frame, in either scheme (MS-NTHT; RFC 4559 section 5 leaves it to Negotiate as well)."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._acceptor = NtlmAcceptor(surroundings)
        self._challenged = False

    def take(self, token: bytes) -> Step:
        """See Dialogue."""
        if self._challenged:
            return self._acceptor.claim(token)
        self._challenged = True
        return Reply(self._acceptor.challenge(token))

    def conclude(self, base_key: bytes) -> bytes | None:
        """See Dialogue."""
        self._acceptor.conclude(base_key)
        return None


class TicketDialogue:
    """Kerberos in one leg: alone, or as the optimistic mechanism of a SPNEGO token that GSS-API reads whole."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._reply: bytes | None = None

    def take(self, token: bytes) -> Step:
        """See Dialogue."""
        ticket = judge_ticket(self._surroundings, token)
        self._reply = ticket.token
        return ticket

    def conclude(self, base_key: bytes) -> bytes | None:  # noqa: ARG002 - a ticket has been proven already
        """See Dialogue."""
        return self._reply


class SpnegoDialogue:
    """SPNEGO, with NTLM inside, or with Kerberos where the client named it first and waits to be asked for a ticket.

    Kerberos is taken from those alone who like it best: its code under the list of mechanisms, which a second choice
    needs, takes a context that is kept between legs.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._mechanism_list: bytes | None = None
        self._acceptor: NtlmAcceptor | None = None
        self._challenged = False
        self._list_code: bytes | None = None
        self._second_choice = False
        self._ticket_reply: bytes | None = None

    def take(self, token: bytes) -> Step:
        """See Dialogue."""
        found = spnego.read_token(token)
        if self._mechanism_list is None:
            assert isinstance(found, spnego.Init), "or it is no first leg"
            return self._begin(found)
        if not isinstance(found, spnego.Response):
            raise LoginFailed(Outcome.OUT_OF_ORDER)
        if found.state == spnego.REJECT or found.token is None:
            raise LoginFailed(Outcome.NO_MECHANISM)
        if self._acceptor is None:
            return self._take_ticket(found.token)
        if not self._challenged:
            return Reply(spnego.response(spnego.ACCEPT_INCOMPLETE, token=self._challenge(self._acceptor, found.token)))
        self._list_code = found.list_code
        return self._acceptor.claim(found.token)

    def conclude(self, base_key: bytes) -> bytes | None:
        """See Dialogue. mechListMIC keeps others from having struck a better mechanism off the client's list."""
        if self._acceptor is None:
            return spnego.response(spnego.ACCEPT_COMPLETED, token=self._ticket_reply)
        session = self._acceptor.conclude(base_key)
        if self._list_code is None:
            # RFC 4178 section 5: only the client's first choice, or a login without integrity, may go without.
            # Windows asks for it from everybody whose NTLM has a code of its own, so that nobody can strike it off.
            if session.signs and (self._second_choice or self._acceptor.has_code):
                raise LoginFailed(Outcome.CODE_WRONG)
            return spnego.response(spnego.ACCEPT_COMPLETED)
        assert self._mechanism_list is not None, "the first leg has set it"
        expected = session.signature("client", self._mechanism_list)
        if not session.signs_as_expected or not hmac.compare_digest(expected, self._list_code):
            raise LoginFailed(Outcome.CODE_WRONG)
        ours = session.signature("server", self._mechanism_list)
        return spnego.response(spnego.ACCEPT_COMPLETED, list_code=ours)

    def _begin(self, found: spnego.Init) -> Reply:
        self._mechanism_list = found.mechanism_list
        best = found.mechanisms[0]
        if best in spnego.KERBEROSES and self._surroundings.tickets is not None:
            return Reply(spnego.response(spnego.ACCEPT_INCOMPLETE, mechanism=best))
        if spnego.NTLM not in found.mechanisms:
            raise LoginFailed(Outcome.NO_MECHANISM)
        self._acceptor = NtlmAcceptor(self._surroundings)
        if best != spnego.NTLM:
            # The token, if any, is for another mechanism.
            self._second_choice = True
            return Reply(spnego.response(spnego.REQUEST_CODE, mechanism=spnego.NTLM))
        challenge = self._challenge(self._acceptor, found.token) if found.token else None
        return Reply(spnego.response(spnego.ACCEPT_INCOMPLETE, mechanism=spnego.NTLM, token=challenge))

    def _challenge(self, acceptor: NtlmAcceptor, token: bytes) -> bytes:
        if kind_of(token) != NEGOTIATE:
            raise LoginFailed(Outcome.OUT_OF_ORDER)
        self._challenged = True
        return acceptor.challenge(token)

    def _take_ticket(self, token: bytes) -> Ticket:
        ticket = judge_ticket(self._surroundings, token)
        self._ticket_reply = ticket.token
        return ticket


def judge_ticket(surroundings: Surroundings, token: bytes) -> Ticket:
    """What the keytab says of a ticket, and Extended Protection of its binding. Raises LoginFailed."""
    if surroundings.tickets is None:
        raise LoginFailed(Outcome.NO_MECHANISM)
    # On plain HTTP there is nothing to compare with, and a ticket's binding is passed over, where NTLM's is refused. If
    # it is given anything, MIT Kerberos refuses also clients that send no binding and say that they could have
    # (KERB_AP_OPTIONS_CBT, MS-KILE 3.2.5.8). Windows may say so wherever it is, and would be kept out.
    compared = () if surroundings.policy == "off" else surroundings.certificates
    ticket = surroundings.tickets.accept(token, tuple(application_data(end_point) for end_point in compared))
    if ticket is None:
        raise LoginFailed(Outcome.TICKET_REFUSED)
    if isinstance(ticket, Denied):
        raise LoginFailed(ticket.outcome)
    if surroundings.policy == "require" and not ticket.bound:
        raise LoginFailed(Outcome.BINDING_ABSENT)
    return ticket


def begin(surroundings: Surroundings, scheme: str, token: bytes) -> Dialogue | None:
    """A dialogue for a first token, which is still to be taken; None for the token of a later leg."""
    if token.startswith(SIGNATURE):
        return NtlmDialogue(surroundings) if kind_of(token) == NEGOTIATE else None
    if scheme == "ntlm":
        raise LoginFailed(Outcome.MALFORMED)
    found = spnego.read_token(token)
    if isinstance(found, spnego.Response):
        return None
    if isinstance(found, spnego.Init):
        optimistic = found.token is not None and found.mechanisms[0] in spnego.KERBEROSES
        if optimistic and surroundings.tickets is not None:
            return TicketDialogue(surroundings)
        return SpnegoDialogue(surroundings)
    if found.mechanism not in spnego.KERBEROSES:
        raise LoginFailed(Outcome.NO_MECHANISM)
    return TicketDialogue(surroundings)

"""One leg of a login: a request with a token, from the token's judgement to the 401 that answers it, or to the site.

The last leg's request is an ordinary one, with whatever body it has. Once its client is known it begins again, without
the credential that was meant for us. The source of accounts may take its time: the request is held meanwhile.
"""

from __future__ import annotations

import base64
import binascii
from copy import copy
from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Claim, Outcome, Verdict
from bridgehead.authentication.handshake import LONGEST_TOKEN, Admitted, Denied, Reply, Ticket
from bridgehead.proxy.fields import without_authorization
from bridgehead.proxy.preauthentication.answers import ask, deny, reply, token_line
from bridgehead.proxy.preauthentication.logins import Logins
from bridgehead.proxy.preauthentication.waiting import Waiting
from bridgehead.proxy.shield.guard import PATIENCE
from bridgehead.proxy.shield.policy import SECOND
from bridgehead.proxy.shield.refusing import refuse
from bridgehead.proxy.tracing import notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.authentication.handshake import Handshake
    from bridgehead.proxy.exchange import Exchange
    from bridgehead.proxy.preauthentication.gate import Gate
    from bridgehead.proxy.shield.guard import Attempt, Refused

_LOGGED_NAME = 128
"""Characters of a name that somebody claims."""


class Leg(Waiting):
    """A request whose credential is for the proxy."""

    _handshake: Handshake

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        super().__init__(exchange)
        self._gate = gate
        self._scheme = ""
        self._claimed = ""
        self._attempt: Attempt | None = None

    def begin(self, authorization: bytes) -> None:
        """Judge the token."""
        scheme, _, text = authorization.decode("latin-1").partition(" ")
        self._scheme = next((offered for offered in ("Negotiate", "NTLM") if offered.lower() == scheme.lower()), scheme)
        text = text.strip(" \t")
        if not self._gate.offers(scheme):
            self._denied(Outcome.NO_MECHANISM)
        elif not text:
            ask(self.exchange, self._gate)
        elif (token := _decoded(text)) is None:
            self._denied(Outcome.MALFORMED)
        else:
            self._take(token)

    def _take(self, token: bytes) -> None:
        client, source = self.exchange.client, self._gate.source
        if client.logins is None:
            client.logins = Logins()
        self._handshake = client.logins.handshake(self._gate, client)
        step = self._handshake.take(self._scheme, token)
        match step:
            case Reply():
                reply(self.exchange, self._scheme, step.token)
            case Denied():
                self._denied(step.outcome)
            case Claim():
                self._claimed = f"{step.domain}\\{step.user}" if step.domain else step.user
                self._ask_shield(step)
            case Ticket():
                self._claimed = step.principal
                self.wait(monotonic() + source.answers_within)
                source.look_up(step.principal, self._judged, step.vouched)

    def _ask_shield(self, claim: Claim) -> None:
        """A claim is a guess at a password, perhaps: it is counted before it is judged."""
        client, rule = self.exchange.client, self.exchange.rule
        assert rule is not None
        self.wait(monotonic() + PATIENCE / SECOND + self._gate.source.answers_within)
        if rule.shields:
            client.worker.guard.reserve(
                claim.user,
                client.address,
                lambda attempt: self._verify(claim, attempt),
                lambda refused: self._turn(lambda: self._turn_away(refused)),
                lambda: not self.over,
                realm=f"accounts:{self._gate.source.name}",
            )
        else:
            self._verify(claim, None)

    def _verify(self, claim: Claim, attempt: Attempt | None) -> None:
        self._attempt = attempt
        self._gate.source.verify(claim, self._judged)

    def _turn_away(self, refused: Refused) -> None:
        logins = self.exchange.client.logins
        assert logins is not None
        self.exchange.closes = self.exchange.closes or bool(logins)
        logins.forget()
        refuse(self.exchange, refused)

    def client_overdue(self, now: float) -> None:  # noqa: ARG002 - it is the source who is late
        """The source does not answer."""
        self.go_on(lambda: self._denied(Outcome.UNAVAILABLE))

    def _judged(self, verdict: Verdict) -> None:
        """The source has answered: in the same turn of the loop, or in one of its own."""
        if self.over or self.exchange.client.closed:
            self._settle(verdict.outcome, verdict)  # nobody is there any more, and still it was an attempt
        else:
            self._turn(lambda: self._conclude(verdict))

    def _turn(self, then: Callable[[], None]) -> None:
        try:
            self.go_on(then)
        except Exception:  # noqa: BLE001 - one request's failure is that request's alone, and no concern of the source
            self.exchange.client.worker.log_failure()
            self.exchange.client.abandon()

    def _settle(self, outcome: Outcome, verdict: Verdict) -> None:
        """Tell the shield what became of the attempt.

        A domain that was asked and not heard in time may have counted a wrong password. That it is slow is no
        stranger's excuse: he may have made it so.
        """
        attempt, self._attempt = self._attempt, None
        if attempt is None:
            return
        if outcome is Outcome.ACCEPTED:
            attempt.succeeded()
        elif outcome.is_guess or (verdict.may_be_counted and not attempt.known):
            attempt.failed()
        else:
            attempt.withdrawn()

    def _conclude(self, verdict: Verdict) -> None:
        end = self._handshake.conclude(verdict)
        self._settle(end.outcome if isinstance(end, Denied) else Outcome.ACCEPTED, verdict)
        if isinstance(end, Denied):
            self._denied(end.outcome)
        else:
            self._admitted(end)

    def _admitted(self, end: Admitted) -> None:
        exchange, gate, client = self.exchange, self._gate, self.exchange.client
        assert client.logins is not None
        before = client.logins.with_source(gate.source)
        if before is not None and before.name.casefold() != end.account.name.casefold():
            change = f"{before.name} was followed by {end.account.name} on one connection"
            client.worker.log.security("identity-changed", client, change)
            notes.identity_changed(exchange, before.name, end.account.name)
            self._claimed = end.account.name
            self._denied(Outcome.OTHER_USER)
            return
        client.logins.complete(gate, end.account)
        client.worker.log.introduce(client)
        self._note(Outcome.ACCEPTED, end.account.name)
        lines = () if end.token is None else (token_line(self._scheme, end.token),)
        # Also where this rule does not let them in: who they are is known, and another rule may.
        if not exchange.closes:
            lines = (*lines, "Persistent-Auth: true")
        exchange.adds_to_answer = "".join(f"{line}\r\n" for line in lines).encode("ascii")
        exchange.head.fields = copy(exchange.head.fields)
        exchange.head.fields.block = without_authorization(exchange.head.fields.block)
        exchange.head.fields.authorization = None
        exchange.head.fields.binds = False
        exchange.begin()

    def _denied(self, outcome: Outcome) -> None:
        """Nothing goes on as the old user after a login that failed: it ends with its connection."""
        client = self.exchange.client
        self._note(outcome, self._claimed)
        self.exchange.detail = f"{outcome.word}: {self._claimed[:_LOGGED_NAME]}" if self._claimed else outcome.word
        was_logged_in = bool(client.logins)
        if client.logins is not None:
            client.logins.forget()
        deny(self.exchange, self._gate, outcome, close=was_logged_in)

    def _note(self, outcome: Outcome, user: str) -> None:
        self.exchange.client.worker.counters[f"login:{outcome.word}"] += 1
        notes.own_login(self.exchange, outcome.word, user)


def _decoded(text: str) -> bytes | None:
    """The bytes of a token; None where it is none, or longer than any."""
    if len(text) > (LONGEST_TOKEN + 2) // 3 * 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

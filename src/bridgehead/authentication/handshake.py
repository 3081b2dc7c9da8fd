"""The server's side of a login by NTLM or Negotiate on one client connection.

It knows no socket, no file and no account: tokens go in, tokens and a claim come out, and whoever owns the connection
asks the source of accounts in between. MS-NLMP 3.2, MS-NTHT, RFC 4178, RFC 4559, MS-SPNG.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Claim, Outcome, Verdict
from bridgehead.authentication.dialogues import begin
from bridgehead.authentication.legs import (
    Admitted,
    Denied,
    LoginFailed,
    Policy,
    Reply,
    Surroundings,
    TargetNames,
    Ticket,
    TicketReader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.authentication.dialogues import Dialogue, Step

__all__ = ["Admitted", "Denied", "Handshake", "Policy", "Reply", "TargetNames", "Ticket", "TicketReader"]

LONGEST_TOKEN = 65536
"""Bytes of a decoded token. A Kerberos ticket with many groups takes up to 48 KiB."""


class Handshake:
    """One login at a time on one client connection.

    `certificates` are the end-point hashes (`channel_binding.end_point_hash`) of every leaf that may have been served
    on the connection; none on plain HTTP. `clock` gives seconds since 1970, such as `time.time`.
    """

    def __init__(
        self,
        names: TargetNames,
        *,
        policy: Policy,
        certificates: tuple[bytes, ...],
        tickets: TicketReader | None,
        clock: Callable[[], float],
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._surroundings = Surroundings(names, policy, certificates, tickets, clock, random_bytes)
        self._dialogue: Dialogue | None = None
        self._scheme = ""
        self._awaits_verdict = False

    @property
    def under_way(self) -> bool:
        """Whether a first leg has been answered, or a claim or ticket waits for its verdict."""
        return self._dialogue is not None

    def take(self, scheme: str, token: bytes) -> Reply | Claim | Ticket | Denied:
        """Judge the client's next token, decoded from base64. `scheme` is `NTLM` or `Negotiate`, in any case.

        Reply: send it with a 401. Claim: ask the source to verify it, then conclude. Ticket: ask the source to look
        the principal up, then conclude. Never raises, whatever the bytes. A new first leg starts anew.
        """
        try:
            step = self._step(scheme.lower(), token)
        except LoginFailed as failed:
            self._forget()
            return Denied(failed.outcome)
        self._awaits_verdict = not isinstance(step, Reply)
        return step

    def conclude(self, verdict: Verdict) -> Admitted | Denied:
        """The end of the login whose claim or ticket the source has judged.

        With the account's key the message integrity code and SPNEGO's own are verified.
        """
        dialogue, awaited = self._dialogue, self._awaits_verdict
        self._forget()
        if dialogue is None or not awaited:
            return Denied(Outcome.OUT_OF_ORDER)
        if verdict.outcome is not Outcome.ACCEPTED:
            return Denied(verdict.outcome)
        if verdict.account is None:
            return Denied(Outcome.UNAVAILABLE)
        try:
            return Admitted(verdict.account, dialogue.conclude(verdict.session_base_key))
        except LoginFailed as failed:
            return Denied(failed.outcome)

    def _step(self, scheme: str, token: bytes) -> Step:
        if self._awaits_verdict:
            # Of two claims at once nobody could say whose the verdict is.
            raise LoginFailed(Outcome.OUT_OF_ORDER)
        if scheme not in {"ntlm", "negotiate"}:
            raise LoginFailed(Outcome.NO_MECHANISM)
        if len(token) > LONGEST_TOKEN:
            raise LoginFailed(Outcome.MALFORMED)
        anew = begin(self._surroundings, scheme, token)
        if anew is not None:
            self._dialogue, self._scheme = anew, scheme
        if self._dialogue is None or scheme != self._scheme:
            raise LoginFailed(Outcome.OUT_OF_ORDER)
        return self._dialogue.take(token)

    def _forget(self) -> None:
        self._dialogue, self._scheme, self._awaits_verdict = None, "", False

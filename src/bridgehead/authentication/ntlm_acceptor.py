"""NTLM without a frame: a challenge, a claim, and the codes that prove that nobody changed a message on its way."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Claim, Outcome
from bridgehead.authentication.channel_binding import judge_binding
from bridgehead.authentication.legs import LoginFailed
from bridgehead.authentication.ntlm_keys import SessionSecurity, exported_session_key, message_integrity_code
from bridgehead.authentication.ntlm_messages import (
    AUTHENTICATE,
    Authentication,
    challenge_message,
    kind_of,
    read_authenticate,
    read_negotiate,
)

if TYPE_CHECKING:
    from bridgehead.authentication.legs import Surroundings

_SECONDS_FROM_1601_TO_1970 = 11_644_473_600


class NtlmAcceptor:
    """One NTLM login: `challenge`, `claim`, `conclude`, in that order. Each raises LoginFailed."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._negotiate = b""
        self._server_challenge = b""
        self._challenge = b""
        self._authentication: Authentication | None = None

    def challenge(self, negotiate: bytes) -> bytes:
        """The CHALLENGE_MESSAGE for a NEGOTIATE_MESSAGE, with eight bytes that were never used before."""
        surroundings = self._surroundings
        asked = read_negotiate(negotiate)
        self._server_challenge = surroundings.random_bytes(8)
        file_time = int((surroundings.clock() + _SECONDS_FROM_1601_TO_1970) * 10_000_000)
        self._challenge = challenge_message(asked, surroundings.names, self._server_challenge, file_time)
        self._negotiate = negotiate
        return self._challenge

    def claim(self, authenticate: bytes) -> Claim:
        """What an AUTHENTICATE_MESSAGE claims. Its channel binding is right, if what it claims is true."""
        if kind_of(authenticate) != AUTHENTICATE:
            raise LoginFailed(Outcome.OUT_OF_ORDER)
        self._authentication = found = read_authenticate(authenticate)
        judge_binding(self._surroundings.policy, found.binding, self._surroundings.certificates)
        return Claim(found.user, found.domain, found.workstation, self._server_challenge, found.nt_response)

    @property
    def has_code(self) -> bool:
        """Whether the client's last message carries a code over all three."""
        return self._authentication is not None and self._authentication.code is not None

    def conclude(self, base_key: bytes) -> SessionSecurity:
        """Verify the message integrity code by the key of the account that the claim was true of."""
        found = self._authentication
        assert found is not None, "Handshake concludes what has been claimed"
        # A source that gives no key could not have its codes verified: nobody enters on its word alone.
        if len(base_key) != 16:
            raise LoginFailed(Outcome.UNAVAILABLE)
        exported = exported_session_key(base_key, found.flags, found.encrypted_key)
        if found.code is not None:
            expected = message_integrity_code(exported, self._negotiate, self._challenge, found.without_code())
            if not hmac.compare_digest(expected, found.code):
                raise LoginFailed(Outcome.CODE_WRONG)
        return SessionSecurity(exported, found.flags)

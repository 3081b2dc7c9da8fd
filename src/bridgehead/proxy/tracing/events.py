"""One event of a login as it is read again, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKENS = {
    "none": "no token",
    "unreadable": "a token that cannot be read",
    "ntlm-negotiate": "NTLM, first message",
    "ntlm-challenge": "NTLM, the challenge",
    "ntlm-authenticate": "NTLM, the answer to the challenge",
    "spnego-init": "a first token of a mechanism that is neither NTLM nor Kerberos",
    "spnego-response": "an intermediate token",
    "spnego-reject": "a rejection",
    "kerberos-request": "a Kerberos ticket",
    "kerberos-reply": "Kerberos, the reply",
    "kerberos-error": "a Kerberos error",
}


class Event(NamedTuple):
    """What was noted at one moment; what an event does not have is empty."""

    time: float
    """Seconds since 1970."""
    what: str
    host: str = ""
    rule: str = ""
    pool: str = ""
    server: str = ""
    scheme: str = ""
    token: str = ""
    token_bytes: int = 0
    user: str = ""
    workstation: str = ""
    ntlm_version: int = 0
    channel_bound: bool = False
    offered: str = ""
    status: int = 0
    again: bool = False
    refused: str = ""
    by: str = ""
    detail: str = ""
    before: str = ""
    outcome: str = ""

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Event:
        """From what the proxy tells; what a newer one tells besides is left out."""
        return cls(**{name: facts[name] for name in cls._fields if name in facts})

    @property
    def is_answer_to_challenge(self) -> bool:
        """Whether it carries the last leg of NTLM."""
        return self.token == "ntlm-authenticate"  # noqa: S105 - the kind of a token, and none

    def told(self) -> str:
        """In words, for a line."""
        match self.what:
            case "challenged":
                where = f"{self.server} " if self.server else ""
                return f"{where}asked for a login{' again' if self.again else ''}: {self.offered}"
            case "sent":
                return f"the client sent {self._token()}{self._whose()}, to {self.server}"
            case "answered":
                return f"{self.server} answered {self.status}{self._returned()}"
            case "refused":
                return f"this proxy answered {self.status}: {self.refused}{self._detail()}{self._whose()}"
            case "ended":
                whose = f" of {self.user}" if self.user else ""
                where = f" to {self.server}" if self.server else ""
                return f"the connection{whose}{where} was ended by the {self.by}{self._detail()}"
            case "identity-changed":
                return f"{self.user} logged in on the connection of {self.before}"
            case "own-login":
                return self._own()
        return self.what

    def _token(self) -> str:
        token = _TOKENS.get(self.token, self.token)
        return f"{token} ({self.scheme})" if self.scheme.lower() not in token.lower() else token

    def _whose(self) -> str:
        if not self.user:
            return ""
        station = f" at {self.workstation}" if self.workstation else ""
        return f" of {self.user}{station}"

    def _returned(self) -> str:
        if self.token:
            return f", with {self._token()}"
        return f", and asked again: {self.offered}" if self.offered else ""

    def _detail(self) -> str:
        return f" ({self.detail})" if self.detail else ""

    def _own(self) -> str:
        match self.outcome:
            case "challenged":
                return "this proxy asked for a login"
            case "continued":
                return f"the client sent {self._token()}; this proxy answered it"
            case "accepted":
                return f"the client sent {self._token()}; this proxy admitted {self.user}"
        return f"the client sent {self._token()}{self._whose()}; this proxy refused it: {self.outcome}"

"""A client that logs in by NTLM or Negotiate over one socket, and shows what it sees leg by leg."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

import spnego

from bridgehead.lab.http_client import Answer, HttpConnection
from bridgehead.lab.messages import split_host

if TYPE_CHECKING:
    import ssl

    from bridgehead.lab.users import User

Scheme = Literal["NTLM", "Negotiate"]

_PROTOCOLS = {
    "NTLM": ("ntlm", spnego.NegotiateOptions.use_ntlm),
    "Negotiate": ("negotiate", spnego.NegotiateOptions.use_negotiate),
}


class NtlmConnection(HttpConnection):
    """One socket, and the login on it. Not for several threads at once.

    `preemptive` sends the first token with the first request, before any challenge, as clients do once they know
    that a site wants Negotiate.
    """

    def __init__(
        self,
        address: tuple[str, int],
        host: str,
        context: ssl.SSLContext | None = None,
        *,
        scheme: Scheme = "NTLM",
        preemptive: bool = False,
        server_name: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        super().__init__(address, host, context, server_name=server_name, timeout=timeout)
        self.scheme: Scheme = scheme
        self.preemptive = preemptive

    def log_in(
        self, user: User, method: str, target: str, *, body: bytes | None = None, fields: dict[str, str] | None = None
    ) -> Answer:
        """The request, with as many legs as its login takes; the last answer, whatever its status.

        Only the last leg carries the body, as Windows' own clients do it.
        """
        if not self.preemptive:
            answer = self.request(method, target, body=body, fields=fields)
            if answer.status != 401:
                return answer
        initiator = new_initiator(self.scheme, user, split_host(self.host)[0])
        first = self.leg(initiator.step(), method, target, body=b"" if body else None, fields=fields)
        challenge = token_in(first, self.scheme)
        if challenge is None:
            return first
        last = self.leg(initiator.step(challenge), method, target, body=body or None, fields=fields)
        final = token_in(last, self.scheme)
        if final is not None and not initiator.complete:
            initiator.step(final)
        return last

    def leg(
        self,
        token: bytes | None,
        method: str,
        target: str,
        *,
        body: bytes | None = None,
        fields: dict[str, str] | None = None,
    ) -> Answer:
        """One request with this token as its credential."""
        credential = {"Authorization": f"{self.scheme} {base64.b64encode(token or b'').decode()}"}
        return self.request(method, target, body=body, fields={**(fields or {}), **credential})


def token_in(answer: Answer, scheme: Scheme) -> bytes | None:
    """The server's token in an answer's WWW-Authenticate line of this scheme, where there is one."""
    for value in answer.fields.all("WWW-Authenticate"):
        name, _, text = value.partition(" ")
        if name == scheme and text:
            return base64.b64decode(text)
    return None


def new_initiator(scheme: Scheme, user: User, host: str) -> spnego.ContextProxy:
    """The client side of pyspnego: NTLM alone, or NTLM in SPNEGO."""
    protocol, option = _PROTOCOLS[scheme]
    return spnego.client(user.account, user.password, hostname=host, service="HTTP", protocol=protocol, options=option)

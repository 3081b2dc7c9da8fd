"""Web tickets and OAuth tokens: what the servers of the deployment hand out and accept from one another."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.lab.messages import Request

LIFETIME_SECONDS = 28289
"""About eight hours; the figure of Microsoft's sample ("Create an application", UCWA)."""

_ASSERTION = re.compile(rb'AssertionID="([^"]+)"')


class TicketOffice:
    """Knows whom every ticket was given to. Shared by all servers, as the pool's signing key is in Lync."""

    def __init__(self) -> None:
        self._holders: dict[str, str] = {}

    def issue(self, account: str) -> str:
        """A new ticket for this account."""
        ticket = secrets.token_urlsafe(24)
        self._holders[ticket] = account
        return ticket

    def holder_of_bearer(self, request: Request) -> str | None:
        """The account behind `Authorization: Bearer cwt=...`."""
        scheme, _, token = request.fields.get("Authorization").partition(" ")
        return self._holders.get(token.removeprefix("cwt=")) if scheme.lower() == "bearer" else None

    def holder_of_web_ticket(self, request: Request) -> str | None:
        """The account behind `X-MS-WebTicket: opaque=<Base64 of a SAML assertion>`."""
        text = request.fields.get("X-MS-WebTicket").removeprefix("opaque=")
        try:
            match = _ASSERTION.search(base64.b64decode(text, validate=True))
        except binascii.Error:
            return None
        return self._holders.get(match[1].decode("ascii", "replace")) if match else None

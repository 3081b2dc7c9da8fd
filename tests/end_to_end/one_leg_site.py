"""A site that any `Authorization: Negotiate x` logs in, at once and for the life of the connection.

So does IIS with authPersistNonNTLM and a Kerberos ticket: one leg, sent before any challenge, and no 401 by which a
proxy could learn that the connection is somebody's own now. Kerberos itself would need a domain controller.
"""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.windows_authentication import ConnectionAuthentication
from tests.end_to_end.crowd import PROTECTED

if TYPE_CHECKING:
    from bridgehead.lab.http_client import Answer
    from bridgehead.lab.ntlm_client import NtlmConnection
    from bridgehead.lab.users import User


class OneLegLogin:
    """A `Login` whose token stands for a Kerberos ticket: the account's name."""

    def log_in(self, connection: NtlmConnection, user: User, target: str) -> Answer:
        """One request, and its answer."""
        return connection.leg(user.account.encode(), "GET", target)

    def begin(self, connection: NtlmConnection, user: User, target: str) -> None:
        """The request alone."""
        ticket = base64.b64encode(user.account.encode()).decode()
        connection.send("GET", target, fields={"Authorization": f"{connection.scheme} {ticket}"})


class OneLegAuthentication(ConnectionAuthentication):
    """Believes every token."""

    def judge(self, request: Request) -> tuple[bool, list[tuple[str, str]]]:
        """Log the connection in if a token came; then let in whoever is logged in."""
        scheme, _, token = request.fields.get("Authorization").partition(" ")
        if scheme == "Negotiate" and token:
            self.user = base64.b64decode(token).decode()
        return self.user is not None, []


class OneLegSite:
    """An `Application` for the laboratory's web server, with the paths that a `Crowd` asks for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody is logged in."""
        return OneLegAuthentication(Path())

    async def answer(self, request: Request) -> Response:
        """Who is logged in; a challenge for nobody on a protected path, as IIS has it."""
        welcome, _ = request.connection.authentication.judge(request)
        if not welcome and request.path.startswith(PROTECTED):
            return Response(401, b"Unauthorized", "text/plain", [("WWW-Authenticate", "Negotiate")])
        seen = {
            "user": request.connection.authentication.user,
            "server": self.name,
            "connection": request.connection.number,
            "path": request.path,
        }
        return Response(200, json.dumps(seen).encode(), "application/json")


class HeldSite(OneLegSite):
    """The same, but it answers only once it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._asked = asyncio.Event()
        self._released = asyncio.Event()

    async def until_asked(self) -> None:
        """Wait for a request."""
        await self._asked.wait()

    async def release(self) -> None:
        """Answer what waits, and what comes."""
        self._released.set()

    async def answer(self, request: Request) -> Response:
        """The usual answer, late."""
        self._asked.set()
        await self._released.wait()
        return await super().answer(request)

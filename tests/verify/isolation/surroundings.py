"""A deployment, published or not, and sites that answer as somebody's careless site or proxy would."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.messages import Response
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import write_published_file
from bridgehead.lab.users import DOMAIN
from bridgehead.lab.web_server import WebServer
from bridgehead.lab.windows_authentication import ConnectionAuthentication
from bridgehead.proxy.control import ask
from bridgehead.verify.credentials import User
from bridgehead.verify.isolation.target import Target, target_of
from tests.end_to_end.careless_relay import CarelessRelay
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from bridgehead.lab.messages import Request
    from bridgehead.lab.web_server import Application
    from bridgehead.verify.isolation.report import IsolationReport
    from bridgehead.verify.isolation.rules import Verdict

LOOPBACK = "127.0.0.1"
PROTECTED = "/abs/handler"


@dataclass
class Surroundings:
    """The laboratory, with Bridgehead in front of it."""

    deployment: Deployment
    directory: Path
    control: Path
    proxy: ProxyProcess

    @property
    def users(self) -> tuple[User, User]:
        """Alice and Bob."""
        alice, bob = (User(user.account, user.password) for user in self.deployment.users[:2])
        return alice, bob

    @property
    def published(self) -> Target:
        """The address book, through Bridgehead."""
        names = self.deployment.publication
        return target_of(names.url(names.web, PROTECTED), connect_to=LOOPBACK, trust=self.deployment.outside_root)

    def cut(self) -> None:
        """End every connection to the servers inside."""
        for site in self.deployment.sites:
            for number in site.open_connections():
                self.deployment.reset(site, number)

    def forgive(self) -> None:
        """Have the shield forget every failure: to it, the wrong passwords of all tests come from one guesser."""
        assert ask(self.control, "shield-clear", whose=None)["ok"]

    def through_relay(self, stack: ExitStack, site: WebServer | None = None) -> Target:
        """A page of a plain site, through a relay that lends connections to everybody."""
        server = site or self.deployment.front_ends[0].plain
        assert server is not None
        relay = stack.enter_context(CarelessRelay((LOOPBACK, server.port)))
        return self.plain_target(relay.port)

    def plain_target(self, port: int) -> Target:
        """The address book, by the name that the deployment knows, at a plain port."""
        names = self.deployment.publication
        url = f"http://{names.authority(names.web, 'http')}{PROTECTED}"
        return target_of(url, connect_to=f"{LOOPBACK}:{port}")

    def ticket_site(self, stack: ExitStack) -> WebServer:
        """The first Front End Server's plain site, taking tickets beside passwords."""
        plain = self.deployment.front_ends[0].plain
        assert plain is not None
        return self.run(stack, TicketSite(plain.application, self.directory / "users"))

    def run(self, stack: ExitStack, application: Application) -> WebServer:
        """A plain web server with this site, on the deployment's loop."""
        server = WebServer("site", application)
        self.deployment.call(server.start)
        stack.callback(self.deployment.call, server.close)
        return server


def published(directory: Path, stack: ExitStack) -> Surroundings:
    """The laboratory behind Bridgehead; all of it ends with `stack`."""
    names = Publication(https_port=free_port(), http_port=free_port())
    deployment = stack.enter_context(Deployment(directory, names))
    control = directory / "control"
    before = os.environ.get("BRIDGEHEAD_CONTROL")
    os.environ["BRIDGEHEAD_CONTROL"] = str(control)
    try:
        proxy = stack.enter_context(ProxyProcess(write_published_file(deployment)))
    finally:
        os.environ.pop("BRIDGEHEAD_CONTROL") if before is None else os.environ.update(BRIDGEHEAD_CONTROL=before)
    return Surroundings(deployment, directory, control, proxy)


def with_ticket(user: User) -> User:
    """The same user, who also has a ticket."""
    return replace(user, token=base64.b64encode(user.name.encode()).decode())


def verdicts(report: IsolationReport) -> dict[int, Verdict]:
    """The verdict on each rule."""
    return {rule.number: rule.verdict for rule in report.rules}


class TicketAuthentication(ConnectionAuthentication):
    """Real NTLM and Negotiate, and a ticket: a Negotiate token with nothing in it but an account's name.

    The ticket stands for Kerberos, which logs in with one leg before any challenge and would need a domain.
    """

    def judge(self, request: Request) -> tuple[bool, list[tuple[str, str]]]:
        """Believe a ticket; judge every other token as the laboratory does."""
        scheme, _, text = request.fields.get("Authorization").partition(" ")
        ticket = base64.b64decode(text) if scheme == "Negotiate" else b""
        if ticket.startswith(DOMAIN.encode()):
            self.user = ticket.decode()
            return True, []
        return super().judge(request)


class TicketSite:
    """The site of another, which takes tickets as well."""

    def __init__(self, inner: Application, store: Path) -> None:
        self._inner = inner
        self._store = store

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody is logged in."""
        return TicketAuthentication(self._store)

    async def answer(self, request: Request) -> Response:
        """As the site answers."""
        return await self._inner.answer(request)


class Discreet:
    """The laboratory's own site, which tells nobody's name."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    def new_authentication(self) -> ConnectionAuthentication:
        """As the site has it."""
        return self._inner.new_authentication()

    async def answer(self, request: Request) -> Response:
        """Only the status is left."""
        answer = await self._inner.answer(request)
        fields = [(name, value) for name, value in answer.fields if name != "X-Lab-User"]
        return replace(answer, fields=fields, body=b"a page", length=None)


class Answering:
    """A site that answers everybody with the same status and fields."""

    def __init__(self, store: Path, status: int, *fields: tuple[str, str]) -> None:
        self._store = store
        self._status = status
        self._fields = fields

    def new_authentication(self) -> ConnectionAuthentication:
        """Nobody is ever logged in."""
        return ConnectionAuthentication(self._store)

    async def answer(self, request: Request) -> Response:  # noqa: ARG002 - whatever is asked
        """Always the same."""
        return Response(self._status, b"a page", fields=list(self._fields))

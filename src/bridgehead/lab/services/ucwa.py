"""UCWA: applications, and their event channel, one long request after the other (UCWA "EventChannelDetails")."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgehead.lab.messages import Request, Response
from bridgehead.lab.services.context import json_response
from bridgehead.lab.site import Directory

if TYPE_CHECKING:
    from bridgehead.lab.services.context import Context

APPLICATIONS = "/ucwa/oauth/v1/applications"
_TARGET = re.compile(r"/ucwa/(?:oauth/)?v1/applications(?:/(?P<number>[0-9]+)(?P<rest>/.*)?)?/?", re.IGNORECASE)
_USUAL_SECONDS = 180.0
_LONGEST_SECONDS = 1800.0


@dataclass
class UcwaApplication:
    """One client's session, and the poll that waits on its event channel."""

    number: int
    account: str
    poll: asyncio.Future[str] | None = None
    news: list[str] = field(default_factory=list)
    """Names of events that no poll has fetched yet."""


class UcwaApplications:
    """The applications of a pool, which all its servers know."""

    def __init__(self) -> None:
        self._numbers = itertools.count(101)
        self._open: dict[int, UcwaApplication] = {}

    def create(self, account: str) -> UcwaApplication:
        """A new application."""
        application = UcwaApplication(next(self._numbers), account)
        self._open[application.number] = application
        return application

    def find(self, number: int, account: str) -> UcwaApplication | None:
        """The account's application of this number."""
        application = self._open.get(number)
        return application if application is not None and application.account == account else None

    def end(self, application: UcwaApplication) -> None:
        """Sign out."""
        self._open.pop(application.number, None)
        _wake(application, "ended")


class Ucwa:
    """The UCWA service of one site."""

    def __init__(self, context: Context, applications: UcwaApplications) -> None:
        self._context = context
        self._applications = applications

    def directories(self) -> list[Directory]:
        """Where it answers."""
        return [Directory("/ucwa", self.handle)]

    async def handle(self, request: Request) -> Response:
        """Create, show and end an application; report activity; wait for events."""
        target = _TARGET.fullmatch(request.path)
        if target is None:
            return _error(404, "NotFound")
        account = self._account(request)
        if account is None:
            return self._context.needs_web_ticket()
        if target["number"] is None:
            return await self._create(request, account)
        application = self._applications.find(int(target["number"]), account)
        if application is None:
            return _error(404, "ApplicationNotFound")
        return await self._on_application(request, application, (target["rest"] or "").lower().rstrip("/"))

    def _account(self, request: Request) -> str | None:
        tickets = self._context.tickets
        return tickets.holder_of_bearer(request) or tickets.holder_of_web_ticket(request)

    async def _create(self, request: Request, account: str) -> Response:
        if request.method != "POST":
            return _error(405, "MethodNotAllowed")
        await request.body.discard()
        application = self._applications.create(account)
        own = f"{APPLICATIONS}/{application.number}"
        cookie = f"cwt_ucwa={secrets.token_urlsafe(24)}; path={own}/photos; secure; HttpOnly"
        return json_response(201, _description(application), fields=[("Set-Cookie", cookie), ("Location", own)])

    async def _on_application(self, request: Request, application: UcwaApplication, rest: str) -> Response:
        if rest == "/events" and request.method == "GET":
            return await self._events(request, application)
        if rest == "/reportmyactivity" and request.method == "POST":
            application.news.append("activity")
            _wake(application, "news")
            return Response(204)
        if rest == "" and request.method == "DELETE":
            self._applications.end(application)
            return Response(204)
        return json_response(200, _description(application)) if rest == "" else _error(404, "NotFound")

    async def _events(self, request: Request, application: UcwaApplication) -> Response:
        """Hold the request until something happens, its time is over, or another one replaces it."""
        acknowledged = int(request.query.get("ack", "1"))
        seconds = min(float(request.query.get("timeout", _USUAL_SECONDS)), _LONGEST_SECONDS)
        _wake(application, "replaced")
        if not application.news:
            application.poll = poll = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    outcome = await poll
            except TimeoutError:
                outcome = "timeout"
            if outcome == "replaced":
                return _error(409, "PGetReplaced")
        news, application.news = application.news, []
        own = f"{APPLICATIONS}/{application.number}/events?ack="
        links = {"self": {"href": f"{own}{acknowledged}"}, "next": {"href": f"{own}{acknowledged + 1}"}}
        sender = (
            [{"rel": "me", "events": [{"type": "updated", "link": {"rel": name}} for name in news]}] if news else []
        )
        return json_response(200, {"_links": links, "sender": sender})


def _wake(application: UcwaApplication, outcome: str) -> None:
    poll, application.poll = application.poll, None
    if poll is not None and not poll.done():
        poll.set_result(outcome)


def _description(application: UcwaApplication) -> dict[str, object]:
    own = f"{APPLICATIONS}/{application.number}"
    links = {
        "self": {"href": own},
        "events": {"href": f"{own}/events?ack=1"},
        "reportMyActivity": {"href": f"{own}/reportMyActivity"},
    }
    return {"id": str(application.number), "user": application.account, "_links": links, "rel": "application"}


def _error(status: int, subcode: str) -> Response:
    return json_response(status, {"code": str(status), "subcode": subcode})

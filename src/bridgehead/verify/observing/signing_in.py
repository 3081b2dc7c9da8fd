"""The whole sign-in of a Lync client, step by step, as one observation: tickets never leave this file.

Discovery, web ticket by a Windows login (MS-OCAUTHWS), the user's document (MS-OCDISCWS), a bearer token by the same
login, an UCWA application, and the long poll of its event channel (UCWA "CreateAnApplication", "EventChannelDetails").
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit
from xml.sax.saxutils import escape

from bridgehead.verify.discovery_document import JSON, read_discovery
from bridgehead.verify.isolation.connection import Connection, Ended
from bridgehead.verify.isolation.held_back import HeldBack, is_held_back, told_of
from bridgehead.verify.isolation.stage import Way
from bridgehead.verify.isolation.target import path_of
from bridgehead.verify.observing.failures import NETWORK_ERRORS, EndedEarly, failure_of
from bridgehead.verify.observing.logging_in import first_user, guarded, new_stage, verified_target
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Stopwatch
from bridgehead.verify.observing.question import Observation, Question

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.answers import Answer
    from bridgehead.verify.observing.ntlm import Scheme
    from bridgehead.verify.observing.ways import Connections

_ISSUE = '"http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"'
_LATE_SECONDS = 30.0
_MOST_POLLS = 5
"""Where events come: the first may come at once, and a poll that is never held shows nothing."""
_LOST: tuple[type[Exception], ...] = (*NETWORK_ERRORS, Ended, ModuleNotFoundError)
_ASSERTION = re.compile(rb"<(?:saml:)?Assertion\b.*</(?:saml:)?Assertion>", re.DOTALL)
_WINDOWS_PORT = re.compile(rb'WebTicketServiceWinNegotiate".*?location="([^"]+)"', re.DOTALL)


class Step(Observation):
    """One step of the sign-in."""

    name: str
    """`discovery`, `way`, `web-ticket`, `user-document`, `token`, `application`, `poll`."""
    tried: str = ""
    """Method and URL."""
    status: int = 0
    seen: str = ""
    """What matters of the answer, without secrets."""
    good: bool = False
    """Whether the next step had what it needs."""
    access_location: str = ""
    """What the user's document says of where its reader is."""
    held: bool = False
    """Whether a poll was held as long as it was asked to be."""


class SignInSeen(Observation):
    """Every step that came about; the last is the one that failed, where one did."""

    steps: tuple[Step, ...] = ()

    def step(self, name: str) -> Step | None:
        """The step of this name."""
        return next((step for step in self.steps if step.name == name), None)


@dataclass(frozen=True)
class SignIn(Question[SignInSeen]):
    """The first user signs in, beginning with discovery at this URL."""

    url: str
    poll_seconds: float
    """How long the event channel's poll is asked to wait."""


@observes(SignIn)
def sign_in(question: SignIn, connections: Connections) -> SignInSeen:
    """All steps, up to the first that fails."""
    watch = Stopwatch()
    try:
        walk = _Walk(connections, first_user(connections))
    except NETWORK_ERRORS as error:
        return SignInSeen(failure=failure_of(error), milliseconds=watch.read())
    walk.all(question)
    return SignInSeen(steps=tuple(walk.steps), milliseconds=watch.read())


class _Stop(Exception):  # noqa: N818 - the walk ends here
    """The step that is going on has failed."""


class _Walk:
    """One user's sign-in, and what it has brought so far."""

    def __init__(self, connections: Connections, user: User) -> None:
        self.connections = connections
        self.user = user
        self.steps: list[Step] = []

    def all(self, question: SignIn) -> None:
        """Every step."""
        try:
            links = self._discovery(question.url)
            user_url = (
                links["user"] + ("&" if "?" in links["user"] else "?") + urlencode({"sipuri": self._sip_address()})
            )
            ticket = self._web_ticket(self._way(user_url))
            self._user_document(user_url, ticket)
            bearer = self._token(links["oauth"])
            application = self._application(self._applications(links["oauth"], bearer), bearer)
            self._poll(application, bearer, question.poll_seconds)
        except _Stop:
            return

    def _discovery(self, url: str) -> dict[str, str]:
        answer = self._fetch("discovery", "GET", url, dict(JSON))
        document = read_discovery(answer.body.decode("utf-8", "replace"))
        links = {name: document.link(name) if document else "" for name in ("User", "OAuth")}
        good = answer.status == 200 and all(links.values())
        self._note("discovery", f"GET {url}", answer, "links to User and OAuth" if good else "no links", good=good)
        return {name.lower(): href for name, href in links.items()}

    def _way(self, url: str) -> str:
        answer = self._fetch("way", "GET", url, dict(JSON))
        service = next(iter(answer.all("X-MS-WebTicketURL")), "")
        good = answer.status == 401 and bool(service)
        self._note("way", f"GET {url}", answer, f"X-MS-WebTicketURL: {service or 'none'}", good=good)
        # The service's description names the port for Windows logins; without one, its own address takes them.
        described = self._fetch("way", "GET", f"{service}/mex", {})
        found = _WINDOWS_PORT.search(described.body) if described.status == 200 else None
        return found[1].decode("latin-1") if found else service

    def _web_ticket(self, url: str) -> str:
        fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": _ISSUE}
        body = _request_security_token(self._sip_address(), url).encode()
        answer = self._log_in("web-ticket", url, body, fields)
        assertion = _ASSERTION.search(answer.body)
        good = answer.status == 200 and assertion is not None
        told = "a SAML assertion" if good else f"no assertion: {_fault(answer)}"
        self._note("web-ticket", f"POST {url}", answer, told, good=good)
        assert assertion is not None
        return base64.b64encode(assertion[0]).decode()

    def _user_document(self, url: str, ticket: str) -> None:
        answer = self._fetch("user-document", "GET", url, {**dict(JSON), "X-MS-WebTicket": f"opaque={ticket}"})
        document = read_discovery(answer.body.decode("utf-8", "replace"))
        location = document.access_location if document else ""
        ucwa = bool(document and (document.link("External/Ucwa") or document.link("Ucwa")))
        good = answer.status == 200 and document is not None
        told = f"AccessLocation {location or 'missing'}, {'with' if ucwa else 'without'} a link to UCWA"
        self._note("user-document", f"GET {url}", answer, told if good else "no document", good=good)
        self.steps[-1] = self.steps[-1].model_copy(update={"access_location": location})

    def _token(self, url: str) -> dict[str, str]:
        answer = self._fetch("token", "GET", url, {"Accept": "application/json"})
        offers = " ".join(answer.all("WWW-Authenticate"))
        href = re.search(r'MsRtcOAuth href="([^"]+)"', offers)
        self._note("token", f"GET {url}", answer, "the way to a token", good=href is not None, only_failure=True)
        assert href is not None
        # The Windows grant never sends the password.
        body = urlencode({"grant_type": "urn:microsoft.rtc:windows"}).encode()
        fields = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._log_in("token", href[1], body, fields)
        token = _json(answer).get("access_token")
        good = answer.status == 200 and isinstance(token, str)
        self._note("token", f"POST {href[1]}", answer, "a bearer token" if good else "no token", good=good)
        return {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def _applications(self, url: str, bearer: dict[str, str]) -> str:
        answer = self._fetch("application", "GET", url, bearer)
        href = _link(answer, "applications")
        self._note("application", f"GET {url}", answer, "where applications are", good=bool(href), only_failure=True)
        return urljoin(url, href)

    def _application(self, url: str, bearer: dict[str, str]) -> str:
        wanted = {"UserAgent": "Bridgehead-verify", "EndpointId": str(uuid.uuid4()), "Culture": "en-US"}
        fields = {**bearer, "Content-Type": "application/json"}
        answer = self._fetch("application", "POST", url, fields, json.dumps(wanted).encode())
        events = _link(answer, "events")
        good = answer.status == 201 and bool(events)
        told = "created, with an event channel" if good else "not created"
        self._note("application", f"POST {url}", answer, told, good=good)
        return urljoin(url, events)

    def _poll(self, url: str, bearer: dict[str, str], seconds: float) -> None:
        for _ in range(_MOST_POLLS - 1):
            url = self._next_of_poll(url, bearer, seconds)
            if not url:
                return
            self.steps.pop()
        self._next_of_poll(url, bearer, seconds)

    def _next_of_poll(self, url: str, bearer: dict[str, str], seconds: float) -> str:
        """One poll; where the next events are, if something happened before its time was over."""
        asked = f"{url}{'&' if '?' in url else '?'}timeout={seconds:g}"
        watch = Stopwatch()
        try:
            answer = self._fetch("poll", "GET", asked, bearer, wait_seconds=seconds + _LATE_SECONDS)
        except _Stop:
            held = watch.read() / 1000
            self.steps[-1] = self.steps[-1].model_copy(
                update={"seen": f"ended after {held:.1f} s", "milliseconds": watch.read()}
            )
            raise
        held = watch.read() / 1000
        events = bool(_json(answer).get("sender"))
        good = answer.status == 200 and (held >= seconds or events)
        told = f"answered after {held:.1f} s of {seconds:g} s" + (", because something happened" if events else "")
        self._note("poll", f"GET {asked}", answer, told, good=good)
        self.steps[-1] = self.steps[-1].model_copy(update={"held": held >= seconds})
        following = _link(answer, "next")
        return urljoin(url, following) if following and held < seconds else ""

    def _sip_address(self) -> str:
        return self.user.sip_address.removeprefix("sip:") or self.user.name

    def _fetch(
        self,
        name: str,
        method: str,
        url: str,
        fields: dict[str, str],
        body: bytes | None = None,
        *,
        wait_seconds: float = 0,
    ) -> Answer:
        """One request on a connection of its own. What goes wrong ends the walk."""
        try:
            connection, path = self._open(url, wait_seconds)
            with self.connections.turn():
                try:
                    answer = connection.ask(method, path, fields=fields, body=body)
                finally:
                    connection.close()
        except _LOST as error:
            raise self._failed(name, f"{method} {url}", error) from None
        if is_held_back(answer):
            raise self._failed(name, f"{method} {url}", HeldBack(told_of("the client", answer)))
        return answer

    def _log_in(self, name: str, url: str, body: bytes, fields: dict[str, str]) -> Answer:
        """A POST with a Windows login, by the best scheme that is offered."""
        try:
            target = verified_target(url, self.connections)
            with guarded(self.connections, self.user) as standings, self.connections.turn():
                stage = new_stage(target, self.user, self.connections, standings)
                try:
                    way = Way(_best_scheme(stage.open("stranger").ask("POST", body=b"")), "before any challenge")
                    seen = stage.log_in(stage.open(self.user.short), self.user, way, body=body, fields=fields)
                finally:
                    stage.close_all()
                if seen.answer is None:
                    raise EndedEarly(f"The connection ended in the middle of the login: {stage.lines[-1].text}.")
                return seen.answer
        except _LOST as error:
            raise self._failed(name, f"POST {url}", error) from None

    def _open(self, url: str, wait_seconds: float) -> tuple[Connection, str]:
        target = verified_target(url, self.connections)
        patience = wait_seconds or self.connections.way.patience.answer_seconds
        return Connection(target, "client", lambda _line: None, timeout=patience), path_of(url, target)

    def _note(
        self, name: str, tried: str, answer: Answer, seen: str, *, good: bool, only_failure: bool = False
    ) -> None:
        step = Step(
            name=name, tried=_without_query(tried), status=answer.status, seen=f"{answer.status}, {seen}", good=good
        )
        if not (good and only_failure):
            self.steps.append(step)
        if not good:
            raise _Stop

    def _failed(self, name: str, tried: str, error: BaseException) -> _Stop:
        known = EndedEarly(f"{error}.") if isinstance(error, Ended) else error
        failure = failure_of(known) if isinstance(known, Exception) else None
        self.steps.append(Step(name=name, tried=_without_query(tried), failure=failure, seen=str(failure or known)))
        return _Stop()


def _best_scheme(answer: Answer) -> Scheme:
    return "Negotiate" if any(scheme.lower() == "negotiate" for scheme in answer.schemes) else "NTLM"


def _without_query(tried: str) -> str:
    return tried.partition("?")[0]


def _json(answer: Answer) -> dict[str, object]:
    try:
        content = json.loads(answer.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _link(answer: Answer, name: str) -> str:
    links = _json(answer).get("_links")
    link = links.get(name) if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    return href if isinstance(href, str) else ""


def _fault(answer: Answer) -> str:
    found = re.search(r"<faultstring[^>]*>([^<]{0,200})", answer.body.decode("utf-8", "replace"))
    return found[1] if found else f"{len(answer.body)} bytes"


def _request_security_token(sip_address: str, service: str) -> str:
    """RST/Issue with the user's SIP address as a claim (MS-OCAUTHWS)."""
    applies_to = urlsplit(service)._replace(query="").geturl()
    trust = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<t:RequestSecurityToken xmlns:t="{trust}">'
        "<t:TokenType>http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1</t:TokenType>"
        f"<t:RequestType>{trust}/Issue</t:RequestType>"
        '<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">'
        '<wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing">'
        f"<wsa:Address>{escape(applies_to)}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>"
        '<t:Claims Dialect="urn:component:Microsoft.Rtc.WebAuthentication.2010:authclaims">'
        '<auth:ClaimType xmlns:auth="http://schemas.xmlsoap.org/ws/2006/12/authorization" '
        'Uri="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/uri">'
        f"<auth:Value>sip:{escape(sip_address)}</auth:Value></auth:ClaimType></t:Claims>"
        "</t:RequestSecurityToken></s:Body></s:Envelope>"
    )

"""Every service that the documents list for external users, asked without logging in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridgehead.verify.checks.answers import by_server, head_of, host_of, leads_to, likely_cause
from bridgehead.verify.checks.clients import DESKTOP, GUESTS, MOBILE, PHONES, STORE, WEB_APP
from bridgehead.verify.observing.questions import Answer, Fetch
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS, Role
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

Expected = Literal["challenge", "page", "description", "ticket", "reached"]

_EXPECTS: dict[Expected, str] = {
    "challenge": "401 with a WWW-Authenticate line for NTLM or Negotiate.",
    "page": "200 and a page.",
    "description": "200 and the description of the service, in XML.",
    "ticket": "401 that asks for a web ticket or a token, or an answer of the service.",
    "reached": "An answer of the web server itself, whatever it says to somebody without a ticket.",
}


@dataclass(frozen=True)
class Service:
    """A service of the external web site."""

    code: str
    what: str
    path: str
    expected: Expected
    clients: tuple[str, ...]
    why: str
    roles: frozenset[Role] = LYNC_POOLS
    optional: str = ""
    """Why a server may be without it; empty where each has it."""


_FRONT_END: frozenset[Role] = frozenset({"front-end"})

SERVICES = (
    Service(
        "service.web-ticket",
        "Web tickets",
        "/WebTicket/WebTicketService.svc/mex",
        "description",
        (DESKTOP, STORE, MOBILE),
        "No external web service lets anybody in without a ticket.",
    ),
    Service(
        "service.address-book",
        "Address book",
        "/abs/handler",
        "challenge",
        (DESKTOP,),
        "Users outside neither search nor download the address book.",
    ),
    Service(
        "service.group-expansion",
        "Distribution groups",
        "/GroupExpansion/service.svc",
        "challenge",
        (DESKTOP,),
        "Users outside do not see the members of distribution groups.",
    ),
    Service(
        "service.certificates",
        "Client certificates",
        "/CertProv/CertProvisioningService.svc/mex",
        "description",
        (DESKTOP, STORE, PHONES),
        "Clients ask for the password again and again.",
    ),
    Service(
        "service.auth-broker",
        "Authentication broker",
        "/Reach/sip.svc/mex",
        "reached",
        (WEB_APP,),
        "Lync Web App does not join meetings.",
    ),
    Service(
        "service.meet",
        "Meeting pages on the pool's name",
        "/meet",
        "page",
        (GUESTS, DESKTOP),
        "Nobody opens an invitation that has the pool's own name.",
    ),
    Service(
        "service.dialin",
        "Dial-in page on the pool's name",
        "/dialin",
        "page",
        ("callers and PIN holders",),
        "Nobody sees access numbers or sets a PIN at the pool's own name.",
    ),
    Service(
        "service.location",
        "Location information",
        "/LocationInformation/LIService.svc/mex",
        "reached",
        (DESKTOP, STORE),
        "Clients outside do not learn their location.",
        optional="Get-CsService shows it for the inside alone.",
    ),
    Service(
        "service.mobility-2010",
        "Mobility of Lync 2010 (Mcx)",
        "/Mcx/McxService.svc",
        "ticket",
        ("Lync Mobile 2010",),
        "Lync Mobile 2010 does not sign in.",
        optional="Skype for Business Server 2019 removed it.",
    ),
    Service(
        "service.xframe",
        "UCWA's frame for scripts",
        "/Autodiscover/XFrame/XFrame.html",
        "page",
        ("web applications on UCWA",),
        "Scripts from other origins do not reach UCWA.",
    ),
    Service(
        "service.mobility",
        "Mobility (UCWA)",
        "/ucwa/v1/applications",
        "ticket",
        (MOBILE, WEB_APP),
        "Lync Mobile 2013 does not sign in.",
        roles=_FRONT_END,
    ),
    Service(
        "service.web-app",
        "Lync Web App",
        "/lwa/WebPages/LwaClient.aspx",
        "reached",
        (WEB_APP, GUESTS),
        "Guests without a client do not join meetings.",
        roles=_FRONT_END,
    ),
    Service(
        "service.scheduler",
        "Web scheduler",
        "/Scheduler",
        "reached",
        ("browsers",),
        "Nobody schedules meetings in a browser.",
        roles=_FRONT_END,
        optional="It is a component of its own in older versions.",
    ),
    Service(
        "service.meeting-content",
        "Meeting content",
        "/CollabContent",
        "reached",
        (DESKTOP, WEB_APP, GUESTS),
        "Files that are shared in meetings do not open.",
        roles=_FRONT_END,
    ),
    Service(
        "service.whiteboards",
        "Whiteboards, slides and polls",
        "/DataCollabWeb",
        "reached",
        (DESKTOP, WEB_APP, GUESTS),
        "Presentations in meetings stay empty.",
        roles=_FRONT_END,
    ),
    Service(
        "service.device-update",
        "Device update",
        "/RequestHandlerExt/ucdevice.upx",
        "reached",
        (PHONES,),
        "Telephones outside get no updates.",
        roles=_FRONT_END,
    ),
    Service(
        "service.response-groups",
        "Response group agents",
        "/RgsClients/AgentService.svc",
        "reached",
        ("response group agents",),
        "Agents outside do not sign in to their groups.",
        roles=_FRONT_END,
        optional="Response groups are not used everywhere.",
    ),
    Service(
        "service.persistent-chat",
        "Persistent chat rooms",
        "/PersistentChat",
        "reached",
        (DESKTOP,),
        "Members outside do not manage rooms.",
        roles=_FRONT_END,
        optional="The role is not installed everywhere, and is gone since 2019.",
    ),
)


def published_on(service: Service) -> Callable[[Target], bool | str]:
    """Whether a target has this service."""

    def applies(target: Target) -> bool | str:
        if target.https_port is None or not target.has(*service.roles):
            return False
        return target.publishes(service.path) or f"The file does not publish {service.path} of this name."

    return applies


def judge_service(service: Service, target: Target, look: Look) -> Verdict:
    """One service on one target."""
    url = target.url(service.path)
    answer = look(Fetch(url))
    tried = f"GET {url}"
    if _as_expected(service.expected, answer, url):
        return passed(_told(answer), tried=tried)
    if service.optional and answer.status == 404 and by_server(answer):
        return skipped(f"The server itself has it not (404): {service.optional}")
    cause, mend = likely_cause(answer, url)
    if service.expected == "challenge" and answer.status == 401:
        cause = (
            "The 401 offers neither NTLM nor Negotiate: the proxy removes the challenge, or asks for a login itself."
        )
        mend = "Pass every WWW-Authenticate line on as it comes, and publish with pass-through authentication."
    return failed(answer.summary(), cause, mend, tried=tried, evidence=head_of(answer))


def _as_expected(expected: Expected, answer: Answer, url: str) -> bool:
    if not answer.status or answer.failure is not None or leads_away(answer, url):
        return False
    match expected:
        case "challenge":
            return answer.status == 401 and challenges(answer)
        case "page":
            return answer.status == 200 and "html" in answer.get("Content-Type").lower()
        case "description":
            return answer.status == 200 and "<" in answer.body[:200]
        case "ticket":
            return answer.status == 200 or (answer.status == 401 and by_server(answer))
        case "reached":
            return answer.status < 500 and (answer.status not in {403, 404, 421} or _forbidden_by_server(answer))


def challenges(answer: Answer) -> bool:
    """Whether the answer asks for a Windows login."""
    lines = " ".join(answer.all("WWW-Authenticate")).lower()
    return "ntlm" in lines or "negotiate" in lines


def leads_away(answer: Answer, url: str) -> bool:
    """Whether this is a redirection to another host."""
    elsewhere = leads_to(answer, url)
    return bool(elsewhere) and host_of(elsewhere) != host_of(url)


def _forbidden_by_server(answer: Answer) -> bool:
    # IIS forbids the listing of a directory with 403; a proxy that refuses says so without IIS's fields.
    return answer.status == 403 and by_server(answer)


def _told(answer: Answer) -> str:
    lines = answer.all("WWW-Authenticate")
    schemes = ", ".join(line.partition(" ")[0] for line in lines)
    return f"{answer.summary()}; asks for {schemes}" if schemes else answer.summary()


def _register(service: Service) -> None:
    @check(
        service.code,
        title=f"{service.what}: reached",
        tries=f"GET {service.path}, without logging in.",
        expects=_EXPECTS[service.expected],
        why=f'{service.why} ("Certificate requirements for external user access in Lync Server 2013").',
        clients=service.clients,
        applies=published_on(service),
        after=("tls.handshake", "bridge.host", "bridge.discovery"),
    )
    def judge(target: Target, look: Look) -> Verdict:
        return judge_service(service, target, look)


for _service in SERVICES:
    _register(_service)

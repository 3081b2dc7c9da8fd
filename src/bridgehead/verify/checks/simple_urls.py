"""Simple URLs, and Office Web Apps beside them: what guests of a meeting open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgehead.verify.checks.answers import by_server, head_of, host_of, leads_to, likely_cause
from bridgehead.verify.checks.clients import BROWSERS, DESKTOP, GUESTS, WEB_APP
from bridgehead.verify.observing.questions import Answer, Fetch
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Role, Target

_MOST_REDIRECTIONS = 5
DISCOVERY = "/hosting/discovery"


def judge_page(role: Role, target: Target, look: Look) -> Verdict:
    """The page of each simple URL of this role on the target; redirections on the same host are followed."""
    seen = []
    strange: Verdict | None = None
    for directory in target.directories_of(role):
        url = first = target.url(f"{directory}/")
        for _ in range(_MOST_REDIRECTIONS):
            answer = look(Fetch(url))
            elsewhere = leads_to(answer, url)
            if not elsewhere or host_of(elsewhere) != target.host:
                break
            url = elsewhere
        else:
            return failed(
                f"more than {_MOST_REDIRECTIONS} redirections on the same name",
                "Proxy and server redirect to one another: often one wants https and the other hears http.",
                "Bridge TLS to TLS (443 to 4443): the server then sees that the client uses https.",
                tried=f"GET {first}",
                evidence=head_of(answer),
            )
        if answer.status != 200 or answer.failure is not None:
            cause, mend = likely_cause(answer, url)
            return failed(answer.summary(), cause, mend, tried=f"GET {url}", evidence=head_of(answer))
        if not by_server(answer):
            strange = strange or _somebody_elses(answer, url)
        seen.append(f"{first}: {answer.summary()}{_titled(answer)}")
    return strange or passed("; ".join(seen))


def _somebody_elses(answer: Answer, url: str) -> Verdict:
    """Any site has pages with 200."""
    cause, mend = likely_cause(answer, url)
    return warning(
        f"{answer.summary()}{_titled(answer)}, without a mark of IIS or Lync Server",
        f"{cause} Or the proxy removes Server, X-Powered-By and X-MS-Server-Fqdn: then open it in a browser.",
        mend,
        tried=f"GET {url}",
        evidence=head_of(answer),
    )


def _titled(answer: Answer) -> str:
    return f", {answer.title()!r}" if answer.title() else ""


@check(
    "service.meeting-page",
    title="The meeting page opens",
    tries="GET each meeting simple URL on this name.",
    expects="200: Lync's page for joining, or its troubleshooting page.",
    why='Invitations lead here ("Scenarios for reverse proxy in Lync Server 2013").',
    clients=(GUESTS, DESKTOP, WEB_APP),
    applies=lambda target: target.https_port is not None and target.has("meet"),
    after=("tls.handshake", "bridge.host"),
)
def meeting_page(target: Target, look: Look) -> Verdict:
    """`meet`."""
    return judge_page("meet", target, look)


@check(
    "service.dial-in-page",
    title="The dial-in page opens",
    tries="GET each dial-in simple URL on this name.",
    expects="200: the page with access numbers.",
    why='Who joins by telephone looks up numbers here ("Scenarios for reverse proxy in Lync Server 2013").',
    clients=(BROWSERS,),
    applies=lambda target: target.https_port is not None and target.has("dialin"),
    after=("tls.handshake", "bridge.host"),
)
def dial_in_page(target: Target, look: Look) -> Verdict:
    """`dialin`."""
    return judge_page("dialin", target, look)


@check(
    "service.office-web-apps",
    title="Office Web Apps says what it shows",
    tries=f"GET {DISCOVERY}.",
    expects="200 and the WOPI discovery document, with https URLs on the published name.",
    why="Presentations in meetings are shown by it, from its own server on 443 "
    '("Scenarios for reverse proxy in Lync Server 2013").',
    clients=(GUESTS, DESKTOP, WEB_APP),
    applies=lambda target: target.https_port is not None and target.has("office-web-apps"),
    after=("tls.handshake",),
)
def office_web_apps(target: Target, look: Look) -> Verdict:
    """The discovery document ([MS-WOPI])."""
    url = target.url(DISCOVERY)
    answer = look(Fetch(url))
    tried = f"GET {url}"
    urls = _wopi_urls(answer.body) if answer.status == 200 else None
    if urls is None:
        cause, mend = likely_cause(answer, url)
        if answer.status == 404:
            cause = "The rule leads to the Lync servers, or to 4443: Office Web Apps has its own servers, on port 443."
            mend = "Publish this name to the Office Web Apps farm, 443 to 443."
        return failed(answer.summary(), cause, mend, tried=tried, evidence=head_of(answer))
    strange = sorted({host_of(one) for one in urls} - {target.host})
    plain = [one for one in urls if not one.lower().startswith("https://")]
    if strange or plain:
        return warning(
            f"{len(urls)} actions, some on {', '.join(strange) or plain[0]}",
            "The farm names its internal URL, or http: clients outside cannot use these links.",
            f"Set-OfficeWebAppsFarm -ExternalUrl https://{target.host}; with SSLOffloaded off.",
            tried=tried,
        )
    return passed(f"{answer.summary()}: {len(urls)} actions on {target.host}", tried=tried)


def _wopi_urls(body: str) -> list[str] | None:
    """URLs of the actions for clients outside, of every zone where there is none for outside; None for no document."""
    text = body.strip()
    # Entities are the one thing in XML that can hurt, and discovery declares none.
    if not text.startswith("<") or re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        return None
    try:
        document = ET.fromstring(text)  # noqa: S314 - see above
    except ET.ParseError:
        return _cut_short(text)
    if document.tag != "wopi-discovery":
        return None
    zones = list(document.iter("net-zone"))
    outside = [zone for zone in zones if zone.get("name", "").startswith("external")] or zones
    return [action.get("urlsrc", "") for zone in outside for action in zone.iter("action")] or None


def _cut_short(text: str) -> list[str] | None:
    """The same of a document that is longer than what is kept of an answer."""
    if "<wopi-discovery" not in text[:500]:
        return None
    return re.findall(r'urlsrc="([^"]+)"', text) or None

"""What answers have in common: who gave them, and what a wrong one usually means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from bridgehead.verify.isolation.held_back import WHAT_IT_IS, WHAT_TO_DO

if TYPE_CHECKING:
    from bridgehead.verify.observing.questions import Answer

REDIRECTIONS = {301, 302, 303, 307, 308}

_INVALID_HOST = re.compile(r"invalid host ?name|hostname is invalid|bad request - invalid", re.IGNORECASE)
_SERVER_MARKS = ("X-MS-Server-Fqdn", "X-AspNet-Version", "X-Powered-By", "X-Ms-diagnostics", "X-MS-WebTicketURL")


def head_of(answer: Answer) -> tuple[str, ...]:
    """The head of an answer, to copy."""
    return (f"HTTP/1.1 {answer.status} {answer.reason}".rstrip(), *answer.lines) if answer.status else ()


def by_server(answer: Answer) -> bool:
    """Whether the web server itself gave this answer, as far as its fields tell: proxies do not write these."""
    marked = any(answer.get(name) for name in _SERVER_MARKS)
    return marked or "microsoft-iis" in answer.get("Server").lower()


def refuses_host(answer: Answer) -> bool:
    """Whether Windows' HTTP driver refused the Host field."""
    return answer.status == 400 and bool(_INVALID_HOST.search(answer.body))


def leads_to(answer: Answer, url: str) -> str:
    """The absolute URL that a redirection leads to, or nothing."""
    location = answer.get("Location")
    if answer.status not in REDIRECTIONS or not location:
        return ""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """The host of a URL, in lower case; nothing for what is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def likely_cause(answer: Answer, url: str) -> tuple[str, str]:
    """Why a service does not answer as it should, and what to do, by what came instead."""
    if not answer.status:
        return _without_answer(answer)
    elsewhere = leads_to(answer, url)
    if elsewhere and host_of(elsewhere) != host_of(url):
        return (
            f"Something in front of the site sends clients to {host_of(elsewhere)}: pre-authentication, or a portal.",
            "Exempt this name from it; publish it with pass-through authentication and no redirection.",
        )
    return _CAUSES.get(answer.status) or (
        "Something else answers than the external web site of Lync Server.",
        "Check where the rule for this name leads, and that all of /* is published.",
    )


def _without_answer(answer: Answer) -> tuple[str, str]:
    kind = answer.failure.kind if answer.failure else "closed"
    if kind == "timed-out":
        return (
            "The proxy takes the request and waits, for a server that does not answer or that it cannot reach.",
            "Check from the proxy that it reaches the servers on their port (4443), and its log.",
        )
    if kind == "garbage":
        return (
            "What came is not HTTP: the proxy passes on another protocol, or a broken server's bytes.",
            "Check that the rule leads to the web site with TLS (4443), and bridges TLS to TLS.",
        )
    return (
        "The connection ended without a whole answer: the proxy could not speak with the server, or was restarted.",
        "Look into the proxy's log; often it does not trust the servers' certificate: install the internal root CA.",
    )


_CAUSES: dict[int, tuple[str, str]] = {
    200: (
        "Another site answers: a default page, a portal, or the wrong server.",
        "Check where the rule for this name and path leads.",
    ),
    400: (
        "The server refuses the request: often because the proxy changed Host, or speaks HTTP to a port with TLS.",
        "Pass Host on unchanged, and bridge TLS to TLS (443 to 4443).",
    ),
    401: (
        "Somebody asks for a login where nobody should: the proxy pre-authenticates.",
        "Publish with pass-through authentication: Lync's clients cannot log in to a proxy.",
    ),
    403: (
        "The proxy refuses this name or path, or the server refuses the proxy.",
        "Publish all of /* of this name; look whose page it is in the evidence.",
    ),
    404: (
        "No rule or no directory has this path: it is not published, Host is changed, or another site was reached.",
        "Publish all of /*, keep Host, and check that the rule leads to the external web site (4443).",
    ),
    407: ("A forward proxy asks for a login.", "Verify from a place without a forward proxy on the way."),
    421: (
        "The proxy does not serve this name on this connection.",
        "Add the name to the rule, and to the certificate that the listener uses for it.",
    ),
    429: (WHAT_IT_IS, WHAT_TO_DO),
    500: ("The server failed.", "Look into the event log of the Front End Server; ask it directly on 4443."),
    502: (
        "The proxy did not reach the server, does not trust its certificate, or uses the wrong port.",
        "Check from the proxy that it reaches the server on 4443, and that it trusts the internal root CA.",
    ),
    503: (
        "The proxy has no server that works, or the server's application pool is stopped.",
        "Check the proxy's view of its servers, and IIS on them.",
    ),
    504: (
        "The server did not answer the proxy in time, or cannot be reached from it.",
        "Check routing and firewall between the proxy and port 4443 of the servers.",
    ),
}

"""Requests without TLS: discovery is bridged from 80 to 8080, everything else is led to https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.answers import head_of, host_of, leads_to, likely_cause, refuses_host
from bridgehead.verify.checks.bridge import root_of
from bridgehead.verify.checks.clients import BROWSERS, MOBILE, STORE
from bridgehead.verify.discovery_document import JSON, DiscoveryDocument, read_discovery
from bridgehead.verify.observing.questions import Answer, Connect, Fetch
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target


@check(
    "bridge.discovery-http",
    title="Discovery without TLS answers 200 with a link",
    tries="GET http://lyncdiscover/?sipuri=… on port 80.",
    expects="200 with a Redirect link to https; never a redirection into another domain.",
    why="Over HTTP the answer is a 200 with a link ([MS-OCDISCWS]); a 302 into another domain ends discovery "
    '("Root URL", UCWA).',
    clients=(MOBILE, STORE),
    applies=lambda target: target.has("discovery") and target.http_port is not None,
)
def discovery_over_http(target: Target, look: Look) -> Verdict:
    """80 to 8080."""
    port = target.http_port or 80
    reached = look(Connect(target.host, port, tls=False))
    if reached.failure is not None:
        return skipped(f"Port {port}: {reached.failure}")
    domain = target.host.partition(".")[2]
    url = target.url(f"/?sipuri=nobody@{domain}", "http")
    answer = look(Fetch(url, fields=JSON))
    elsewhere = leads_to(answer, url)
    if elsewhere:
        return _redirected(target, answer, elsewhere, url)
    document = read_discovery(answer.body)
    if answer.status == 200 and document is not None:
        return _with_link(document, answer, url)
    if target.over_http == "refused" and answer.status == 403:
        return passed("403: the file refuses requests without TLS", tried=f"GET {url}")
    if refuses_host(answer):
        if target.https_port is not None and refuses_host(look(root_of(target))):
            return skipped("Host is refused here as it is with TLS, which bridge.host reports.")
        return failed(
            answer.summary(),
            "The server got a Host that it does not know.",
            "Let the proxy pass on the original Host on port 80 as well.",
            tried=f"GET {url}",
            evidence=head_of(answer),
        )
    cause, mend = likely_cause(answer, url)
    if target.over_http == "unknown":
        return warning(answer.summary(), cause, f"{mend} Or close port 80.", tried=f"GET {url}")
    return failed(answer.summary(), cause, mend, tried=f"GET {url}", evidence=head_of(answer))


def _redirected(target: Target, answer: Answer, elsewhere: str, url: str) -> Verdict:
    tried, seen = f"GET {url}", f"{answer.summary()} to {elsewhere}"
    if host_of(elsewhere) != host_of(url):
        return failed(
            seen,
            "A rule redirects port 80 of every name, also that of lyncdiscover, into another domain.",
            "Move the rule for lyncdiscover before it: 80 is bridged to 8080, and not redirected.",
            tried=tried,
            evidence=head_of(answer),
        )
    if target.over_http == "redirected":
        return passed(f"{seen}, as the file has it", tried=tried)
    return warning(
        seen,
        "Port 80 is redirected to https on the same name. The protocol asks for 200 with a link; clients that do not "
        "follow redirections go on with 443.",
        "Bridge port 80 of lyncdiscover to 8080, or leave it closed.",
        tried=tried,
    )


def _with_link(document: DiscoveryDocument, answer: Answer, url: str) -> Verdict:
    tried, link = f"GET {url}", document.link("Redirect")
    if not link.lower().startswith("https://"):
        return failed(
            f"{answer.summary()}, Redirect link: {link or 'none'}",
            "The server thinks that the request came with TLS, or another site answers: 80 is not bridged to 8080.",
            "Bridge 80 to 8080, without TLS on both sides.",
            tried=tried,
            evidence=head_of(answer),
        )
    if host_of(link) != host_of(url):
        return warning(
            f"Redirect link to {host_of(link)}",
            "The server makes this link from the Host that it sees, which was another one; or it sends clients on.",
            "If this is not the name of another published pool, pass on Host unchanged.",
            tried=tried,
        )
    return passed(f"200 with a Redirect link to {link}", tried=tried)


@check(
    "bridge.redirect",
    title="Requests without TLS are led to https on the same name",
    tries="GET http://name/a?b on port 80.",
    expects="A redirection to the same URL with https.",
    why='People type names without https ("Port summary - Reverse proxy in Lync Server 2013").',
    clients=(BROWSERS,),
    applies=lambda target: target.http_port is not None and not target.has("discovery", "relay"),
)
def redirect(target: Target, look: Look) -> Verdict:
    """80 of everything but discovery."""
    port = target.http_port or 80
    reached = look(Connect(target.host, port, tls=False))
    if reached.failure is not None:
        return skipped(f"Port {port}: {reached.failure}")
    path = f"{target.directories[0][1] if target.directories else ''}/verify?from=80"
    url = target.url(path, "http")
    answer = look(Fetch(url))
    elsewhere, wanted = leads_to(answer, url), target.url(path)
    seen, tried = f"{answer.summary()} to {elsewhere}" if elsewhere else answer.summary(), f"GET {url}"
    if elsewhere == wanted:
        return passed(seen, tried=tried)
    if elsewhere and host_of(elsewhere) == target.host:
        cause = "The redirection loses the path, or leads to another port."
        if elsewhere == url or not elsewhere.startswith("https:"):
            cause = "The redirection leads back to http, in a circle."
            return failed(seen, cause, "Redirect to https.", tried=tried, expected=wanted, evidence=head_of(answer))
        mend = "Redirect to the same path with https."
        return warning(seen, cause, mend, tried=tried, expected=wanted, evidence=head_of(answer))
    if elsewhere:
        cause, mend = likely_cause(answer, url)
        return failed(seen, cause, mend, tried=tried, expected=wanted, evidence=head_of(answer))
    return _not_redirected(target, answer, tried, wanted)


def _not_redirected(target: Target, answer: Answer, tried: str, wanted: str) -> Verdict:
    if target.over_http == "refused" or (
        answer.status in {403, 404, 421} and target.over_http in {"unknown", "closed"}
    ):
        return passed(f"{answer.summary()}: refused without TLS", tried=tried)
    if target.over_http == "served":
        return passed(f"{answer.summary()}: served without TLS, as the file has it", tried=tried)
    told = failed if target.over_http == "redirected" else warning
    return told(
        answer.summary(),
        "The name is served without TLS: what people send there can be read by others.",
        "Redirect port 80 to https on the same name, except for lyncdiscover.",
        tried=tried,
        expected=wanted,
        evidence=head_of(answer),
    )

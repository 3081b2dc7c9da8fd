"""The bridge: requests reach the external web site of Lync Server, with Host unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.answers import (
    head_of,
    host_of,
    leads_to,
    likely_cause,
    refuses_host,
)
from bridgehead.verify.checks.clients import DISCOVERERS, EVERYBODY
from bridgehead.verify.discovery_document import JSON, ROOT, DiscoveryDocument, read_discovery
from bridgehead.verify.observing.questions import Fetch
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target


_INSIDE_ENDINGS = (".local", ".internal", ".lan", ".corp", ".intra")
"""Domains that exist in no DNS outside."""


def discovers(target: Target) -> bool:
    """Whether discovery answers on this name, with TLS."""
    return (
        target.https_port is not None and target.has("discovery", *LYNC_POOLS) and target.publishes(root_path(target))
    )


def root_path(target: Target) -> str:
    """Where discovery begins: at the root of lyncdiscover, in its directory on a pool's name."""
    return "/" if target.has("discovery") else ROOT


def root_of(target: Target) -> Fetch:
    """The request that clients begin with."""
    return Fetch(target.url(root_path(target)), fields=JSON)


@check(
    "bridge.host",
    title="Host reaches the server unchanged",
    tries="GET what the server finds by the Host field alone: / of lyncdiscover, of meet and of dialin; a pool's "
    "discovery. From outside Host is not seen itself, but what answers to it is.",
    expects="The page or document of this very name; no 'Invalid Hostname'.",
    why="External web services expect an unmodified Host header, by which they find the directory "
    '("Scenarios for reverse proxy in Lync Server 2013").',
    clients=EVERYBODY,
    applies=lambda target: target.https_port is not None and target.has("discovery", "meet", "dialin", *LYNC_POOLS),
    after=("tls.handshake",),
)
def host(target: Target, look: Look) -> Verdict:
    """Only what speaks of Host fails here; what else is wrong has checks of its own."""
    url = _by_host_alone(target)
    answer = look(Fetch(url, fields=JSON) if target.has("discovery", *LYNC_POOLS) else Fetch(url))
    mend = (
        "Let the proxy pass on the original Host, with no :4443 added: preserveHostHeader in ARR, 'Forward the "
        "original host header' in TMG, proxy_set_header Host $http_host in nginx."
    )
    if refuses_host(answer):
        return failed(
            answer.summary(),
            "The server got a Host that it does not know.",
            mend,
            tried=f"GET {url}",
            evidence=head_of(answer),
        )
    if answer.status == 404 and _answers_elsewhere(target, look):
        return failed(
            f"{answer.summary()} for /, while {ROOT} answers",
            "The server does not see the name that was asked for: Host was replaced on the way.",
            mend,
            tried=f"GET {url}",
            evidence=head_of(answer),
        )
    if not answer.status or answer.status >= 500:
        return skipped(f"No server answered that could show it: {answer.summary()}")
    return passed(f"{answer.summary()} for Host {target.authority()}", tried=f"GET {url}")


def _by_host_alone(target: Target) -> str:
    if target.has("discovery", *LYNC_POOLS):
        return target.url(root_path(target))
    directories = target.directories_of("meet") or target.directories_of("dialin")
    return target.url(f"{directories[0]}/")


def _answers_elsewhere(target: Target, look: Look) -> bool:
    """Whether the directory answers that every Lync web site has, whatever Host is."""
    if target.directories or target.has(*LYNC_POOLS):
        return False
    # Nor does it on the host of a simple URL, where only its page answers: a site that has discovery is another one.
    return read_discovery(look(Fetch(target.url(ROOT), fields=JSON)).body) is not None


@check(
    "bridge.discovery",
    title="Discovery answers",
    tries="GET the discovery root as mobile clients do, without logging in.",
    expects="200 with a discovery document.",
    why="Every client begins here; a redirection into another domain, 404 or no answer ends discovery "
    '("Root URL", UCWA).',
    clients=DISCOVERERS,
    applies=discovers,
    after=("tls.handshake", "bridge.host"),
)
def discovery(target: Target, look: Look) -> Verdict:
    """200 and a document."""
    question = root_of(target)
    answer = look(question)
    if answer.status == 200 and read_discovery(answer.body) is not None and answer.failure is None:
        return passed(answer.summary(), tried=f"GET {question.url}")
    cause, mend = likely_cause(answer, question.url)
    elsewhere = leads_to(answer, question.url)
    seen = f"{answer.summary()} to {elsewhere}" if elsewhere else answer.summary()
    return failed(seen, cause, mend, tried=f"GET {question.url}", evidence=head_of(answer))


@check(
    "bridge.access-location",
    title="The external web site answers",
    tries="Read AccessLocation in the discovery document.",
    expects='"External".',
    why="The same servers have an internal web site on 443 that hands out internal names; the external one is on 4443.",
    clients=DISCOVERERS,
    applies=discovers,
    after=("bridge.discovery",),
)
def access_location(target: Target, look: Look) -> Verdict:
    """The litmus test for port 4443."""
    document = _document(target, look)
    if document.access_location == "External":
        return passed('"External"')
    if document.access_location == "Internal":
        return failed(
            '"Internal"',
            "The proxy connects to port 443 of the servers, where their internal web site is, instead of 4443.",
            "Bridge 443 to 4443 (and 80 to 8080), unless Topology Builder has other ports for the external web site.",
        )
    return unseen("The document does not say it.")


@check(
    "bridge.links",
    title="Links are on external names",
    tries="Read the links of the discovery document.",
    expects="https URLs on published names.",
    why="Clients go on with these links; an internal name ends there.",
    clients=DISCOVERERS,
    applies=discovers,
    after=("bridge.access-location",),
)
def links(target: Target, look: Look) -> Verdict:
    """Internal/* links are meant for inside, and are none of ours."""
    outside = [
        (token, href) for token, href in _document(target, look).links if not token.lower().startswith("internal/")
    ]
    if not outside:
        return failed(
            "no links",
            "The document is empty: the server does not know its external names.",
            "Set the external web services FQDN in Topology Builder, publish, and run Enable-CsComputer.",
        )
    told = ", ".join(f"{token}: {href}" for token, href in outside)
    plain = [token for token, href in outside if not href.lower().startswith("https://")]
    strange = {host_of(href) for _, href in outside} - set(target.scope.names)
    inside = sorted(name for name in strange if _is_inside(name, target))
    if inside or plain:
        return failed(
            told,
            f"{', '.join(inside or plain)} is not for clients outside.",
            "Set the external web services FQDN in Topology Builder to a name that differs from the internal one, "
            "publish, and run Enable-CsComputer.",
        )
    if strange:
        return warning(
            told,
            f"{', '.join(sorted(strange))} is not among the names that are verified.",
            "Publish it as well, if it is the external name of a pool; else correct it in Topology Builder. Without a "
            "file, add it with --host.",
        )
    return passed(f"{len(outside)} links on {', '.join(sorted({host_of(href) for _, href in outside}))}")


@check(
    "bridge.site",
    title="The site answers",
    tries="GET the first path that is published of this name, without logging in.",
    expects="Any answer of the site itself: a page, a redirection, a login.",
    why="Exchange and other sites are published beside Lync by the same proxy; what they answer is their own business.",
    clients=("everybody who uses the site",),
    applies=lambda target: target.https_port is not None and target.has("exchange", "site", "unknown"),
    after=("tls.handshake",),
)
def site(target: Target, look: Look) -> Verdict:
    """Everything below 500."""
    url = target.url(target.paths[0].removesuffix("*"))
    answer = look(Fetch(url))
    if answer.status and answer.status < 500 and answer.status != 421:
        return passed(answer.summary(), tried=f"GET {url}")
    cause, mend = likely_cause(answer, url)
    return failed(answer.summary(), cause, mend.replace(" (4443)", ""), tried=f"GET {url}", evidence=head_of(answer))


@check(
    "bridge.closed",
    title="Directories of the inside are refused",
    tries="GET /Cscp and /OcsPowerShell, and what else the file closes.",
    expects="403 or 404.",
    why="Control Panel and remote PowerShell are for the inside; the external web site does not even have them.",
    clients=("nobody: who tries them is a stranger",),
    applies=lambda target: target.https_port is not None and target.has(*LYNC_POOLS) and bool(target.closed),
    after=("bridge.host", "bridge.discovery"),
)
def closed(target: Target, look: Look) -> Verdict:
    """Each closed directory."""
    seen = {directory: look(Fetch(target.url(directory))) for directory in target.closed}
    told = ", ".join(f"{directory}: {answer.summary()}" for directory, answer in seen.items())
    opened = {one: answer for one, answer in seen.items() if answer.status in {200, 401} or 300 <= answer.status < 400}
    if opened:
        directory, answer = next(iter(opened.items()))
        return failed(
            told,
            f"{directory} is published: the proxy reaches the internal web site, or publishes it on purpose.",
            "Refuse it at the proxy, and bridge to the external web site (4443).",
            evidence=head_of(answer),
        )
    if any(not answer.status or answer.status >= 500 for answer in seen.values()):
        return unseen(told)
    return passed(told)


def _is_inside(name: str, target: Target) -> bool:
    """Whether a name is one of the servers' own, or stands in a domain where they are and nothing is published."""
    internal, published = target.scope.internal_names, {one.partition(".")[2] for one in target.scope.names}
    domain = name.partition(".")[2]
    own = {one.partition(".")[2] for one in internal} - published
    return name in internal or domain in own or name.endswith(_INSIDE_ENDINGS)


def _document(target: Target, look: Look) -> DiscoveryDocument:
    return read_discovery(look(root_of(target)).body) or DiscoveryDocument()

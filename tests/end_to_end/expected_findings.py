"""What verification must find for each fault of `bridgehead.lab.faults`, and what cannot help failing beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgehead.lab.faults.catalogue import services

if TYPE_CHECKING:
    from collections.abc import Mapping

Hosts = frozenset[str]

POOLS = frozenset({"webext", "webdirext"})
SIMPLE = frozenset({"dialin", "lync", "meet"})
DISCOVERY = frozenset({"lyncdiscover"})
OFFICE = frozenset({"officewebapps01"})
MAIL = frozenset({"mail"})
LYNC = POOLS | SIMPLE | DISCOVERY
EVERY = LYNC | OFFICE | MAIL
FRONT_END = frozenset({"webext"})
DISCOVERING = POOLS | DISCOVERY


@dataclass(frozen=True)
class Expected:
    """The findings for one fault, by code and host."""

    fails: Mapping[str, Hosts] = field(default_factory=dict)
    warns: Mapping[str, Hosts] = field(default_factory=dict)
    names: str = ""
    """What the cause or the mend of each of them says."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Codes that may fail or be unseen besides, and why that is no mistake."""


def fails(code: str, hosts: Hosts, names: str, **also: str) -> Expected:
    """One check fails."""
    return Expected({code: hosts}, names=names, also=_codes(also))


def warns(code: str, hosts: Hosts, names: str, **also: str) -> Expected:
    """One check warns."""
    return Expected({}, {code: hosts}, names, _codes(also))


def _codes(also: Mapping[str, str]) -> dict[str, str]:
    return {code.replace("__", ".").replace("_", "-"): reason for code, reason in also.items()}


_DNS = {
    "name-missing-outside": fails("dns.outside", frozenset({"meet"}), "no record"),
    "name-leads-elsewhere": fails("dns.outside", FRONT_END, "lead elsewhere"),
    "name-unknown-here": fails("dns.resolves", frozenset({"dialin"}), "no record"),
    "discovery-alias-elsewhere": fails("dns.alias", DISCOVERY, "another domain"),
    "internal-discovery-outside": fails("dns.internal-hidden", DISCOVERY, "Delete lyncdiscoverinternal"),
    "internal-zone-outside": warns("dns.internal-hidden", DISCOVERY, "internal zone is visible"),
    "split-brain-loop": fails("dns.loop", MAIL, "resolves to the proxy"),
}
_NEITHER_KEY = "The kind of key is told apart at TLS 1.2, which is not offered."
_CERTIFICATES = {
    "certificate-lacks-a-name": fails("tls.name", frozenset({"meet"}), "without this name"),
    "certificate-expired": fails("tls.dates", EVERY, "not renewed"),
    "certificate-not-yet-valid": fails("tls.dates", EVERY, "too early"),
    "chain-incomplete": fails("tls.chain", EVERY, "intermediate certificate of the authority is not installed"),
    "chain-out-of-order": fails("tls.chain-order", EVERY, "another order"),
    "chain-too-long": warns("tls.chain-order", EVERY, "nobody needs"),
    "certificate-self-signed": fails("tls.trust", EVERY, "signed by itself"),
    "certificate-private": fails("tls.trust", EVERY, "private one"),
    "certificate-for-clients": fails("tls.usage", EVERY, "template for clients"),
    "certificate-without-sni": Expected(
        {"tls.without-sni": POOLS}, {"tls.without-sni": EVERY - POOLS}, "Without SNI another certificate"
    ),
    "certificate-on-one-address": fails("tls.every-address", EVERY, "Several proxies"),
    "certificate-ecdsa-alone": warns("tls.key-kinds", EVERY, "ECDSA certificate alone"),
    "certificate-differs-inside": fails("extended.same-certificate", MAIL, "Extended Protection"),
    "tls-1.0-alone": fails("tls.versions", EVERY, "old versions alone", tls__key_kinds=_NEITHER_KEY),
    "tls-1.3-alone": fails("tls.versions", EVERY, "1.3 alone", tls__key_kinds=_NEITHER_KEY),
    "tls-1.0-allowed": warns("tls.versions", EVERY, "RFC 8996"),
    "http2-offered": fails("tls.alpn", EVERY - OFFICE, "HTTP/2 is on"),
}
_BRIDGE = {
    "bridged-to-443": fails(
        "bridge.access-location",
        DISCOVERING,
        "port 443 of the servers, where their internal web site is",
        bridge__closed="The internal web site, which is reached, does have /Cscp and /OcsPowerShell.",
    ),
    "host-rewritten": fails("bridge.host", LYNC, "a Host that it does not know"),
    "host-with-port": fails("bridge.host", LYNC, "no :4443 added"),
    "host-of-the-pool": fails(
        "bridge.host",
        LYNC - POOLS - {"lync"},
        "Host was replaced",
        service__meeting_page="The pool's site has /Meet as well, so that Host shows in the longer directory alone.",
    ),
    "discovery-redirected": fails("bridge.discovery", DISCOVERY, "sends clients to lync.fabrikam.example"),
    "discovery-redirected-without-tls": fails("bridge.discovery-http", DISCOVERY, "into another domain"),
    "discovery-refused-without-tls": fails("bridge.discovery-http", DISCOVERY, "not published"),
    "discovery-over-tls-alone": fails("bridge.discovery-http", DISCOVERY, "80 is not bridged to 8080"),
    "port-80-closed": fails("tcp.http", EVERY, "Nothing listens on this port"),
    "redirected-to-another-host": fails("bridge.redirect", EVERY - DISCOVERY, "portal.fabrikam.example"),
    "control-panel-open": fails("bridge.closed", POOLS, "/Cscp is published"),
    "powershell-open": fails("bridge.closed", POOLS, "/OcsPowerShell is published"),
    "links-internal": fails("bridge.links", FRONT_END | DISCOVERY, "Set the external web services FQDN"),
    "links-without-tls": fails("bridge.links", FRONT_END | DISCOVERY, "not for clients outside"),
    "pre-authentication": Expected(
        {
            "bridge.discovery": DISCOVERING,
            "service.dial-in-page": frozenset({"dialin", "lync"}),
            "service.meeting-page": frozenset({"meet", "lync"}),
            "service.office-web-apps": OFFICE,
            "login.challenge": MAIL,
        },
        names="pre-authentication",
    ),
    "another-site": Expected(
        {"bridge.discovery": DISCOVERING, "service.office-web-apps": OFFICE},
        # Pages for people are like any other site's, but for the marks of their server.
        {"service.dial-in-page": frozenset({"dialin", "lync"}), "service.meeting-page": frozenset({"meet", "lync"})},
        names="Another site answers",
        also={"login.challenge": "Of Exchange nothing else is asked: that no login is asked for is what is seen."},
    ),
}
_LOGINS_THERE = "Logins are tried at the address book."
_CHALLENGES_THERE = "What is expected of them without a login is the challenge."
_SIGN_IN_NEEDS_IT = "The sign-in begins with a web ticket, by a Windows login."
_SERVICES = {
    **{
        f"{what}-unpublished": fails(
            f"service.{what}",
            FRONT_END if what in {"mobility", "web-app", "scheduler", "meeting-content"} else POOLS,
            "not published",
        )
        for what in services.UNPUBLISHED
        if what not in {"address-book", "whiteboards", "device-update", "response-groups"}
    },
    **{
        f"{what}-unpublished": fails(f"service.{what}", FRONT_END, "not published")
        for what in ("whiteboards", "device-update", "response-groups")
    },
    "address-book-unpublished": fails("service.address-book", POOLS, "not published", login__challenge=_LOGINS_THERE),
    "meeting-page-unpublished": fails("service.meeting-page", frozenset({"meet"}), "not published"),
    "dial-in-page-unpublished": fails("service.dial-in-page", frozenset({"dialin"}), "not published"),
    "office-to-front-ends": fails("service.office-web-apps", OFFICE, "leads to the Lync servers"),
    "office-without-discovery": fails("service.office-web-apps", OFFICE, "Office Web Apps"),
    "office-links-without-tls": warns("service.office-web-apps", OFFICE, "SSLOffloaded off"),
}
_BEHAVIOUR = {
    "upload-refused": fails("behaviour.large-upload", FRONT_END, "limits the size of a body"),
    "upload-cut": fails("behaviour.large-upload", FRONT_END, "The upload ended after"),
    "chunks-refused": fails("behaviour.chunked-upload", FRONT_END, "bodies of unknown length"),
    "expect-refused": fails("behaviour.expect-continue", FRONT_END, "does not know the expectation"),
    "expect-ignored": warns("behaviour.expect-continue", FRONT_END, "Nobody answered the expectation"),
    "smuggling-forwarded": fails("behaviour.smuggling", POOLS | MAIL, "guesses what is meant"),
    "errors-show-the-inside": fails("behaviour.leaks", POOLS | OFFICE | {"lync"}, "error pages for administrators"),
}
EXPECTED: dict[str, Expected] = {**_DNS, **_CERTIFICATES, **_BRIDGE, **_SERVICES, **_BEHAVIOUR}
"""Without anybody logging in, on every name."""

_NOBODY = "Where nobody can log in, whether people stay apart cannot be seen."
_NO_TICKET = {"signin.web-ticket": _SIGN_IN_NEEDS_IT}
_NO_CHALLENGE = {
    "service.address-book": _CHALLENGES_THERE,
    "service.group-expansion": _CHALLENGES_THERE,
    **_NO_TICKET,
}
_BOTH = {"login.ntlm": FRONT_END, "login.negotiate": FRONT_END}
EXPECTED_OF_LOGINS: dict[str, Expected] = {
    "challenges-joined": fails("login.challenge", FRONT_END, "joins lines"),
    "challenge-removed": Expected({"login.challenge": FRONT_END}, names="removes the challenge", also=_NO_CHALLENGE),
    "challenge-basic": Expected({"login.challenge": FRONT_END}, names="pre-authentication", also=_NO_CHALLENGE),
    "logins-pooled": Expected(
        {"login.identities": FRONT_END},
        names="lends a server's connection to others",
        also={
            "login.ntlm": "The next request may get somebody else's connection: the same fault, seen by its owner.",
            "login.negotiate": "The same.",
            "signin.web-ticket": "The same.",
            "signin.ucwa-application": "The same.",
        },
    ),
    "logins-scattered": Expected(
        _BOTH, names="over different connections", also={"login.identities": _NOBODY, **_NO_TICKET}
    ),
    "logins-cut": Expected(
        _BOTH,
        names="keep connections open after a 401",
        also={"login.identities": "Closing after the challenge breaks one of its rules.", **_NO_TICKET},
    ),
    "credentials-removed": Expected(
        _BOTH, names="removes the credential", also={"login.identities": _NOBODY, **_NO_TICKET}
    ),
    "ticket-removed": fails("signin.user-document", FRONT_END, "removes X-MS-WebTicket"),
    "poll-cut": fails("signin.event-channel", FRONT_END, "gives up on an answer that takes its time"),
}
"""With somebody who logs in at the pool's name."""

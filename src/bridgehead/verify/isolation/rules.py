"""The rules of Windows authentication on a proxy, and what of each can be seen from outside.

A rule holds when all its parts were seen to hold; it is broken by one piece of evidence; else it was not seen, for the
reason that its part names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["held", "broken", "unseen"]


@dataclass(frozen=True)
class Rule:
    """One rule."""

    number: int
    title: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """What is to be seen to hold, each with what it takes to see it."""
    inside: str = ""
    """Why nothing outside shows it, for a rule without parts."""


NO_LOGIN = "no login succeeded"
"""Said of parts that any login shows."""

_TWO = "it takes two users"
_CUT = "it takes --cut, a command that ends the server's connections"
_TICKET = (
    "a login in one leg, as a Kerberos ticket makes it, was not tried (it takes a `token` in the credentials file); a "
    "proxy that looks at the challenge alone passes everything else and fails there"
)

RULES: tuple[Rule, ...] = (
    Rule(
        1,
        "Two things bind: the server's challenge, and the request's credential before any challenge",
        {"challenge": NO_LOGIN, "credential": _TICKET},
    ),
    Rule(
        2,
        "A server connection that carried a login is never lent to anybody else",
        {"in use": NO_LOGIN, "left": NO_LOGIN},
    ),
    Rule(
        3,
        "The key is the client's connection itself: not its address, not its port",
        {"address": NO_LOGIN, "port": "the same port was not to be had twice", "turns": _TWO},
    ),
    Rule(4, "Each service has a login of its own", inside="it takes two services, and a look at their connections"),
    Rule(5, "A login stays with its server", {"stays": NO_LOGIN}),
    Rule(6, "New logins and connections never push out old ones", {"many": NO_LOGIN}),
    Rule(
        7,
        "The connection that gave the challenge gets the legs that answer it, and no other does",
        {"legs": NO_LOGIN, "crossed": NO_LOGIN},
    ),
    Rule(
        8,
        "Challenges pass unchanged, a line for each scheme",
        {"lines": "only one scheme is offered", "tokens": NO_LOGIN},
    ),
    Rule(
        9,
        "Type 1 on an empty POST, the body with type 3: both pass",
        {"post": "it takes --post-url, a page where a POST of a few bytes does no harm"},
    ),
    Rule(
        10,
        "A leg is never sent twice: a server that dies between the legs ends the client's connection",
        {"cut between legs": _CUT},
    ),
    Rule(11, "A server that ends an idle login ends the client's connection", {"cut while idle": _CUT}),
    Rule(
        12,
        "A login on a connection that closes after it is lent to nobody either",
        {"closing": NO_LOGIN},
    ),
    Rule(13, "A server's 407 becomes a 502", inside="a server would have to answer 407"),
    Rule(
        14,
        "Persistent-Auth passes, Proxy-Support is not invented",
        {"Persistent-Auth": "the site sends no Persistent-Auth", "Proxy-Support": NO_LOGIN},
    ),
    Rule(
        15,
        "Negotiate and Kerberos are treated exactly as NTLM",
        {"negotiate": "no login by Negotiate succeeded", "one leg": _TICKET},
    ),
    Rule(16, "Servers are spoken to in HTTP/1.1", inside="what the proxy speaks to its servers stays behind it"),
    Rule(
        17,
        "Clients are not offered HTTP/2 or HTTP/3 for such a site",
        {"offer": "the site is not reached over TLS"},
    ),
    Rule(
        18,
        "No client can reach the site over another name's HTTP/2 connection",
        {"other names": "the site is not reached over TLS"},
    ),
    Rule(19, "Pipelined requests of a login are answered one after the other", {"pipelined": NO_LOGIN}),
    Rule(20, "An upgraded connection keeps its login to the end", inside="the site would have to accept an upgrade"),
    Rule(
        21,
        "A proxy in front that joins several clients on one connection cannot log in",
        inside="it depends on which addresses the proxy believes",
    ),
    Rule(22, "A second user on a bound connection is logged", inside="it takes a look at the proxy's log"),
    Rule(
        23,
        "Extended Protection: a login bound to the certificate that clients see is accepted",
        {"binding": "the site is not reached over TLS, or no login succeeded"},
    ),
    Rule(
        24,
        "Logins outlive a reload of the proxy: in use, idle and between the legs",
        {"reload": "it takes --reload, the command that reloads the proxy"},
    ),
    Rule(25, "Bindings, legs and refused logins are counted", inside="it takes a look at the proxy's metrics"),
)


@dataclass(frozen=True)
class Finding:
    """What a scenario says about a part of a rule."""

    rule: int
    part: str
    verdict: Verdict
    sentence: str = ""
    """What was seen; for `unseen`, why not."""
    connections: tuple[str, ...] = ()
    """Whose transcript proves it; empty for the whole scenario's."""
    until: int | None = None
    """The number of transcript lines at that moment; None for all."""

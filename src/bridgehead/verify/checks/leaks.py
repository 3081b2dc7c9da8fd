"""Errors tell clients what to do, and strangers nothing about the inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.planning.addresses import is_internal
from bridgehead.verify.checks.clients import decrypted
from bridgehead.verify.observing.questions import Answer, Fetch, Say
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_TRACE = re.compile(
    r"Traceback \(most recent call|Stack Trace:|\[\w+Exception"
    r"|\bat System\.|\bat [\w.]+\.[\w<>]+\([^)]*\) in [A-Za-z]:\\"
)
_INSIDE_NAME = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:local|internal|lan|corp|intra)\b", re.IGNORECASE)
_VERSIONS = ("X-AspNet-Version", "X-AspNetMvc-Version", "X-Powered-By")
_BY_DESIGN = "X-MS-Server-Fqdn"


@check(
    "behaviour.leaks",
    title="Errors show nothing of the inside",
    tries="GET a page that does not exist, and send a request that is malformed.",
    expects="Error pages without names of servers, private addresses and stack traces.",
    why="Strangers learn where to go on from there.",
    clients=("nobody: who reads them is a stranger",),
    applies=decrypted,
    after=("tls.handshake",),
)
def leaks(target: Target, look: Look) -> Verdict:
    """The pages and fields of two errors."""
    missing = look(Fetch(target.url("/bridgehead-verify/no-such-page")))
    request = f"GET /no such page HTTP/1.1\r\nHost: {target.authority()}\r\nConnection: close\r\n\r\n".encode()
    malformed = look(Say(target.host, target.https_port or 443, request)).first
    answers = [answer for answer in (missing, malformed) if answer.status >= 400]
    if not answers:
        return unseen("No error page came.")
    found = list(dict.fromkeys(one for answer in answers for one in leaked(answer, target.scope.internal_names)))
    told = " and ".join(answer.summary() for answer in answers)
    if found:
        return failed(
            f"{told}; shown: {', '.join(found)}",
            "The proxy or the server writes its own error pages for administrators.",
            "Turn on short error pages: customErrors and httpErrors on IIS, error_page or server_tokens off elsewhere.",
            evidence=tuple(line for answer in answers for line in answer.lines),
        )
    versions = list(
        dict.fromkeys(f"{name}: {answer.get(name)}" for answer in answers for name in _VERSIONS if answer.get(name))
    )
    own = any(answer.get(_BY_DESIGN) for answer in answers)
    note = f" ({_BY_DESIGN} names the server; Lync sends it by design)" if own else ""
    if versions:
        return passed(f"{told}; the server names its software, {', '.join(versions)}{note}")
    return passed(f"{told}{note}")


def leaked(answer: Answer, internal_names: tuple[str, ...]) -> Iterator[str]:
    """What an answer shows of the inside: in its body, and in fields other than those that Lync sends by design."""
    fields = "\n".join(line for line in answer.lines if not line.lower().startswith(f"{_BY_DESIGN.lower()}:"))
    text = f"{answer.body}\n{fields}"
    lowered = text.lower()
    yield from (f"the name {name}" for name in internal_names if name.lower() in lowered)
    yield from (f"the name {name}" for name in _INSIDE_NAME.findall(text) if name.lower() not in internal_names)
    yield from (f"the address {address}" for address in _ADDRESS.findall(text) if _is_private(address))
    if _TRACE.search(text):
        yield "a stack trace"


def _is_private(address: str) -> bool:
    try:
        return is_internal(address) and not address.startswith(("127.", "0."))
    except ValueError:
        return False

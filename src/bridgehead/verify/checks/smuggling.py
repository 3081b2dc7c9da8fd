"""Requests that two parsers could read in two ways: whoever passes them on lets one client speak for another.

Each shape ends at the same byte in both readings, and says `Connection: close`: nothing of it is ever left on a
connection that others might use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bridgehead.verify.checks.answers import by_server
from bridgehead.verify.discovery_document import ROOT
from bridgehead.verify.observing.questions import Conversation, Say
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS
from bridgehead.verify.verdicts import Verdict, failed, passed, unseen, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

_MOST_SILENT = 3


class Shape(NamedTuple):
    """One ambiguous request."""

    what: str
    fields: bytes
    """Between Host and the empty line, each with its line end."""
    body: bytes = b"0\r\n\r\n"
    """Five bytes by length, and the last chunk by chunks."""
    version: bytes = b"HTTP/1.1"
    must: bool = True
    """Whether RFC 9112 demands that it is refused; else it is only the careful way."""
    target: bytes = b""
    host: bytes = b""


SHAPES = (
    Shape("Content-Length and Transfer-Encoding", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", must=False),
    Shape("two different Content-Length", b"Content-Length: 5\r\nContent-Length: 6\r\n", body=b"0\r\n\r\n\n"),
    Shape("Content-Length with a sign", b"Content-Length: +5\r\n"),
    Shape("Content-Length as a list", b"Content-Length: 5, 6\r\n", body=b"0\r\n\r\n\n"),
    Shape("an unknown transfer coding", b"Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n"),
    Shape("chunked, and then not", b"Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n"),
    Shape("a space before the colon", b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n"),
    Shape("a folded line", b"Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n", must=False),
    Shape("Transfer-Encoding in HTTP/1.0", b"Transfer-Encoding: chunked\r\n", version=b"HTTP/1.0", must=False),
    Shape("a zero byte in a value", b"Content-Length: 5\r\nX-Verify: a\x00b\r\n"),
    # Who replaces it by a space may pass it on (RFC 9112 section 2.2).
    Shape("a lone carriage return in a value", b"Content-Length: 5\r\nX-Verify: a\rb\r\n", must=False),
    Shape("two Host fields", b"Host: verify.invalid\r\nContent-Length: 5\r\n"),
    Shape("a chunk's size that is no number", b"Transfer-Encoding: chunked\r\n", body=b"0x0\r\n\r\n"),
    Shape("a target that is for another Host", b"Content-Length: 5\r\n", target=b"https://verify.invalid/", must=False),
)


def payload_of(shape: Shape, target: Target) -> bytes:
    """The request as bytes."""
    asked = shape.target or ROOT.encode()
    host = target.authority().encode("ascii", "replace")
    start = b"POST %b %b\r\nHost: %b\r\nConnection: close\r\n" % (asked, shape.version, host)
    return start + shape.fields + b"\r\n" + shape.body


@check(
    "behaviour.smuggling",
    title="Ambiguous requests are refused",
    tries=f"{len(SHAPES)} requests that can be read in two ways, each on a connection of its own.",
    expects="400, or a closed connection, for each (RFC 9112 sections 6.3 and 11.2).",
    why="Where proxy and server disagree where a request ends, one client's bytes become another's request.",
    clients=("every client: it protects them from one another",),
    applies=lambda target: target.https_port is not None and target.has("exchange", *LYNC_POOLS),
    after=("tls.handshake", "bridge.host"),
)
def smuggling(target: Target, look: Look) -> Verdict:
    """Each shape."""
    port = target.https_port or 443
    seen: dict[Shape, Conversation] = {}
    for shape in SHAPES:
        seen[shape] = look(Say(target.host, port, payload_of(shape, target)))
        # Who waits for more bytes, as is allowed, would be waited for with every shape.
        if sum(_silent(one) for one in seen.values()) >= _MOST_SILENT:
            break
    return judge_shapes(seen)


def judge_shapes(seen: dict[Shape, Conversation]) -> Verdict:
    """What became of each shape."""
    evidence = tuple(f"{shape.what}: {_outcome(one)}" for shape, one in seen.items())
    accepted = [shape for shape, one in seen.items() if _taken(one)]
    told = f"{len(seen) - len(accepted)} of {len(seen)} refused"
    names = ", ".join(shape.what for shape in accepted)
    mend = "Turn on the proxy's strict parsing; put nothing that shares connections to servers behind it until then."
    if any(shape.must for shape in accepted):
        return failed(
            f"{told}; taken: {names}", "The proxy guesses what is meant, and passes it on.", mend, evidence=evidence
        )
    if accepted:
        return warning(
            f"{told}; taken: {names}",
            "The proxy reads it in one of the two ways, which is allowed if what it passes on has one meaning alone; "
            "that cannot be seen from here.",
            mend,
            evidence=evidence,
        )
    silent = [shape.what for shape, one in seen.items() if _silent(one)]
    if silent:
        return unseen(f"no answer in time: {', '.join(silent)}", evidence=evidence)
    return passed(told, evidence=evidence)


def _taken(one: Conversation) -> bool:
    """Whether a request was passed on: then the server answers, with 405 or 404 as well.

    An error without the server's fields is the proxy's own, whatever its status: 404 where two Host fields lead to no
    rule, 426 for HTTP/1.0, 502 where it gave up in the middle.
    """
    if by_server(one.first):
        return one.first.status != 400
    return any(status < 400 for status in one.statuses)


def _silent(one: Conversation) -> bool:
    return not one.statuses and not one.closed


def _outcome(one: Conversation) -> str:
    if one.statuses:
        return ", ".join(map(str, one.statuses))
    return "closed" if one.closed else "no answer"

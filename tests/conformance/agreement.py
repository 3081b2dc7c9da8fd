"""Whether everybody reads alike what the proxy sends on.

As a program it makes and judges as many requests as it is told, each from a number of its own:
`python -m tests.conformance.agreement 1000000`.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bridgehead.proxy.body import ByLength, Chunked, Framing, MalformedBody
from bridgehead.proxy.fields import CHUNKED, host_of_authority
from bridgehead.proxy.head import RequestHead, RequestHeadCutter
from bridgehead.proxy.refusals import Refusal
from tests.conformance.readers import READERS, Read

if TYPE_CHECKING:
    from collections.abc import Callable

NEXT = b"GET /next HTTP/1.1\r\nHost: next.test\r\n\r\n"
_NEXT = Read(b"GET", b"/next", (b"next.test",), b"")
_OWN = b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"


class Disagreement(AssertionError):  # noqa: N818 - it says what was found
    """Two readers see different requests in what the proxy sends."""


@dataclass(frozen=True)
class Sent:
    """What goes to the server for the first request of some bytes."""

    head: RequestHead
    data: bytes
    whole: bool


def sent_for(data: bytes) -> Sent | Refusal | None:
    """What the proxy sends on of the first request in `data`; why it refuses it; None while it waits for more."""
    cut = RequestHeadCutter(head_bytes=65536, most_fields=200, target_bytes=16384).cut(data)
    if cut is None or isinstance(cut, Refusal):
        return cut
    head, end = cut
    block = head.fields.block[:-2]
    if head.fields.upgrade and not head.old:
        block += b"Connection: Upgrade\r\nUpgrade: " + head.fields.upgrade + b"\r\n"
    length = head.fields.length
    framing: Framing = Chunked() if length == CHUNKED else ByLength(length)
    body = 0
    while not framing.done and end + body < len(data):
        try:
            # A byte at a time, as a slow client sends: everything before the fault would be on its way.
            body += framing.feed(data[end + body : end + body + 1])
        except MalformedBody:
            break
    return Sent(head, head.line + block + _OWN + data[end : end + body], framing.done)


def judge(data: bytes) -> str:
    """What becomes of the first request in `data`. Raises Disagreement where two readers differ on what is sent."""
    sent = sent_for(data)
    if sent is None:
        return "waits"
    if isinstance(sent, Refusal):
        return "refused"
    return examine(sent)


def examine(sent: Sent) -> str:
    """How many read what is sent, and all alike. Raises Disagreement."""
    if not sent.whole:
        for name, reader in READERS.items():
            if reader(sent.data):
                raise Disagreement(f"{name} reads a whole request in {sent.data!r}, which is none yet")
        return "broken off"
    readings = {name: reader(sent.data + NEXT) for name, reader in READERS.items()}
    accepting = {name: found for name, found in readings.items() if found}
    for name, found in accepting.items():
        _compare(name, found, sent)
    if len({found[0] for found in accepting.values()}) > 1:
        raise Disagreement(f"{accepting} in {sent.data!r}")
    if "h11" not in accepting and not _is_beyond_h11(sent):
        raise Disagreement(f"h11 refuses {sent.data!r}")
    return f"forwarded, and read by {len(accepting)}"


def _compare(name: str, found: list[Read], sent: Sent) -> None:
    head = sent.head
    first = found[0]
    if (first.method, first.target) != (head.method, head.target):
        raise Disagreement(f"{name} reads {first} in {sent.data!r}")
    if [host_of_authority(host) for host in first.hosts] != [head.fields.host]:
        raise Disagreement(f"{name} reads Host {first.hosts} in {sent.data!r}")
    if head.fields.length >= 0 and len(first.body) != head.fields.length:
        raise Disagreement(f"{name} reads a body of {len(first.body)} in {sent.data!r}")
    # After HTTP/1.0, some read no further; in HTTP/1.1 all must find the next request where it begins.
    if found[1:] != [_NEXT] and not (head.old and found[1:] == []):
        raise Disagreement(f"{name} reads {found[1:]} behind {sent.data!r}")


def _is_beyond_h11(sent: Sent) -> bool:
    """What the RFC allows, or old clients send, and h11 does not read."""
    head = sent.head
    if not head.target.isascii() or head.method == b"CONNECT":
        return True
    # RFC 9112 7.1.1 allows white space around the semicolon and the equals sign of a chunk's extension.
    return head.fields.length == CHUNKED and (b";" in sent.data)


def run(count: int, make: Callable[[Random], bytes], first: int = 0) -> Counter[str]:
    """Make and judge so many requests, numbered from `first`; how many came to what."""
    return Counter(judge(make(Random(number))) for number in range(first, first + count))


def main() -> None:
    """Judge as many as the first argument says, from the number that the second says."""
    from tests.conformance.messages import make_request  # noqa: PLC0415 - the catalogue is not needed to judge

    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    total: Counter[str] = Counter()
    for start in range(first, first + count, 10_000):
        total += run(min(10_000, first + count - start), make_request, start)
        sys.stdout.write(f"\r{start + 10_000 - first:>12,}")
        sys.stdout.flush()
    for outcome, number in total.most_common():
        sys.stdout.write(f"\n{number:>12,}  {outcome}")
    sys.stdout.write("\nno disagreement\n")


if __name__ == "__main__":
    main()

"""Sends large and oddly framed bodies, and notices an answer that comes before their end."""

from __future__ import annotations

import hashlib
import select
import ssl
from typing import TYPE_CHECKING

from bridgehead.verify.observing.failures import NETWORK_ERRORS, failure_of
from bridgehead.verify.observing.http import HttpConnection, open_http, target_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Deadline, Stopwatch
from bridgehead.verify.observing.questions import Answer, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.observing.ways import Connections

# Not a power of two, so that a piece lost or repeated in somebody's buffer shifts everything after it.
_PATTERN = b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(1021))


def pieces(size: int) -> Iterator[bytes]:
    """The bytes of a body of this size, always the same."""
    whole, rest = divmod(size, len(_PATTERN))
    for _ in range(whole):
        yield _PATTERN
    if rest:
        yield _PATTERN[:rest]


@observes(Upload)
def upload(question: Upload, connections: Connections) -> Answer:
    """One upload; the answer says how much of it was taken."""
    watch = Stopwatch()
    interim: list[int] = []
    sent = 0
    try:
        with open_http(question.url, connections) as connection:
            connection.send_head(question.method, target_of(question.url), _fields(question))
            if question.expect_continue:
                interim += connection.interim(connection.patience.interim_seconds)
            if not connection.answered(interim):
                sent = _send(connection, question, Deadline(connections.way.patience.upload_seconds), interim)
            answer = connection.receive(question.method)
            told = {"sent_bytes": sent, "interim": (*interim, *answer.interim), "milliseconds": watch.read()}
            return answer.model_copy(update=told)
    except NETWORK_ERRORS as error:
        return Answer(failure=failure_of(error), interim=tuple(interim), sent_bytes=sent, milliseconds=watch.read())


def _fields(question: Upload) -> tuple[tuple[str, str], ...]:
    framing = ("Transfer-Encoding", "chunked") if question.chunked else ("Content-Length", str(question.size))
    expects = (("Expect", "100-continue"),) if question.expect_continue else ()
    return (*question.fields, ("Content-Type", "application/octet-stream"), framing, *expects)


def _send(connection: HttpConnection, question: Upload, deadline: Deadline, interim: list[int]) -> int:
    """Bytes of the body that were sent before an answer came, or the other side closed; notes interim answers."""
    sent = 0
    for piece in pieces(question.size):
        if _answered(connection) and connection.answered(interim):
            return sent
        connection.channel.settimeout(deadline.left())
        try:
            connection.channel.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if question.chunked else piece)
        except (ConnectionError, ssl.SSLEOFError):
            # Whoever refuses early closes early; the answer may be there to be read all the same.
            return sent
        sent += len(piece)
    if question.chunked:
        connection.channel.sendall(b"0\r\n\r\n")
    return sent


def _answered(connection: HttpConnection) -> bool:
    channel = connection.channel
    if isinstance(channel, ssl.SSLSocket) and channel.pending():
        return True
    # TLS 1.3 session tickets also make the socket readable, so reading is what tells.
    return bool(select.select([channel], [], [], 0)[0]) and connection.peek()

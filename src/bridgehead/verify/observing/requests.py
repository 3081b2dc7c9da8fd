"""Single requests, each on a connection of its own: whole ones, and bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.observing.failures import NETWORK_ERRORS, failure_of
from bridgehead.verify.observing.http import open_http, target_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Stopwatch
from bridgehead.verify.observing.questions import Answer, Conversation, Fetch, Say

if TYPE_CHECKING:
    from bridgehead.verify.observing.ways import Connections

_MOST_ANSWERS = 4
_LITTLE = 0.01
_CLOSURES = {"reset", "closed", "tls"}


@observes(Fetch)
def fetch(question: Fetch, connections: Connections) -> Answer:
    """One request and its answer."""
    watch = Stopwatch()
    try:
        with open_http(question.url, connections) as connection:
            connection.send(question.method, target_of(question.url), question.fields, question.body)
            answer = connection.receive(question.method, question.wait_seconds)
            sent = {"sent_bytes": len(question.body), "milliseconds": watch.read()}
            return answer.model_copy(update=sent)
    except NETWORK_ERRORS as error:
        return Answer(failure=failure_of(error), milliseconds=watch.read())


@observes(Say)
def say(question: Say, connections: Connections) -> Conversation:
    """Send bytes, and read what answers come until there is silence."""
    watch = Stopwatch()
    scheme = "https" if question.tls else "http"
    host = f"[{question.host}]" if ":" in question.host else question.host
    statuses: list[int] = []
    first = Answer()
    try:
        with open_http(f"{scheme}://{host}:{question.port}/", connections) as connection:
            connection.send_bytes(question.payload)
            answer = first = connection.receive()
            silence = Stopwatch()
            while answer.status and len(statuses) < _MOST_ANSWERS:
                statuses.append(answer.status)
                left = connection.patience.silence_seconds - silence.read() / 1000
                answer = connection.receive("GET", max(left, _LITTLE))
            closed = connection.ended(_LITTLE)
        return Conversation(statuses=tuple(statuses), first=first, closed=closed, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return Conversation(
            statuses=tuple(statuses),
            first=first,
            closed=failure_of(error).kind in _CLOSURES,
            failure=failure_of(error),
            milliseconds=watch.read(),
        )

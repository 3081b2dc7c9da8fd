"""Whether ports are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.observing.failures import NETWORK_ERRORS, failure_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Stopwatch
from bridgehead.verify.observing.questions import Connect, Connected

if TYPE_CHECKING:
    from bridgehead.verify.observing.ways import Connections


@observes(Connect)
def connect(question: Connect, connections: Connections) -> Connected:
    """Connect and close at once."""
    watch = Stopwatch()
    port = connections.port(question.host, question.port, tls=question.tls)
    try:
        with connections.open(question.host, question.port, tls=question.tls, address=question.address) as (_, reached):
            return Connected(address=reached, port=port, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return Connected(address=question.address, port=port, failure=failure_of(error), milliseconds=watch.read())

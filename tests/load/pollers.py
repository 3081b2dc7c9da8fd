"""Clients in long polls, in a process of their own: they come, say so, wait to be told, and count their answers."""

from __future__ import annotations

import ssl
import sys
from collections import Counter

from bridgehead.lab.http_client import AnswerBroken, HttpConnection
from tests.load.programs import say, wait_to_be_told

_PATIENCE_SECONDS = 300.0
_LONGEST_POLL_SECONDS = 1800


def come(host: str, port: int, root: str, count: int) -> list[HttpConnection]:
    """So many connections over TLS, each with a request that is not answered yet."""
    context = ssl.create_default_context(cafile=root)
    waiting = []
    for _ in range(count):
        client = HttpConnection((host, port), "site.test", context, timeout=_PATIENCE_SECONDS)
        client.send("GET", f"/poll/{_LONGEST_POLL_SECONDS}")
        waiting.append(client)
    return waiting


def outcome(client: HttpConnection) -> str:
    """The status of its answer, or what came instead."""
    try:
        return str(client.receive().status)
    except (AnswerBroken, OSError) as error:
        return f"{type(error).__name__}: {error}"


def begin() -> None:
    """HOST PORT ROOT COUNT."""
    host, port, root, count = sys.argv[1:]
    waiting = come(host, int(port), root, int(count))
    say(waiting=len(waiting))
    wait_to_be_told()
    say(outcomes=Counter(map(outcome, waiting)))


if __name__ == "__main__":
    begin()

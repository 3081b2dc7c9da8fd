"""A web address of the administrator's that is told of alarms: one POST of JSON, a limit of time, no redirections.

Nobody's proxy settings are looked at, and the address is not shown beyond its host: what follows is often a secret.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from bridgehead import __version__
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from pathlib import Path


def post(url: str, trust: Path | None, told: dict[str, Any], seconds: float) -> Problem | None:
    """Post it. None where the answer was 2xx in time; else what went wrong."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}"
    try:
        posting = _Posting(parts, trust, json.dumps(told).encode(), seconds)
    except (OSError, ValueError) as error:
        return _failed(where, f"Its root certificates cannot be read: {_reason(error)}.")
    # A thread, because a name that is not resolved, or an answer that drips, keeps no time limit of a socket.
    posting.start()
    posting.join(seconds)
    if posting.is_alive():
        posting.give_up()
        return _failed(where, f"There was no answer within {seconds:g} seconds.")
    return _failed(where, posting.problem) if posting.problem else None


class _Posting(threading.Thread):
    def __init__(self, parts: SplitResult, trust: Path | None, body: bytes, seconds: float) -> None:
        super().__init__(name="webhook", daemon=True)
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(trust) if trust is not None else None)
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=seconds, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(host, parts.port, timeout=seconds)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._body = body
        self.problem = ""

    def run(self) -> None:
        headers = {"Content-Type": "application/json", "User-Agent": f"bridgehead/{__version__}", "Connection": "close"}
        try:
            self._connection.request("POST", self._target, self._body, headers)
            status = self._connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.problem = f"It cannot be told: {_reason(error)}."
        else:
            if not 200 <= status <= 299:
                self.problem = f"It answered {status}."
        finally:
            self._connection.close()

    def give_up(self) -> None:
        """Let the thread end, wherever it waits."""
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _failed(where: str, message: str) -> Problem:
    return Problem("alarms.webhook-failed", where, message, "What it was to be told is told again at the next check.")

"""A stub of an authority, for what Debian's Pebble cannot do: renewal information, rate limits, answers that are none.

It issues nothing. Orders are tried against Pebble, in `tests/interop/test_acme.py`.
"""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.acme.authority import Authority, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class GivenTime:
    """A clock that stands still until somebody moves it, or sleeps."""

    time: datetime = NOW
    fraction: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, fraction=lambda: self.fraction)


@dataclass
class Stub:
    """What it answers, by path: a status, header fields, and JSON or text; a list has one answer for each time."""

    port: int
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    received: list[tuple[str, Any]] = field(default_factory=list)
    """What was posted: the path, and what was signed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Authority:
        return Authority(label="stub", directory=f"{self.url}/directory", terms_agreed=True)

    def directory(self, **more: object) -> None:
        names = {name: f"{self.url}/{name}" for name in ("newNonce", "newAccount", "newOrder")}
        self.answers["/directory"] = 200, {}, {**names, **more}
        self.answers["/newNonce"] = 200, {}, ""


@contextmanager
def stub() -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            posted = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if posted:
                payload = json.loads(posted)["payload"]
                told.received.append((self.path, json.loads(base64.urlsafe_b64decode(payload + "==") or b"null")))
            answer = told.answers.get(self.path, (404, {}, "nothing here"))
            status, fields, content = answer.pop(0) if isinstance(answer, list) else answer
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            for name, value in {"Replay-Nonce": "AAAA", **fields}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - http.server finds them by these names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Stub(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

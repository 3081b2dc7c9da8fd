"""A web site whose logins Samba's `ntlm_auth` judges, the way Squid and Apache ask it: NTLM that is none of ours.

It takes the short first message that `curl --ntlm` and Chromium send, which gss-ntlmssp rejects. Like IIS, it has
authenticated the connection once the third leg is right.
"""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from queue import Empty, SimpleQueue
from typing import Self

from bridgehead.lab.record import Event, Record
from tests.end_to_end.crowd import PROTECTED

NAME = "ntlm-auth.contoso.internal"


class Helper:
    """One `ntlm_auth`, and one login at a time."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(
            [command, "--helper-protocol=squid-2.5-ntlmssp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def ask(self, kind: str, token: str) -> tuple[str, str]:
        """`YR` with a first message or `KK` with a last one; the helper's word, and what follows it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kind} {token}\n")
        word, _, rest = self._process.stdout.readline().rstrip("\n").partition(" ")
        return word, rest

    def close(self) -> None:
        """End it."""
        with self._process:
            self._process.kill()


class _Connection(BaseHTTPRequestHandler):
    """One connection, and who has logged in on it."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.site.numbers)
        self.user: str | None = None
        self.helper: Helper | None = None

    def finish(self) -> None:
        self._let_go()
        super().finish()

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        challenge = self._leg(token) if scheme == "NTLM" else ""
        protected = self.path.startswith(PROTECTED)
        status = 401 if challenge or (protected and self.user is None) else 200
        self.server.site.record.add(
            Event(NAME, self.number, self.user, self.command, self.headers["Host"], self.path, scheme, status)
        )
        self._send(status, f"NTLM {challenge}".strip())

    do_GET = do_POST = answer  # noqa: N815 - http.server finds methods by these names

    def _leg(self, token: str) -> str:
        """Take a leg; the next challenge, if there is one."""
        if self.helper is None:
            self.helper = self.server.site.helper()
            self.user = None
            word, rest = self.helper.ask("YR", token)
            return rest if word == "TT" else ""
        word, rest = self.helper.ask("KK", token)
        self._let_go()
        self.user = rest if word == "AF" else None
        return ""

    def _let_go(self) -> None:
        """The next one begins with YR, which makes a helper forget what was before."""
        if self.helper is not None:
            self.server.site.idle.put(self.helper)
            self.helper = None

    def _send(self, status: int, challenge: str) -> None:
        seen = {"server": NAME, "connection": self.number, "path": self.path, "user": self.user}
        content = json.dumps(seen).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server's own parameter
        """Say nothing: what was seen is in `record`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    site: NtlmAuthSite

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is not an error of the test."""


class NtlmAuthSite:
    """Runs while its `with` block lasts, on a free port of 127.0.0.1. `command` is Samba's helper."""

    def __init__(self, command: str) -> None:
        self.record = Record()
        self.numbers = count(1)
        self.idle: SimpleQueue[Helper] = SimpleQueue()
        self._command = command
        self._stack = ExitStack()
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.site = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._stack.close()

    def helper(self) -> Helper:
        """One that is idle, or a new one."""
        try:
            return self.idle.get_nowait()
        except Empty:
            started = Helper(self._command)
            self._stack.callback(started.close)
            return started

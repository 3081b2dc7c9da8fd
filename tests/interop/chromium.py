"""Debian's Chromium without a window, driven over the pipe of its DevTools protocol: a browser that can log in."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.interop import debian

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE_SECONDS = 60.0

# DevTools are read from descriptor 3 and written to descriptor 4.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)

_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"),
    "--remote-debugging-pipe",
)


@dataclass
class Visit:
    """What came of one page."""

    status: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    asked_for_password: int = 0
    """How often a person would have seen the browser ask."""


class Chromium:
    """Runs while its `with` block lasts. It has no acquaintance with any site, and trusts the given certificate alone.

    `ambient` are the hosts at which it logs in by Kerberos without being asked to.
    """

    def __init__(
        self, certificate: Path, *, ambient: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self._key = _fingerprint_of_key(certificate)
        self._ambient = ambient
        self._environment = {**os.environ, **(environment or {})}
        self._stack = ExitStack()
        self._number = 0
        self._session: str | None = None
        self._credentials: tuple[str, str] | None = None
        self._seen = Visit()
        self._heard = bytearray()
        self._events: deque[dict[str, Any]] = deque()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        self._say("Browser.close")
        self._stack.close()

    def visit(self, url: str, credentials: tuple[str, str] | None = None) -> Visit:
        """Go to a page as somebody new: without connections, and without passwords that were given before.

        Asked for a password, give the credentials once, and then give up as a person would.
        """
        self._credentials = credentials
        self._seen = seen = Visit()
        context = self._open_context()
        self._ask("Page.navigate", url=url)
        while not self._is_loaded(seen):
            pass
        shown = self._ask("Runtime.evaluate", expression="document.body.innerText")
        seen.text = shown["result"].get("value", "")
        self._session = None
        self._ask("Target.disposeBrowserContext", browserContextId=context)
        return seen

    def _is_loaded(self, seen: Visit) -> bool:
        event = self._events.popleft() if self._events else self._hear()
        if event.get("method") == "Network.responseReceived" and event["params"]["type"] == "Document":
            response = event["params"]["response"]
            seen.status, seen.fields = response["status"], _lower(response["headers"])
        return event.get("method") == "Page.loadEventFired" and seen.status != 0

    def _serve_browser(self, event: dict[str, Any]) -> None:
        """Let requests go, and answer the browser when it asks a person for a password."""
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Fetch.requestPaused":
            self._say("Fetch.continueRequest", requestId=parameters["requestId"])
        elif method == "Fetch.authRequired":
            self._seen.asked_for_password += 1
            answer: dict[str, str] = {"response": "CancelAuth"}
            if self._credentials is not None and self._seen.asked_for_password == 1:
                user, password = self._credentials
                answer = {"response": "ProvideCredentials", "username": user, "password": password}
            self._say("Fetch.continueWithAuth", requestId=parameters["requestId"], authChallengeResponse=answer)

    def _start(self) -> None:
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bridgehead-chromium-"))
        # It loads the system's GSS-API from the start after the one in which it first saw Negotiate.
        (Path(profile) / "Local State").write_text('{"net": {"received_http_auth_negotiate_headers": true}}')
        to_browser, from_browser = os.pipe(), os.pipe()
        launch = (sys.executable, "-c", _LAUNCH, str(to_browser[0]), str(from_browser[1]))
        browser = subprocess.Popen(
            [
                *(*launch, debian.program("chromium", "chromium"), *_ARGUMENTS, f"--user-data-dir={profile}"),
                f"--ignore-certificate-errors-spki-list={self._key}",
                f"--auth-server-allowlist={','.join(self._ambient)}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(to_browser[0], from_browser[1]),
            env={**self._environment, "HOME": profile},
        )
        self._stack.callback(_end, browser)
        os.close(to_browser[0])
        os.close(from_browser[1])
        self._to: IO[bytes] = self._stack.enter_context(os.fdopen(to_browser[1], "wb", buffering=0))
        self._from: IO[bytes] = self._stack.enter_context(os.fdopen(from_browser[0], "rb", buffering=0))

    def _open_context(self) -> str:
        self._events.clear()
        context: str = self._ask("Target.createBrowserContext")["browserContextId"]
        target = self._ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self._ask("Network.enable")
        self._ask("Fetch.enable", handleAuthRequests=True)
        return context

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = self._say(method, **parameters)
        while (event := self._hear()).get("id") != number:
            self._events.append(event)
        assert "error" not in event, event
        result: dict[str, Any] = event["result"]
        return result

    def _say(self, method: str, **parameters: object) -> int:
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        return self._number

    def _hear(self) -> dict[str, Any]:
        while (end := self._heard.find(b"\0")) < 0:
            ready, _, _ = select.select([self._from], [], [], _PATIENCE_SECONDS)
            assert ready, "Chromium says nothing any more"
            piece = os.read(self._from.fileno(), 65536)
            assert piece, "Chromium has ended"
            self._heard += piece
        event: dict[str, Any] = json.loads(self._heard[:end])
        del self._heard[: end + 1]
        self._serve_browser(event)
        return event


def _end(browser: subprocess.Popen[bytes]) -> None:
    try:
        browser.wait(_PATIENCE_SECONDS)
    finally:
        browser.kill()


def _lower(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in fields.items()}


def _fingerprint_of_key(certificate: Path) -> str:
    """What --ignore-certificate-errors-spki-list wants: SHA-256 of the key's SubjectPublicKeyInfo, in Base64."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()

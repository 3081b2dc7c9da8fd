"""Load on kept-alive connections, by wrk."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import running
from bench.programs import find_program
from bench.testbed import OTHER_CORE, PUBLIC_HOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 10

BROWSER_FIELDS = (
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Cache-Control: max-age=0",
    "Cookie: session=6f1d2c3b4a5968778695a4b3c2d1e0f0; theme=dark; consent=1",
    'Sec-CH-UA: "Chromium";v="142", "Not_A Brand";v="99"',
    "Sec-CH-UA-Mobile: ?0",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
)
"""With Host, the twelve fields that every request of every workload carries."""

# Without this, wrk's OpenSSL would agree on one cipher with OpenSSL and on another with BoringSSL and Go.
_OPENSSL_SETTINGS = """\
openssl_conf = settings
[settings]
ssl_conf = contexts
[contexts]
system_default = context
[context]
Ciphersuites = TLS_AES_256_GCM_SHA384
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load saw, from its first connection to its last answer."""

    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    complaint: str = ""
    """Anything but answers of the right kind, as a sentence."""


@dataclass(frozen=True, slots=True)
class WrkLoad:
    """Some connections that each send the next request when the last is answered."""

    url: str
    connections: int
    seconds: int
    directory: Path
    fields: tuple[str, ...] = BROWSER_FIELDS
    method: str = "GET"
    body_bytes: int = 0

    @contextlib.contextmanager
    def started(self) -> Iterator[_RunningWrk]:
        """Run wrk while the context lasts."""
        settings = self.directory / "wrk-openssl.cnf"
        settings.write_text(_OPENSSL_SETTINGS)
        environment = {
            "OPENSSL_CONF": str(settings),
            "BENCH_METHOD": self.method,
            "BENCH_BODY_BYTES": str(self.body_bytes),
        }
        output = self.directory / "wrk.log"
        with running(self._command(), core=OTHER_CORE, output=output, environment=environment) as process:
            yield _RunningWrk(process, output, self.seconds + _GRACE_SECONDS)

    def _command(self) -> list[str]:
        fields = [argument for field in self.fields for argument in ("--header", field)]
        size = ["--threads", "1", "--connections", str(self.connections), "--duration", f"{self.seconds}s"]
        return [find_program("wrk"), *size, "--timeout", "5s", "--script", str(_SCRIPT), *fields, self.url]


class _RunningWrk:
    def __init__(self, process: Popen[bytes], output: Path, patience_seconds: int) -> None:
        self._process = process
        self._output = output
        self._patience_seconds = patience_seconds

    def finish(self) -> Outcome:
        """Wait until the time is over."""
        self._process.wait(self._patience_seconds)
        return parse_wrk(self._output.read_text(errors="replace"))


def parse_wrk(output: str) -> Outcome:
    """The figures that wrk.lua prints last."""
    lines = output.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        return Outcome(0, 0, 0, complaint=f"wrk failed: {lines[-1] if lines else 'it wrote nothing'}")
    figures: dict[str, int] = json.loads(lines[-1])
    kinds = {"connect": "failed connections", "read": "cut answers", "write": "failed writes"}
    kinds |= {"status": "answers of 400 and more", "timeout": "time-outs"}
    complaints = [f"{figures[kind]} {words}" for kind, words in kinds.items() if figures[kind]]
    if not figures["requests"]:
        complaints.append("no answer at all")
    return Outcome(
        requests_per_second=figures["requests"] / max(figures["microseconds"], 1) * 1e6,
        p50_milliseconds=figures["p50"] / 1000,
        p99_milliseconds=figures["p99"] / 1000,
        complaint=", ".join(complaints),
    )


def local_url(port: int, path: str, *, tls: bool) -> str:
    """The URL of a path on a proxy of this machine."""
    return f"{'https' if tls else 'http'}://{PUBLIC_HOST}:{port}{path}"

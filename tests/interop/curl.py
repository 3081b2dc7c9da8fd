"""Debian's curl, as a client outside: verifies the proxy's certificate, and finds every name at the proxy."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.interop import debian

if TYPE_CHECKING:
    from tests.end_to_end.published_pools import PublishedPools

_SECONDS = 120


@dataclass(frozen=True)
class Seen:
    """What curl saw of a whole conversation."""

    heads: tuple[str, ...]
    """Response heads in their order, those of interim answers and of logins included."""
    body: bytes
    dialogue: str
    """What `--verbose` says: the requests' heads among it."""

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [int(head.split(" ", 2)[1]) for head in self.heads]


def curl(proxy: PublishedPools, path: str, *arguments: str, environment: dict[str, str] | None = None) -> Seen:
    """Ask over TLS for a path of the published site. Fails where curl does."""
    names = proxy.names
    command = [
        *(debian.program("curl", "curl"), "--silent", "--show-error", "--verbose", "--http1.1"),
        *("--cacert", str(proxy.root), "--connect-to", f"::127.0.0.1:{names.https_port}"),
        *(*arguments, names.url(names.web, path)),
    ]
    done = subprocess.run(
        command, capture_output=True, check=False, timeout=_SECONDS, env={**os.environ, **(environment or {})}
    )
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, said
    received = [line[2:].rstrip("\r\n") for line in said.splitlines() if line.startswith("< ")]
    starts = [index for index, line in enumerate(received) if line.startswith("HTTP/")]
    heads = tuple("\n".join(received[a:b]) for a, b in zip(starts, [*starts[1:], None], strict=True))
    return Seen(heads, done.stdout, said)

"""Debian's own programs: found, or missed by the name of their package."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_START_SECONDS = 15.0
LOOPBACK = "127.0.0.1"


def program(name: str, package: str) -> str:
    """The path of a program; the test fails where it is not installed, because a skipped one proves nothing."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return found if found is not None else _missing(package)


def file(pattern: str, package: str) -> Path:
    """A file below /usr/lib, as `program` finds one."""
    found = next(Path("/usr/lib").glob(pattern), None)
    return found if found is not None else _missing(package)


def _missing(package: str) -> NoReturn:
    pytest.fail(f"Debian's package {package} is not installed: `make interop` installs it as root")


@contextlib.contextmanager
def readable_directory() -> Iterator[Path]:
    """A directory that a server can read which has given up root; pytest's own are for their owner alone."""
    with tempfile.TemporaryDirectory(prefix="bridgehead-interop-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@contextlib.contextmanager
def server(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the context ends; it answers plain HTTP on `port` when the context begins."""
    output = log.with_suffix(".output")
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        _wait_until_answering(process, port, (output, log))
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def _wait_until_answering(process: subprocess.Popen[bytes], port: int, logs: tuple[Path, Path]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        # Not only connect: Apache listens before it has read all of its configuration.
        asked = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
        with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
            asked.request("GET", "/")
            asked.getresponse()
            return
        os.sched_yield()
    said = "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
    raise AssertionError(f"{process.args!r} does not answer on port {port}:\n{said}")

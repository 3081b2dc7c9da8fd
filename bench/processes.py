"""Starting a program on one core, and never leaving it behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PATIENCE_SECONDS = 3.0


@contextlib.contextmanager
def running(
    command: Sequence[str], *, core: int, output: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program pinned to a core while the context lasts, with all its output in one file.

    It leads a process group of its own, which is killed at the end whatever it says to SIGTERM, and
    the kernel ends it should we be killed ourselves. Ctrl-C reaches only us.
    """
    pinned = ["setpriv", "--pdeathsig", "TERM", "taskset", "--cpu-list", str(core), *command]
    with output.open("wb") as sink:
        process = subprocess.Popen(
            pinned,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

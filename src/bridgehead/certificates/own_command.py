"""Commands of the administrator's: no shell, a limit of time, and nothing that they started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    said: bytes
    """What it wrote: to standard error, or else to standard output where that was kept."""


def run_own(
    command: Sequence[str],
    given: bytes,
    seconds: float,
    *,
    environment: Mapping[str, str] | None = None,
    keep_output: bool = False,
) -> Ended | None:
    """Run it with `given` on its standard input. None where it took longer than `seconds`, and was ended.

    `environment` is ours where it is None. Raises OSError or ValueError where it cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - the administrator's own, from a file that only root may change
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(given, seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return None
    return Ended(process.returncode, errors or output or b"")


def in_one_line(said: bytes, kept: int) -> str:
    """The last of what a command said, without line ends and control characters: it is shown on terminals."""
    text = said.decode("utf-8", "replace")
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(cleaned.split())[-kept:]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()

"""Programs of this directory in processes of their own: 20,000 descriptors for each, and no lock in common.

They speak JSON lines on standard output, take words on standard input, and end with the end of that.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).resolve().parent.parent.parent
_STOP_SECONDS = 10.0


class Program:
    """`python -m tests.load.NAME ARGUMENTS`, for the length of a `with` block; `within` what another command makes."""

    def __init__(self, name: str, *arguments: object, within: tuple[str, ...] = ()) -> None:
        self._name = name
        self._command = [*within, sys.executable, "-m", f"tests.load.{name}", *map(str, arguments)]
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join()
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._heard.put(json.loads(line))
        self._heard.put(None)

    def hear(self, patience: float = 60.0) -> dict[str, Any]:
        """What it says next. Raises an AssertionError where it ends or says nothing for so many seconds."""
        try:
            said = self._heard.get(timeout=patience)
        except queue.Empty:
            raise AssertionError(f"{self._name} says nothing") from None
        assert said is not None, f"{self._name} has ended with {self.process.wait()}"
        return said

    def tell(self, word: str) -> None:
        """Tell it to go on."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()


def say(**what: object) -> None:
    """In a program: one line to whoever started it."""
    print(json.dumps(what), flush=True)


def wait_to_be_told() -> str:
    """In a program: the next word, empty at the end."""
    return sys.stdin.readline().strip()

"""`bridgehead`, killed at its nth step: before or after a request to the authority, or a change of the store.

    python -m tests.interop.killed_at 17 certificate renew bridgehead.toml

The process sends SIGKILL to itself: nothing is tidied up, nothing is flushed. One that ends sooner prints how many
steps there were, and ends as `bridgehead` does.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from acme.client import ClientNetwork

from bridgehead.certificates.store import durable
from bridgehead.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANGES = ("put_file", "add_directory", "point", "remove")


def _counted(function: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the function takes
        step()
        result = function(*arguments, **options)
        step()
        return result

    return counted


def run(fatal: int) -> None:
    steps = itertools.count(1)
    done = 0

    def step() -> None:
        nonlocal done
        done = next(steps)
        if done == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in _CHANGES:
        setattr(durable, name, _counted(getattr(durable, name), step))
    ClientNetwork._send_request = _counted(ClientNetwork._send_request, step)  # type: ignore[method-assign]
    try:
        main()
    finally:
        print(f"steps: {done}", file=sys.stderr)


if __name__ == "__main__":
    fatal = int(sys.argv.pop(1))
    run(fatal)

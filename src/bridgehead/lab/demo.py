"""The demonstration: a deployment, a proxy that publishes it, and clients that walk through it."""

from __future__ import annotations

import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.lab import report
from bridgehead.lab.clients import WITH_INTRANET, World, walk_through
from bridgehead.lab.clients.walk import loopback
from bridgehead.lab.deployment import Deployment
from bridgehead.lab.intranet import Intranet
from bridgehead.lab.proxy_process import ProxyFailed, ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import write_published_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from rich.console import Console

    from bridgehead.lab.clients import Step

Verify = Callable[[Path, Path, str], bool]
_LIKED_PORTS = {"https": 8443, "http": 8080}


def run_demo(
    console: Console, directory: Path | None = None, *, leave: bool = False, verify: Verify | None = None
) -> int:
    """Show everything on this console; returns 0 when all is well, 1 when a step went wrong or a check failed.

    `verify` looks at it from outside once the clients are through; it gets the file, the root to trust and the address
    that every public name leads to, tells what it saw, and says whether all is well.

    Without a `directory` everything is written to a temporary one, which is gone afterwards. `leave` ends after the
    table; otherwise this goes on until Ctrl-C. Raises ProxyFailed, and OSError where files or ports are not to be had.
    """
    with ExitStack() as stack:
        stack.enter_context(ends_in_order())
        if directory is None:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bridgehead-demo-")))
        directory.mkdir(parents=True, exist_ok=True)
        publication = usual_publication()
        deployment = stack.enter_context(Deployment(directory.resolve(), publication))
        file = write_published_file(deployment, stack.enter_context(Intranet(deployment)))
        report.show_file(console, file)
        proxy = stack.enter_context(ProxyProcess(file))
        steps = _walk_through(console, deployment)
        report.show_steps(console, steps)
        report.show_verdict(console, steps)
        verified = verify is None or verify(file, deployment.outside_root, "127.0.0.1")
        if proxy.ended:
            raise proxy.failure("ended by itself")
        if not leave:
            report.show_where_to_click(console, deployment)
            _keep_running(console, proxy)
        return 0 if verified and all(step.ok for step in steps) else 1


def _walk_through(console: Console, deployment: Deployment) -> list[Step]:
    publication = deployment.publication
    people = (deployment.user("alice"), deployment.user("bob"))
    world = World(publication, deployment.outside_root, people, loopback(publication))
    with console.status("Clients of every kind walk through it ..."):
        return walk_through(world, WITH_INTRANET)


def _keep_running(console: Console, proxy: ProxyProcess) -> None:
    try:
        console.print("\nIt all keeps running until Ctrl-C.")
        proxy.wait()
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return
    raise proxy.failure("ended by itself")


def usual_publication() -> Publication:
    """The laboratory's names, on ports that are easy to remember where those are free."""
    return Publication(_port(_LIKED_PORTS["https"]), _port(_LIKED_PORTS["http"]))


def _port(liked: int) -> int:
    """The port that is easy to remember where it is free, else any free one."""
    for port in (liked, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise OSError("There is no free port on 127.0.0.1")


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Make a closed terminal and `kill` end like Ctrl-C, so that nothing is left behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of signal handlers
        raise KeyboardInterrupt

    # nohup ignores SIGHUP for its program, which is a wish to be kept.
    caught = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


__all__ = ["ProxyFailed", "run_demo"]

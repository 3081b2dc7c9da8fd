"""Pass phrases at a terminal: asked for, and never shown."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

from bridgehead.certificates.reading.reader import read
from bridgehead.certificates.writing.pfx import as_pfx
from tests.cli.certificate.deployment import Deployment

PATIENCE_SECONDS = 60


def at_a_terminal(deployment: Deployment, arguments: list[str | Path], typed: dict[bytes, bytes]) -> tuple[int, bytes]:
    """Run a command at a terminal of its own; `typed` is what to type after which words. Its status, what it showed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bridgehead", "certificate", *map(str, arguments)]
    environment = os.environ | {"SSL_CERT_FILE": str(deployment.public_roots)}
    with subprocess.Popen(
        # Without a session of its own it would ask at the terminal of whoever runs the tests.
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=deployment.directory,
        env=environment,
        start_new_session=True,
    ) as running:
        os.close(theirs)
        shown, waiting = b"", dict(typed)
        while part := _more(ours):
            shown += part
            for words in [words for words in waiting if words in shown]:
                _wait_until_nothing_is_shown(ours)
                os.write(ours, waiting.pop(words) + b"\n")
        status = running.wait(60)
    os.close(ours)
    return status, shown


def _wait_until_nothing_is_shown(terminal: int) -> None:
    """What is typed between the question and the switching off of the echo would be thrown away."""
    until = time.monotonic() + PATIENCE_SECONDS
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < until, "it still shows what is typed"
        select.select([], [], [], 0.01)


def _more(terminal: int) -> bytes:
    assert select.select([terminal], [], [], PATIENCE_SECONDS)[0], "it says nothing more"
    try:
        return os.read(terminal, 4096)
    except OSError:  # EIO: the other end is closed
        return b""


def test_the_passphrase_of_a_pfx_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    issued = deployment.issued()
    chain = [issued.certificate, deployment.issuing.certificate]
    deployment.write("leaf.pfx", as_pfx(chain, issued.key, b"open sesame", ""))  # type: ignore[arg-type]
    arguments: list[str | Path] = ["import", "leaf.pfx", "--topology", deployment.topology]
    status, shown = at_a_terminal(deployment, arguments, {b"Passphrase of leaf.pfx": b"open sesame"})
    assert (status, deployment.live()) == (0, 1), shown
    assert b"sesame" not in shown


def test_the_passphrase_of_an_export_is_typed_twice(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.with_live()
    arguments: list[str | Path] = ["export", "public", "-o", "out.pfx", "--topology", deployment.topology]
    typed = {b"New passphrase of out.pfx": b"open sesame", b"Repeat for confirmation": b"open sesame"}
    status, shown = at_a_terminal(deployment, arguments, typed)
    assert status == 0, shown
    assert b"sesame" not in shown
    assert read(tmp_path / "out.pfx", b"open sesame").keys

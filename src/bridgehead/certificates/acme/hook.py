"""dns-01 by a command of the administrator's that makes and removes records: docs/certificates.md has the contract."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.acme.state import Proof

_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "CREDENTIALS_DIRECTORY",
)
"""What a hook needs of our environment; nothing else is its business."""


class Hook:
    """Runs the command once for each record."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = tuple(command)
        self._seconds = seconds

    def place(self, proofs: Sequence[Proof]) -> None:
        """Let the command make each record. Raises AttemptFailed with what it said where it fails."""
        for proof in proofs:
            self._run("present", proof)

    def remove(self, proofs: Sequence[Proof]) -> None:
        """Let the command remove each record. The order does not depend on it."""
        for proof in proofs:
            with suppress(AttemptFailed):
                self._run("remove", proof)

    def _run(self, action: Literal["present", "remove"], proof: Proof) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {
            "BRIDGEHEAD_ACTION": action,
            "BRIDGEHEAD_NAME": proof.name,
            "BRIDGEHEAD_RECORD": proof.record,
            "BRIDGEHEAD_VALUE": proof.value,
        }
        try:
            finished = subprocess.run(  # noqa: S603 - the administrator's own command, and no shell
                [*self._command, action, proof.record, proof.value],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(action, proof, f"it took longer than {self._seconds:g} s", b"") from None
        except OSError as error:
            raise self._failed(action, proof, f"it cannot be run: {error.strerror or error}", b"") from None
        if finished.returncode:
            how = f"it ended with status {finished.returncode}"
            raise self._failed(action, proof, how, finished.stderr or finished.stdout)

    def _failed(self, action: str, proof: Proof, how: str, said: bytes) -> AttemptFailed:
        text = " ".join(said.decode("utf-8", "replace").split())[-400:]
        message = f"{proof.name}, dns-01: the hook failed to {action} {proof.record}: {how}."
        command = " ".join((*self._command, action, proof.record, "VALUE"))
        hint = f"It said: {text}" if text else f"Try it by hand: {command}"
        return AttemptFailed([Problem("acme.hook", self._command[0], message, hint)], another_may_help=False)

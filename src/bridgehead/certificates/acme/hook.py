"""dns-01 by a command of the administrator's that makes and removes records: docs/certificates.md has the contract."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.own_command import in_one_line, run_own
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
        command = [*self._command, action, proof.record, proof.value]
        try:
            ended = run_own(command, b"", self._seconds, environment=environment, keep_output=True)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise self._failed(action, proof, f"it cannot be run: {reason}", b"") from None
        if ended is None:
            raise self._failed(action, proof, f"it took longer than {self._seconds:g} s", b"")
        if ended.status:
            raise self._failed(action, proof, f"it ended with status {ended.status}", ended.said)

    def _failed(self, action: str, proof: Proof, how: str, said: bytes) -> AttemptFailed:
        text = in_one_line(said, 400)
        message = f"{proof.name}, dns-01: the hook failed to {action} {proof.record}: {how}."
        command = " ".join((*self._command, action, proof.record, "VALUE"))
        hint = f"It said: {text}" if text else f"Try it by hand: {command}"
        return AttemptFailed([Problem("acme.hook", self._command[0], message, hint)], another_may_help=False)

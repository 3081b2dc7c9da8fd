"""What a proxy must tell to be compared."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.backend import SMALL
from bench.processes import running
from bench.programs import find_program
from bench.readiness import wait_until_answering
from bench.testbed import PROXY_CORE, Ports, Testbed, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy: how it is found, configured and started."""

    name: str
    program: str
    version_arguments: tuple[str, ...]
    arguments: Callable[[Testbed, Ports, Path], list[str]]
    """Writes the configuration into the directory it is given and returns the program's arguments."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def version(self) -> str:
        """What the program calls itself. Raises ProgramMissing."""
        command = [find_program(self.program), *self.version_arguments]
        answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
        lines = (answer.stdout + answer.stderr).strip().splitlines()
        return lines[0].strip() if lines else "unknown version"


@dataclass(frozen=True, slots=True)
class RunningPeer:
    """A proxy that answers."""

    name: str
    pid: int
    ports: Ports


@contextlib.contextmanager
def running_peer(peer: Peer, testbed: Testbed, label: str) -> Iterator[RunningPeer]:
    """Run a proxy while the context lasts. Raises ProgramMissing or NotAnswering."""
    program = find_program(peer.program)
    directory = testbed.directory / f"{peer.name}-{label}"
    directory.mkdir()
    ports = free_ports()
    command = [program, *peer.arguments(testbed, ports, directory)]
    output = directory / "output.log"
    with running(command, core=PROXY_CORE, output=output, environment=peer.environment) as process:
        for port, tls in ((ports.rsa, True), (ports.ecdsa, True), (ports.plain, False)):
            wait_until_answering(process, port, SMALL, output, tls=tls)
        yield RunningPeer(peer.name, process.pid, ports)

"""What several tests of verification share: the laboratory, published, and a look at it from outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.cli.verify_targets import targets_of_file
from bridgehead.lab.deployment import Deployment
from bridgehead.lab.proxy_process import ProxyProcess
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import write_published_file
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Verification
from bridgehead.verify.targets import Scope
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from contextlib import ExitStack

    from bridgehead.verify.results import Report

LOOPBACK = "127.0.0.1"


class Published:
    """The lab's deployment behind `bridgehead serve`. Everything that it starts ends with `stack`."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.names = Publication(https_port=free_port(), http_port=free_port())
        self.deployment = stack.enter_context(Deployment(directory, self.names))
        self.file = write_published_file(self.deployment)
        stack.enter_context(ProxyProcess(self.file))

    @property
    def root(self) -> Path:
        return self.deployment.outside_root

    def verify(
        self, selection: Selection | None = None, *, patience: Patience | None = None, **wishes: object
    ) -> Report:
        """Verify every published name of the file."""
        scope = replace(Scope(mapped=True), **wishes)  # type: ignore[arg-type]
        look = network(Way(patience=patience or Patience(), leads=(Leads(LOOPBACK),), roots=(self.root,)))
        return Verification(targets_of_file(self.file, scope), look, "lab", selection or Selection()).report()

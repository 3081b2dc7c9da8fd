"""Which store a command works on: the one that a file names, or the one given by `--store`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.certificates.reading.files import read_passphrase
from bridgehead.certificates.store.store import Store
from bridgehead.cli.loading import Loaded, load
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.topology.model import DEFAULT_STORE

if TYPE_CHECKING:
    from bridgehead.topology.model import Topology

File = Annotated[
    Path | None,
    typer.Argument(help="The topology (.toml), which names the store and what is in use.", show_default=False),
]
StoreDirectory = Annotated[
    Path | None, typer.Option("--store", help="The directory of the store, instead of FILE's.", show_default=False)
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Its first line encrypts and opens the keys in the store; without it what FILE says.",
        show_default=False,
    ),
]

USUAL_FILE = Path("/etc/bridgehead/bridgehead.toml")


@dataclass(frozen=True)
class Place:
    """A store, and the file that refers to it, where one was given."""

    store: Store
    loaded: Loaded | None
    passphrase: bytes | None = field(default=None, repr=False)
    """Of the keys in the store, where they are encrypted and this command opens any."""

    @property
    def topology(self) -> Topology | None:
        """What the file says."""
        return self.loaded.topology if self.loaded is not None else None


def open_place(file: Path | None, store: Path | None, passphrase_file: Path | None, *, keys: bool = True) -> Place:
    """The store that a command is to work on.

    Without a file and a directory it is that of `/etc/bridgehead/bridgehead.toml`, or the usual directory. `keys` is
    false for a command that opens none: it does without the passphrase. Raises ProblemsFound.
    """
    if file is None and store is None and USUAL_FILE.exists():
        file = USUAL_FILE
    loaded = load(file) if file is not None else None
    topology = loaded.topology if loaded is not None else None
    if store is None and loaded is not None and topology is None:
        hint = "Give the topology (.toml), or --store DIRECTORY as well."
        raise ProblemsFound([Problem("store.not-named", str(file), "A ProxySpec does not name the store.", hint)])
    if passphrase_file is None and topology is not None and topology.certificate_passphrase_file:
        passphrase_file = Path(topology.certificate_passphrase_file)
    directory = store or Path(topology.certificate_store if topology is not None else DEFAULT_STORE)
    passphrase = read_passphrase(passphrase_file) if passphrase_file is not None and keys else None
    return Place(Store(directory, passphrase), loaded, passphrase)

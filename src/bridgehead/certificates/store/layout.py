"""Where things are in the store.

- `<store>/<name>/<kind>/live -> generations/0003`
- `<store>/<name>/<kind>/generations/0003/{chain.pem,key.pem,facts.json}`
- `<store>/<name>/<kind>/requests/<identifier>/{request.pem,key.pem,facts.json}`
- `<store>/<name>/<kind>/staged.json`, `before.json`
- `<store>/.acme/`, `<store>/.alarms/`, `<store>/.node/`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bridgehead.certificates.keys import KINDS, Kind
from bridgehead.problems import Problem, ProblemsFound

CHAIN, KEY, FACTS, REQUEST = "chain.pem", "key.pem", "facts.json", "request.pem"
ACME, ALARMS, NODE = ".acme", ".alarms", ".node"
"""Directories at the top that are no certificates: accounts and orders, what was told of alarms, and who this proxy is
in a farm."""


def check_name(name: str) -> None:
    """Raise ProblemsFound for a name that cannot be a directory's."""
    if not re.fullmatch(r"\w[\w .-]{0,126}", name):
        message = f"{name!r} cannot be the name of a certificate in the store."
        hint = "Letters, digits, spaces, dots, hyphens and underscores; a letter or digit first."
        raise ProblemsFound([Problem("store.name", "", message, hint)])


@dataclass(frozen=True)
class Shelf:
    """The place of one name and kind."""

    store: Path
    name: str
    kind: Kind

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of key")

    @property
    def directory(self) -> Path:
        """What is below belongs to this name and kind."""
        return self.store / self.name / self.kind

    @property
    def live(self) -> Path:
        """The symbolic link that the proxy reads through."""
        return self.directory / "live"

    @property
    def generations(self) -> Path:
        """The directory of generations."""
        return self.directory / "generations"

    @property
    def requests(self) -> Path:
        """The directory of requests that wait for an answer."""
        return self.directory / "requests"

    @property
    def staged(self) -> Path:
        """Which generation goes live when."""
        return self.directory / "staged.json"

    @property
    def before(self) -> Path:
        """Which generations were live before the one that is, the latest last."""
        return self.directory / "before.json"

    def is_used(self) -> bool:
        """Whether anything is in it. A change that failed leaves the directories of one that is not."""
        return any(
            not entry.name.startswith(".")
            for directory in (self.generations, self.requests, self.directory)
            if directory.is_dir()
            for entry in directory.iterdir()
            if entry not in {self.generations, self.requests}
        )

    def generation(self, number: int) -> Path:
        """The directory of one generation."""
        return self.generations / f"{number:04}"

    def numbers(self) -> list[int]:
        """The numbers of all generations that are there."""
        entries = self.generations.iterdir() if self.generations.is_dir() else ()
        return sorted(int(entry.name) for entry in entries if re.fullmatch(r"[0-9]{4,}", entry.name))


def live_files(store: Path, name: str, kind: Kind) -> tuple[Path, Path]:
    """Paths of the chain and the key that are live: they stay the same from generation to generation."""
    live = Shelf(store, name, kind).live
    return live / CHAIN, live / KEY


def shelf_of(chain: str) -> Shelf | None:
    """The place in a store that the path of a live chain leads to; None for a path of another shape."""
    path = Path(chain)
    if len(path.parts) < 5 or (path.name, path.parent.name) != (CHAIN, "live"):
        return None
    *_, name, kind, _, _ = path.parts
    return Shelf(path.parents[3], name, "rsa" if kind == "rsa" else "ecdsa") if kind in KINDS else None

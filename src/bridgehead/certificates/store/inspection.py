"""What is odd about a store, told without changing it."""

from __future__ import annotations

import shlex
import stat
from typing import TYPE_CHECKING

from bridgehead.certificates.keys import KINDS, Kind
from bridgehead.certificates.store.durable import UNFINISHED
from bridgehead.certificates.store.entries import read_facts, read_generation, read_request
from bridgehead.certificates.store.facts import GenerationFacts, RequestFacts
from bridgehead.certificates.store.layout import ACME, ALARMS, KEY, NODE, Shelf
from bridgehead.certificates.store.lock import NAME as LOCK
from bridgehead.certificates.store.staging import read_staged
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWN = {"live", "generations", "requests", "staged.json", "before.json"}
_NO_CERTIFICATES = {ACME, ALARMS, NODE}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_directory(store: Path) -> list[Problem]:
    """Whether the store is for its owner alone. One that is not there yet will be."""
    if not store.exists():
        return []
    if not store.is_dir():
        return [Problem("store.not-a-directory", str(store), "This is a file; the directory of the store is expected.")]
    mode = stat.S_IMODE(store.stat().st_mode)
    if mode & _OTHERS:
        message = f"Others than its owner may enter this store of private keys (mode {mode:04o})."
        return [Problem("store.too-open", str(store), message, f"chmod 700 {store}")]
    return []


def inspect(store: Path) -> Iterator[Problem]:
    """Everything odd about a store: too open, damaged entries, files that are not its own."""
    yield from check_directory(store)
    for entry in _entries(store):
        if not entry.is_dir():
            if entry.name != LOCK and not _unfinished(entry):
                yield _foreign(entry)
            continue
        if entry.name in _NO_CERTIFICATES:
            continue
        for kind_directory in _entries(entry):
            if kind_directory.name in KINDS:
                kind: Kind = "rsa" if kind_directory.name == "rsa" else "ecdsa"
                yield from _shelf(store, entry.name, kind)
            elif not _unfinished(kind_directory):
                yield _foreign(kind_directory)


def _shelf(store: Path, name: str, kind: Kind) -> Iterator[Problem]:
    try:
        shelf = Shelf(store, name, kind)
    except ProblemsFound as found:
        yield from found.problems
        return
    try:
        read_staged(shelf)
    except ProblemsFound as found:
        yield from found.problems
    for entry in _entries(shelf.directory):
        if entry.name not in _OWN and not _unfinished(entry):
            yield _foreign(entry)
    if shelf.live.is_symlink() and not shelf.live.exists():
        message = f"This link leads nowhere: {shelf.live.readlink()} is gone."
        yield Problem("store.live-broken", str(shelf.live), message, _other_generation(shelf))
    elif shelf.live.is_dir() and not shelf.live.is_symlink():
        message = "This is a directory; a link to the generation that is live is expected here."
        yield Problem("store.live-broken", str(shelf.live), message, f"Move it away. {_other_generation(shelf)}")
    for entry in (*_entries(shelf.generations), *_entries(shelf.requests)):
        if not _unfinished(entry):
            yield from _entry(entry, shelf)


def _other_generation(shelf: Shelf) -> str:
    numbers = shelf.numbers()
    if not numbers:
        return "Import the certificate again."
    name = shlex.quote(shelf.name)
    return f"bridgehead certificate activate {name} --kind {shelf.kind} --generation {numbers[-1]}, or import it again."


def _entry(directory: Path, shelf: Shelf) -> Iterator[Problem]:
    is_request = directory.parent == shelf.requests
    if not directory.is_dir() or not (is_request or directory.name.isdigit()):
        yield _foreign(directory)
        return
    try:
        if is_request:
            read_request(directory, shelf.name, shelf.kind, None)
        else:
            read_generation(directory, shelf.name, shelf.kind, int(directory.name), None)
    except ProblemsFound as found:
        yield from found.problems
    problem = read_facts(directory, RequestFacts)[1] if is_request else read_facts(directory, GenerationFacts)[1]
    if problem is not None:
        yield problem
    yield from _key(directory / KEY)


def _key(path: Path) -> Iterator[Problem]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        yield Problem("certificate.file-missing", str(path), f"The private key cannot be looked at: {error.strerror}.")
        return
    if mode & _OTHERS:
        message = f"Others than its owner may read or change this private key (mode {mode:04o})."
        yield Problem("key.readable-by-others", str(path), message, f"chmod 600 {path}", "warning")


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def _unfinished(path: Path) -> bool:
    return path.name.startswith(UNFINISHED)


def _foreign(path: Path) -> Problem:
    message = "This is not the store's own; it is left alone and not used."
    return Problem("store.foreign", str(path), message, "Keep it elsewhere.", "warning")

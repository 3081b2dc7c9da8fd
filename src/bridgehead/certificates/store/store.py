"""The store as a whole: what is in it, and every change that can be made to it."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding

from bridgehead.certificates.keys import KINDS, Kind, PrivateKey, key_as_pem, kind_of, public_key_bytes
from bridgehead.certificates.store import durable, lives
from bridgehead.certificates.store.entries import Generation, StoredRequest, read_generation, read_request
from bridgehead.certificates.store.inspection import check_directory, inspect
from bridgehead.certificates.store.layout import CHAIN, FACTS, KEY, REQUEST, Shelf, check_name
from bridgehead.certificates.store.lock import PATIENCE_SECONDS, lock
from bridgehead.certificates.store.staging import Staged, StagedFile, check_time, read_staged
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from bridgehead.certificates.store.facts import GenerationFacts, RequestFacts


_Arguments = ParamSpec("_Arguments")
_Found = TypeVar("_Found")


def _reading(
    method: Callable[Concatenate[Store, _Arguments], _Found],
) -> Callable[Concatenate[Store, _Arguments], _Found]:
    """What the system refuses becomes a Problem."""

    @wraps(method)
    def read(store: Store, /, *arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Found:
        try:
            return method(store, *arguments, **options)
        except OSError as error:
            raise ProblemsFound([_unusable("store.unreadable", store.directory, error)]) from None

    return read


class Store:
    """A directory of certificates. Every change is atomic, and raises ProblemsFound where it cannot be made.

    `passphrase` encrypts the keys that are written and opens those that are read; without it they are written as they
    are, for their owner alone. `patience` is how long, in seconds, a change waits for another one to end.
    """

    def __init__(self, directory: Path, passphrase: bytes | None = None, *, patience: float = PATIENCE_SECONDS) -> None:
        self.directory = directory
        self._passphrase = passphrase
        self._patience = patience

    @property
    def passphrase(self) -> bytes | None:
        """What encrypts the keys; None where nothing does."""
        return self._passphrase

    # What is there

    @_reading
    def names(self) -> tuple[str, ...]:
        """Names of the certificates that anything is known of."""
        entries = sorted(self.directory.iterdir()) if self.directory.exists() else []
        return tuple(entry.name for entry in entries if _is_name(entry.name) and self.kinds(entry.name))

    @_reading
    def kinds(self, name: str) -> tuple[Kind, ...]:
        """The kinds that anything is known of, in the order RSA, ECDSA."""
        return tuple(kind for kind in KINDS if Shelf(self.directory, name, kind).is_used())

    @_reading
    def requests(self, name: str | None = None) -> tuple[StoredRequest, ...]:
        """The requests that wait for an answer. Damaged ones are missing; `problems` tells of them."""
        found: list[StoredRequest] = []
        for shelf in self._shelves(name):
            answered = {generation.facts.request for generation in self.generations(shelf.name, shelf.kind)}
            for directory in sorted(shelf.requests.iterdir()) if shelf.requests.is_dir() else ():
                if not directory.name.startswith(".") and directory.name not in answered:
                    with suppress(ProblemsFound):
                        found.append(read_request(directory, shelf.name, shelf.kind, self._passphrase))
        return tuple(found)

    @_reading
    def generations(self, name: str, kind: Kind) -> tuple[Generation, ...]:
        """All generations, the oldest first. Damaged ones are missing; `problems` tells of them."""
        found: list[Generation] = []
        for number in Shelf(self.directory, name, kind).numbers():
            with suppress(ProblemsFound):
                found.append(self.generation(name, kind, number))
        return tuple(found)

    @_reading
    def generation(self, name: str, kind: Kind, number: int) -> Generation:
        """One generation. Raises ProblemsFound where there is none of this number, or it is damaged."""
        shelf = Shelf(self.directory, name, kind)
        if number not in shelf.numbers():
            known = ", ".join(map(str, shelf.numbers())) or "none"
            message = f"There is no generation {number} of {name} ({kind})."
            raise ProblemsFound([Problem("store.no-generation", str(shelf.directory), message, f"Known: {known}.")])
        return read_generation(shelf.generation(number), name, kind, number, self._passphrase)

    @_reading
    def live(self, name: str, kind: Kind) -> Generation | None:
        """The generation that is served, None where there is none. Raises ProblemsFound where it is damaged."""
        number = lives.live_number(Shelf(self.directory, name, kind))
        return None if number is None else self.generation(name, kind, number)

    @_reading
    def former(self, name: str, kind: Kind) -> Generation | None:
        """The generation that was live before, None where there was none. Raises ProblemsFound where it is damaged."""
        number = lives.former_number(Shelf(self.directory, name, kind))
        return None if number is None else self.generation(name, kind, number)

    @_reading
    def staged(self, name: str, kind: Kind) -> Staged | None:
        """What goes live later, and when; None where nothing does. Raises ProblemsFound where that is damaged."""
        found = read_staged(Shelf(self.directory, name, kind))
        return None if found is None else Staged(self.generation(name, kind, found.generation), found.at, found.refused)

    def problems(self) -> tuple[Problem, ...]:
        """What is odd about the store: too open, damaged entries, files that are not its own."""
        found: list[Problem] = []
        try:
            found += inspect(self.directory)
        except OSError as error:
            found.append(_unusable("store.unreadable", self.directory, error))
        return tuple(found)

    # What comes in

    def add_request(
        self, name: str, kind: Kind, request: x509.CertificateSigningRequest, key: PrivateKey, facts: RequestFacts
    ) -> StoredRequest:
        """Keep a request and its key until the answer comes. The day it was made and its key give its identifier."""
        _must_belong(key, kind, public_key_bytes(request))
        shelf = Shelf(self.directory, name, kind)
        identifier = f"{facts.made_at:%Y-%m-%d}-{hashlib.sha256(public_key_bytes(key)).hexdigest()[:8]}"
        contents = {
            KEY: key_as_pem(key, self._passphrase),
            REQUEST: request.public_bytes(Encoding.PEM),
            FACTS: facts.model_dump_json(indent=2).encode(),
        }
        with self._changing(shelf):
            durable.add_directory(shelf.requests / identifier, contents)
        return read_request(shelf.requests / identifier, name, kind, self._passphrase)

    def add_generation(
        self,
        name: str,
        kind: Kind,
        chain: Sequence[x509.Certificate],
        key: PrivateKey,
        facts: GenerationFacts,
        *,
        from_request: StoredRequest | None = None,
    ) -> Generation:
        """Keep a certificate with its chain (the leaf first) and key. It is not live yet.

        The request that it answers waits no longer; its PKCS #10 is kept beside the certificate.
        """
        _must_belong(key, kind, public_key_bytes(chain[0]))
        shelf = Shelf(self.directory, name, kind)
        contents = {
            KEY: key_as_pem(key, self._passphrase),
            CHAIN: b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain),
        }
        if from_request is not None:
            facts = facts.model_copy(update={"request": from_request.identifier})
            contents[REQUEST] = from_request.csr.public_bytes(Encoding.PEM)
        contents[FACTS] = facts.model_dump_json(indent=2).encode()
        with self._changing(shelf):
            number = max(shelf.numbers(), default=0) + 1
            durable.add_directory(shelf.generation(number), contents)
            # The request is answered from here on, whether its directory can be removed or not.
            if from_request is not None:
                with suppress(OSError):
                    durable.remove(from_request.directory)
        return self.generation(name, kind, number)

    # What is served

    def activate(self, generation: Generation) -> Generation | None:
        """Make a generation live. Gives the one that was, None where there was no sound one: for `restore`."""
        shelf, former = self._shelf_of(generation), None
        with self._changing(shelf):
            with suppress(ProblemsFound):
                former = self.live(generation.name, generation.kind)
            lives.make_live(shelf, generation.number)
        return former

    def restore(self, name: str, kind: Kind, former: Generation | None) -> None:
        """Put back what was live before an `activate` that did not work out."""
        shelf = Shelf(self.directory, name, kind)
        with self._changing(shelf):
            lives.go_back(shelf, former.number if former is not None else None)

    def roll_back(self, name: str, kind: Kind) -> Generation:
        """Make the generation live that was so before. Raises ProblemsFound where there is none."""
        shelf = Shelf(self.directory, name, kind)
        former = self.former(name, kind)
        if former is None:
            message = f"No generation of {name} ({kind}) was live before the one that is."
            hint = "`bridgehead certificate list` shows the generations there are."
            raise ProblemsFound([Problem("store.nothing-before", str(shelf.directory), message, hint)])
        self.restore(name, kind, former)
        return former

    def stage(self, generation: Generation, at: datetime, *, now: datetime) -> Staged:
        """Let a generation go live at a time, in place of what was staged before.

        Raises ProblemsFound for a time that is over, or at which the certificate is not valid.
        """
        check_time(generation, at, now)
        self._put_staged(generation, StagedFile(generation=generation.number, at=at))
        return Staged(generation, at)

    def mark_refused(self, staged: Staged, reason: str) -> None:
        """Note that a staged generation was put back when its time had come: it waits, and is not tried again."""
        generation = staged.generation
        self._put_staged(generation, StagedFile(generation=generation.number, at=staged.at, refused=reason))

    def unstage(self, name: str, kind: Kind) -> bool:
        """Let nothing go live later. Whether anything was to; nothing staged is no error."""
        shelf = Shelf(self.directory, name, kind)
        with self._changing(shelf):
            was_staged = shelf.staged.exists()
            durable.remove(shelf.staged)
        return was_staged

    # How

    def _put_staged(self, generation: Generation, staged: StagedFile) -> None:
        shelf = self._shelf_of(generation)
        with self._changing(shelf):
            durable.put_file(shelf.staged, staged.model_dump_json(indent=2).encode())

    def _shelves(self, name: str | None) -> Iterator[Shelf]:
        for one in self.names() if name is None else (name,):
            for kind in self.kinds(one):
                yield Shelf(self.directory, one, kind)

    def _shelf_of(self, generation: Generation) -> Shelf:
        return Shelf(self.directory, generation.name, generation.kind)

    @contextmanager
    def _changing(self, shelf: Shelf) -> Iterator[None]:
        """The lock is held, leftovers of a crash are gone, and what the system refuses becomes a Problem."""
        try:
            with durable.as_owner_of(self.directory):
                durable.make_directory(self.directory)
                problems = check_directory(self.directory)
                if problems:
                    raise ProblemsFound(problems)
                with lock(self.directory, self._patience):
                    for directory in (shelf.directory, shelf.generations, shelf.requests):
                        durable.make_directory(directory)
                        durable.clean(directory)
                    yield
        except FileExistsError as error:
            message = "This is in the store already; nothing is ever overwritten."
            raise ProblemsFound([Problem("store.exists", str(error.filename), message)]) from None
        except OSError as error:
            raise ProblemsFound([_unusable("store.unwritable", shelf.directory, error)]) from None


def _must_belong(key: PrivateKey, kind: Kind, public: bytes) -> None:
    if public_key_bytes(key) != public:
        message, hint = "The private key does not belong to it.", "Use the key that the certificate was requested with."
        raise ProblemsFound([Problem("certificate.key-does-not-match", "", message, hint)])
    if kind_of(key) != kind:
        raise ValueError(f"this key is of the kind {kind_of(key)}, not {kind}")


def _is_name(text: str) -> bool:
    try:
        check_name(text)
    except ProblemsFound:
        return False
    return True


def _unusable(code: str, path: Path, error: OSError) -> Problem:
    reason = error.strerror or str(error)
    if code == "store.unreadable":
        message, hint = (
            f"The store cannot be read: {reason}.",
            "Check owner and permissions: it belongs to the proxy's user.",
        )
    else:
        message = f"The store cannot be changed: {reason}."
        hint = "What was there before is as it was. Check space, owner and permissions, then try again."
        if isinstance(error, IsADirectoryError) and isinstance(error.filename2, str):
            message = "The store cannot be changed: a directory is in the place of a file or link of its own."
            return Problem(code, error.filename2, message, "Move it away, then try again.")
    return Problem(code, error.filename if isinstance(error.filename, str) else str(path), message, hint)

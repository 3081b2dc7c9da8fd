"""What is staged, for whoever carries it out when it is due: the running proxy.

Satisfies the protocol `bridgehead.proxy.schedule.Schedule`, which knows nothing of certificates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.reading.files import read_passphrase
from bridgehead.certificates.store.fitness import check_fit
from bridgehead.certificates.store.layout import Shelf, shelf_of
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgehead.certificates.store.entries import Generation
    from bridgehead.certificates.store.staging import Staged
    from bridgehead.spec import ProxySpec


class StoreSchedule:
    """The staged changes of the stored certificates that a proxy serves; `serving` gives its spec of this moment."""

    def __init__(self, serving: Callable[[], ProxySpec]) -> None:
        self._serving = serving
        self._carried_out: list[tuple[Store, Staged, Generation | None]] = []

    def next_change(self) -> float | None:
        """When the next change is due, in seconds since 1970. None where nothing waits."""
        waiting = [_waiting(Store(shelf.store), shelf) for shelf, _ in self._served()]
        return min((staged.at.timestamp() for staged in waiting if staged is not None), default=None)

    def carry_out(self, now: float) -> str:
        """Make live what is due. What was done, in words. Raises ProblemsFound, and then nothing has changed."""
        time = datetime.fromtimestamp(now, UTC)
        self._carried_out = []
        for shelf, passphrase_file in self._served():
            store = Store(shelf.store, read_passphrase(Path(passphrase_file)) if passphrase_file else None)
            staged = _waiting(store, shelf)
            if staged is not None and staged.at <= time:
                self._make_live(store, staged, time)
        return ", ".join(_said(staged.generation) for _, staged, _ in self._carried_out)

    def _make_live(self, store: Store, staged: Staged, now: datetime) -> None:
        generation = staged.generation
        try:
            check_fit(generation, now)
            former = store.activate(generation)
        except ProblemsFound as found:
            self.put_back(str(found))
            store.mark_refused(staged, str(found))
            raise
        if former is not None and former.number == generation.number:
            # It was live already: the proxy ended between the link and the end of this change.
            former = store.former(generation.name, generation.kind)
        self._carried_out.append((store, staged, former))

    def settle(self) -> None:
        """The proxy has changed: what was carried out is staged no longer."""
        for store, staged, _ in self._carried_out:
            store.unstage(staged.generation.name, staged.generation.kind)
        self._carried_out = []

    def put_back(self, reason: str) -> None:
        """The proxy has refused: what was live is so again. It is not tried again until somebody stages it anew."""
        for store, staged, former in self._carried_out:
            store.restore(staged.generation.name, staged.generation.kind, former)
            store.mark_refused(staged, reason)
        self._carried_out = []

    def alarms(self) -> tuple[str, ...]:
        """What was due and was refused, and what cannot be read, one sentence each."""
        found = []
        for shelf, _ in self._served():
            try:
                staged = Store(shelf.store).staged(shelf.name, shelf.kind)
            except ProblemsFound as problems:
                found.append(str(problems))
                continue
            if staged is not None and staged.refused:
                found.append(f"{_said(staged.generation)} was due at {staged.at:%Y-%m-%d %H:%M %Z}: {staged.refused}")
        return tuple(found)

    def _served(self) -> Iterator[tuple[Shelf, str | None]]:
        """Each stored certificate that is served, and the file with the passphrase of its key."""
        for certificate in self._serving().certificates:
            for pair in certificate.pairs:
                shelf = shelf_of(pair.chain)
                if shelf is not None:
                    yield shelf, pair.passphrase_file


def _waiting(store: Store, shelf: Shelf) -> Staged | None:
    """What is staged and was not refused. What cannot be read keeps no other from its time; `alarms` tells of it."""
    try:
        staged = store.staged(shelf.name, shelf.kind)
    except ProblemsFound:
        return None
    return staged if staged is not None and not staged.refused else None


def _said(generation: Generation) -> str:
    return f"certificate {generation.name} ({generation.kind}), generation {generation.number}"

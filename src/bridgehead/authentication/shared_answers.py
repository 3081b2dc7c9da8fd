"""Answers that are asked for once, shared by everybody who asks meanwhile, and kept for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

Key = TypeVar("Key", bound="Hashable")
Answer = TypeVar("Answer")

MOST_KEPT = 4096
"""The oldest goes first."""


class SharedAnswers(Generic[Key, Answer]):
    """What `ask` said of a key, for `seconds` from when it was asked. What it raises is shared, and not kept."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        ask: Callable[[Key], Coroutine[Any, Any, Answer]],
        seconds: float,
    ) -> None:
        self._loop = loop
        self._ask = ask
        self._seconds = seconds
        self._known: dict[Key, tuple[float, asyncio.Task[Answer]]] = {}

    async def get(self, key: Key) -> Answer:
        """The answer. Raises what asking raised."""
        asked_at, task = self._known.get(key, (0.0, None))
        if task is None or self._loop.time() - asked_at >= self._seconds:
            task = self._begin(key)
        # Shielded: who gives up waiting must not take the answer from the others.
        return await asyncio.shield(task)

    def close(self) -> None:
        """Give up what is under way: who waits gets a CancelledError."""
        known, self._known = self._known, {}
        for _, task in known.values():
            task.cancel()

    def _begin(self, key: Key) -> asyncio.Task[Answer]:
        task = self._loop.create_task(self._ask(key))
        self._known.pop(key, None)  # so that it is the youngest
        self._known[key] = (self._loop.time(), task)
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        task.add_done_callback(lambda _: self._judge(key, task))
        return task

    def _judge(self, key: Key, task: asyncio.Task[Answer]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and self._known.get(key, (0.0, None))[1] is task:
            del self._known[key]

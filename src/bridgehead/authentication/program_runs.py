"""Programs that are run for one question each: a few at once for a bounded time, the others in a bounded queue."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bridgehead.authentication.programs import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_QUEUE = 256
"""Runs that wait for their turn."""


class NoAnswer(Exception):  # noqa: N818 - what happened; nobody made an error
    """The program could not be started, or did not end in time."""


class ProgramRuns:
    """Up to `limit` programs at once. A run takes `seconds` at most, waiting for its turn included."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, limit: int, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._turns = asyncio.Semaphore(limit)
        self._open = 0

    async def run(self, command: Sequence[str]) -> str:
        """All that a program says, its complaints included. Raises NoAnswer."""
        if self._open >= LONGEST_QUEUE:
            raise NoAnswer
        self._open += 1
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                return await self._to_its_end(command)
        except (TimeoutError, OSError) as problem:
            raise NoAnswer from problem
        finally:
            self._open -= 1

    async def _to_its_end(self, command: Sequence[str]) -> str:
        over = self._loop.create_future()

        def ended() -> None:
            if not over.done():
                over.set_result(None)

        program = Program(self._loop, command, heard=_nothing, ended=ended, complains=True)
        try:
            await over
        finally:
            program.kill()
        return program.output.decode("utf-8", "replace")


def _nothing() -> None:
    """What was said is read when it is all there."""

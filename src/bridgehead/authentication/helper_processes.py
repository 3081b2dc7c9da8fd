"""A few long-lived helper processes, each asked one question at a time, and all of it bounded.

Every question gets exactly one answer, in bounded time: what the helper said, or None. A helper that dies, falls
silent or says too much is replaced; a question that it had in hand is not asked again, because a domain that was asked
about a wrong password twice has counted it twice.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from bridgehead.authentication.programs import Program

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

LONGEST_QUEUE = 256
"""Questions that wait for a helper. A domain that is so far behind will not catch up within their time."""

PAUSE_SECONDS = 1.0
"""How long no helper is started after one that never answered: a broken one is not started for every login."""


class Question(Protocol):
    """What a helper is asked."""

    words: bytes
    """What is written to it; less than a pipe holds."""
    is_open: bool
    """Whether it was asked, and its answer was not heard."""

    def answer_in(self, output: bytes) -> bytes | None:
        """The whole answer, if this is it; None as long as there is more to come."""


class _Asked:
    """A question on its way, and who waits for its answer."""

    def __init__(self, question: Question, done: Callable[[bytes | None], None]) -> None:
        self.question = question
        self.helper: _Helper | None = None
        self.timer: asyncio.TimerHandle | None = None
        self._done = done

    def conclude(self, answer: bytes | None) -> None:
        """Tell who waits."""
        if self.timer is not None:
            self.timer.cancel()
        self._done(answer)


class _Helper:
    """One process, and the question it has in hand."""

    def __init__(self, pool: HelperProcesses, loop: asyncio.AbstractEventLoop, command: Sequence[str]) -> None:
        self._pool = pool
        self._asked: _Asked | None = None
        self._has_answered = False
        self._program = Program(loop, command, heard=self._heard, ended=self.end)

    def ask(self, asked: _Asked) -> None:
        """Put a question; the helper has none in hand."""
        self._asked = asked
        asked.helper = self
        self._program.output.clear()
        asked.question.is_open = True
        if not self._program.tell(asked.question.words):
            self.end()

    def end(self) -> None:
        """It is of no more use: the question in hand, if any, has no answer."""
        self._program.kill()
        asked, self._asked = self._asked, None
        self._pool.lost(self, never_answered=not self._has_answered)
        if asked is not None:
            asked.conclude(None)

    def _heard(self) -> None:
        # Whatever it says unasked is not the answer to the next question.
        answer = self._asked.question.answer_in(bytes(self._program.output)) if self._asked else None
        if self._asked is None:
            self.end()
        elif answer is not None:
            asked, self._asked = self._asked, None
            self._has_answered = True
            asked.question.is_open = False
            self._pool.free(self)
            asked.conclude(answer)


class HelperProcesses:
    """Up to `limit` processes of one command. An answer takes `seconds` at most, waiting included."""

    def __init__(self, loop: asyncio.AbstractEventLoop, command: Sequence[str], *, limit: int, seconds: float) -> None:
        self._loop = loop
        self._command = command
        self._limit = limit
        self._seconds = seconds
        self._waiting: deque[_Asked] = deque()
        self._idle: list[_Helper] = []
        self._helpers: set[_Helper] = set()
        self._not_before = loop.time()
        self._closed = False

    def ask(self, question: Question, done: Callable[[bytes | None], None]) -> None:
        """Ask; `done` is called once, in this turn of the loop or a later one: with the answer, or None."""
        asked = _Asked(question, done)
        if self._closed or len(self._waiting) >= LONGEST_QUEUE:
            asked.conclude(None)
            return
        asked.timer = self._loop.call_later(self._seconds, self._give_up, asked)
        self._waiting.append(asked)
        self._serve()

    async def answer_to(self, question: Question) -> bytes | None:
        """As `ask`, for who can wait."""
        heard: asyncio.Future[bytes | None] = self._loop.create_future()

        def done(answer: bytes | None) -> None:
            if not heard.done():
                heard.set_result(answer)

        self.ask(question, done)
        return await heard

    def close(self) -> None:
        """End all helpers. Every question that is open has no answer."""
        self._closed = True
        waiting, self._waiting = self._waiting, deque()
        for asked in waiting:
            asked.conclude(None)
        for helper in tuple(self._helpers):
            helper.end()

    def free(self, helper: _Helper) -> None:
        """A helper has answered."""
        self._idle.append(helper)
        self._loop.call_soon(self._serve)

    def lost(self, helper: _Helper, *, never_answered: bool) -> None:
        """A helper has ended."""
        self._helpers.discard(helper)
        if helper in self._idle:
            self._idle.remove(helper)
        if never_answered:
            self._not_before = self._loop.time() + PAUSE_SECONDS
        if not self._closed:
            self._loop.call_soon(self._serve)

    def _serve(self) -> None:
        while self._waiting and (helper := self._available()) is not None:
            helper.ask(self._waiting.popleft())
        if not self._helpers and not self._closed:
            # No helper runs, and none may be started: nobody waits for one in vain.
            waiting, self._waiting = self._waiting, deque()
            for asked in waiting:
                asked.conclude(None)

    def _available(self) -> _Helper | None:
        if self._idle:
            return self._idle.pop()
        if self._closed or len(self._helpers) >= self._limit or self._loop.time() < self._not_before:
            return None
        try:
            helper = _Helper(self, self._loop, self._command)
        except OSError:
            self._not_before = self._loop.time() + PAUSE_SECONDS
            return None
        self._helpers.add(helper)
        return helper

    def _give_up(self, asked: _Asked) -> None:
        if asked.helper is not None:
            asked.helper.end()  # its answer would come late, and be taken for that of the next question
        else:
            self._waiting.remove(asked)
            asked.conclude(None)

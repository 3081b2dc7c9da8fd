from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridgehead.authentication import shared_answers
from bridgehead.authentication.shared_answers import SharedAnswers

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any


class Oracle:
    """Answers a word with its number, and knows how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def answer(self, word: str) -> int:
        self.asked.append(word)
        await self.may_answer.wait()
        if word == "unspeakable":
            raise ValueError(word)
        return len(self.asked)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def test_who_asks_meanwhile_and_afterwards_shares_the_answer() -> None:
    async def work() -> None:
        oracle = Oracle()
        answers = SharedAnswers(asyncio.get_running_loop(), oracle.answer, 600)
        at_once = [answers.get(word) for word in "aba"]
        assert list(await asyncio.gather(*at_once)) == [1, 2, 1]
        assert await answers.get("a") == 1
        assert oracle.asked == ["a", "b"]

    run(work())


def test_an_answer_is_not_kept_for_longer_than_it_may_be() -> None:
    async def work() -> None:
        oracle = Oracle()
        answers = SharedAnswers(asyncio.get_running_loop(), oracle.answer, 0)
        assert [await answers.get("a"), await answers.get("a")] == [1, 2]

    run(work())


def test_a_failure_is_shared_and_not_kept() -> None:
    async def work() -> None:
        oracle = Oracle()
        answers = SharedAnswers(asyncio.get_running_loop(), oracle.answer, 600)
        both = await asyncio.gather(*(answers.get("unspeakable") for _ in range(2)), return_exceptions=True)
        assert all(isinstance(one, ValueError) for one in both)
        with pytest.raises(ValueError, match="unspeakable"):
            await answers.get("unspeakable")
        assert len(oracle.asked) == 2

    run(work())


def test_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    async def work() -> None:
        oracle = Oracle()
        oracle.may_answer.clear()
        answers = SharedAnswers(asyncio.get_running_loop(), oracle.answer, 600)
        hasty, patient = (asyncio.ensure_future(answers.get("a")) for _ in range(2))
        await asyncio.sleep(0)
        hasty.cancel()
        await asyncio.sleep(0)
        oracle.may_answer.set()
        assert await patient == 1
        assert hasty.cancelled()

    run(work())


def test_the_oldest_answer_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_answers, "MOST_KEPT", 3)

    async def work() -> None:
        oracle = Oracle()
        answers = SharedAnswers(asyncio.get_running_loop(), oracle.answer, 600)
        for word in "abcd":
            await answers.get(word)
        await answers.get("d")
        await answers.get("a")
        assert "".join(oracle.asked) == "abcda"

    run(work())

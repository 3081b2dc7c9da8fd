from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvloop

from bridgehead.authentication import helper_processes
from bridgehead.authentication.helper_processes import HelperProcesses

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Notes that it has begun, and answers each word with itself and an exclamation mark, but for some.
_HELPER = """#!/bin/sh
echo $$ >> "$1"
while read -r word
do
    case $word in
    die) exit 1 ;;
    hang) exec sleep 600 ;;
    babble) exec yes ;;
    last) echo "$word!"; exit 0 ;;
    slowly) printf 'slo'; read -r rest; echo 'wly!' ;;
    *) echo "$word!" ;;
    esac
done
"""


class Word:
    """A word, answered by a line that ends in an exclamation mark."""

    is_open = False

    def __init__(self, word: str) -> None:
        self.words = f"{word}\n".encode()

    def answer_in(self, output: bytes) -> bytes | None:
        return output.removesuffix(b"!\n") if output.endswith(b"!\n") else None


class Helpers:
    """Helpers of a program that the test wrote, on a loop of their own."""

    def __init__(self, directory: Path) -> None:
        self.loop = uvloop.new_event_loop()
        self._begun = directory / "begun"
        self._program = directory / "helper"
        self._program.write_text(_HELPER)
        self._program.chmod(0o755)

    def pool(self, *, limit: int = 1, seconds: float = 20.0, program: str | None = None) -> HelperProcesses:
        command = (program or str(self._program), str(self._begun))
        return HelperProcesses(self.loop, command, limit=limit, seconds=seconds)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever was worked out
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    def ask(self, pool: HelperProcesses, *words: str) -> list[bytes | None]:
        """Ask all at once."""

        async def all_at_once() -> list[bytes | None]:
            return await asyncio.gather(*(pool.answer_to(Word(word)) for word in words))

        answers: list[bytes | None] = self.run(all_at_once())
        return answers

    @property
    def processes(self) -> list[int]:
        return [int(line) for line in self._begun.read_text().split()] if self._begun.exists() else []


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(process: int) -> bool:
    """Also false of one that has ended and waits for its parent to see it, which nobody may ever do here."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def helpers(tmp_path: Path) -> Iterator[Helpers]:
    made = Helpers(tmp_path)
    yield made
    made.loop.close()


def test_each_question_gets_its_own_answer(helpers: Helpers) -> None:
    pool = helpers.pool(limit=3)
    words = [f"word{number}" for number in range(100)]
    assert helpers.ask(pool, *words) == [word.encode() for word in words]
    pool.close()


def test_no_more_processes_are_started_than_allowed_and_none_before_it_is_needed(helpers: Helpers) -> None:
    pool = helpers.pool(limit=3)
    assert helpers.processes == []
    helpers.ask(pool, "one")
    assert len(helpers.processes) == 1
    helpers.ask(pool, *("word" for _ in range(20)))
    assert len(helpers.processes) == 3
    pool.close()


def test_an_answer_that_comes_in_pieces_is_heard_whole(helpers: Helpers) -> None:
    pool = helpers.pool()

    class Slowly(Word):
        def __init__(self) -> None:
            super().__init__("slowly")

        def answer_in(self, output: bytes) -> bytes | None:
            if output == b"slo":
                pool_helper = next(iter(pool._helpers))
                pool_helper._program.tell(b"go on\n")
            return super().answer_in(output)

    assert helpers.run(pool.answer_to(Slowly())) == b"slowly"
    pool.close()


def test_a_question_whose_helper_dies_has_no_answer_and_another_helper_takes_its_place(helpers: Helpers) -> None:
    pool = helpers.pool()
    assert helpers.ask(pool, "one", "die", "three") == [b"one", None, b"three"]
    assert len(helpers.processes) == 2
    pool.close()


def test_a_helper_that_ends_between_questions_costs_no_answer(helpers: Helpers) -> None:
    pool = helpers.pool()
    assert helpers.ask(pool, "last") == [b"last"]
    (first,) = helpers.processes

    async def until_gone() -> None:
        while is_there(first):
            await asyncio.sleep(0)

    helpers.run(until_gone())
    assert helpers.ask(pool, "again") == [b"again"]
    pool.close()


@pytest.mark.parametrize(("word", "seconds"), [("hang", 2.0), ("babble", 20.0)])
def test_a_helper_that_falls_silent_or_says_too_much_is_ended_and_replaced(
    helpers: Helpers, word: str, seconds: float
) -> None:
    pool = helpers.pool(seconds=seconds)
    assert helpers.ask(pool, "one") == [b"one"]
    assert helpers.ask(pool, word) == [None]
    (first,) = helpers.processes
    assert not is_there(first)
    assert helpers.ask(pool, "three") == [b"three"]
    pool.close()


def test_waiting_for_a_helper_counts_as_well(helpers: Helpers) -> None:
    pool = helpers.pool(seconds=2.0)
    helpers.ask(pool, "one")
    first, second, third = helpers.ask(pool, "hang", "waits", "waits too")
    assert first is None
    # They had as much time as the first one: whether a new helper was quick enough is luck.
    assert second in {None, b"waits"}
    assert third in {None, b"waits too"}
    pool.close()


def test_a_full_queue_refuses_at_once(helpers: Helpers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_processes, "LONGEST_QUEUE", 5)
    pool = helpers.pool(seconds=2.0)
    helpers.ask(pool, "one")
    answers: list[bytes | None] = []
    for _ in range(6):
        pool.ask(Word("hang"), answers.append)
    assert answers == []
    pool.ask(Word("too many"), answers.append)
    assert answers == [None]
    pool.close()


def test_a_program_that_is_not_there_is_no_answer_and_no_error(helpers: Helpers, tmp_path: Path) -> None:
    pool = helpers.pool(program=str(tmp_path / "nowhere"))
    assert helpers.ask(pool, "one", "two") == [None, None]
    pool.close()


def test_a_helper_that_never_answered_is_not_started_for_every_question(helpers: Helpers) -> None:
    pool = helpers.pool()
    assert helpers.ask(pool, *("die" for _ in range(50))) == [None] * 50
    assert helpers.ask(pool, "die") == [None]
    assert len(helpers.processes) < 5
    pool.close()


def test_closing_answers_every_question_and_leaves_no_process(helpers: Helpers) -> None:
    pool = helpers.pool(limit=2)
    helpers.ask(pool, "one", "two")
    answers: list[bytes | None] = []
    for _ in range(5):
        pool.ask(Word("hang"), answers.append)
    pool.close()
    assert answers == [None] * 5
    assert not any(is_there(process) for process in helpers.processes)
    assert helpers.ask(pool, "afterwards") == [None]


def test_a_helper_knows_nothing_of_our_environment(
    helpers: Helpers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "of the proxy")
    program = tmp_path / "environment"
    program.write_text('#!/bin/sh\nread -r word\necho "$A_SECRET$word!"\n')
    program.chmod(0o755)
    pool = helpers.pool(program=str(program))
    assert helpers.ask(pool, "nothing") == [b"nothing"]
    pool.close()


_OWNER = """
import sys, uvloop
from tests.authentication.test_helper_processes import Helpers
from pathlib import Path

helpers = Helpers(Path(sys.argv[1]))
print(helpers.ask(helpers.pool(), "one"), flush=True)
sys.stdin.read()
"""


def test_helpers_end_with_a_worker_that_is_killed(helpers: Helpers, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"[b'one']\n"
        (helper,) = helpers.processes
        assert is_running(helper)
        owner.kill()
    give_up = time.monotonic() + 30
    while is_running(helper):
        assert time.monotonic() < give_up

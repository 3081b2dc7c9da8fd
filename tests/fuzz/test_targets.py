"""The fuzzer's promises, on what it begins with and on chance alone: so that it is never broken itself."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.conformance.messages import make_request
from tests.fuzz.seeds import WORDS, seeds, write_words
from tests.fuzz.targets import TARGETS, chunks, request_head

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", TARGETS)
def test_the_promises_hold_for_what_the_fuzzer_begins_with(target: str) -> None:
    beginnings = seeds(target)
    assert len(beginnings) > 50
    for data in beginnings:
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_the_promises_hold_for_what_it_begins_with_and_a_change(target: str) -> None:
    random = Random(1)
    for data in seeds(target) * 3:
        at = random.randint(0, len(data))
        TARGETS[target](data[:at] + random.choice(WORDS) + data[at + random.randint(0, 2) :])


def test_the_promises_hold_for_requests_made_by_chance() -> None:
    for number in range(500):
        request = make_request(Random(number))
        request_head(request)
        chunks(request.partition(b"\r\n\r\n")[2])


def test_the_words_are_a_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "words"
    write_words(path)
    lines = path.read_text("ascii").splitlines()
    assert len(lines) == len(WORDS)
    assert lines[0] == '"Content\\x2dLength\\x3a\\x20"'

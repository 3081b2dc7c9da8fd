"""The map of requirements tells the truth: every row has a state, and every test that it names exists."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.architecture.source_tree import ROOT, names_of_tests

PAGE = ROOT / "docs" / "requirements.md"
DOCUMENTS = {"CR", "SC", "CS", "RC", "EX"}
WAITS_FOR: set[str] = set()


@dataclass(frozen=True)
class Row:
    clause: str
    sentence: str
    state: str
    reason: str


def rows(text: str) -> list[Row]:
    found = []
    for line in text.splitlines():
        if not line.startswith("|") or line.startswith(("| Clause |", "| --- |")):
            continue
        clause, sentence, _, state = (cell.strip() for cell in line.strip("|").split(" | "))
        word, _, reason = state.partition(":")
        found.append(Row(clause, sentence, word, reason.strip()))
    return found


def fault(row: Row) -> str:
    """What is wrong with a row, in words; nothing where it is right."""
    if not row.sentence:
        return "quotes nothing"
    if row.state == "proven":
        proofs = re.findall(r"`([^`]+)`", row.reason)
        return ", ".join(f"{proof} does not exist" for proof in proofs if not exists(proof)) or (
            "" if proofs else "names no test"
        )
    if row.state == "open":
        return "" if row.reason in WAITS_FOR else f"waits for something unknown: {row.reason!r}"
    if row.state == "refused":
        return "" if len(row.reason) > 20 else "gives no reason"
    return f"has no state that we know: {row.state!r}"


def exists(proof: str) -> bool:
    file, _, name = proof.partition("::")
    path = ROOT / file
    return path.is_file() and name in names_of_tests(path)


ROWS = rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[row.clause for row in ROWS])
def test_the_row_is_proven_open_or_refused(row: Row) -> None:
    assert fault(row) == ""


def test_every_document_is_mapped_and_every_clause_has_one_row() -> None:
    clauses = [row.clause for row in ROWS]
    assert {clause.split("-")[0] for clause in clauses} == DOCUMENTS
    assert len(set(clauses)) == len(clauses)


def test_clauses_are_numbered_without_a_gap() -> None:
    for document in DOCUMENTS:
        numbers = [int(row.clause.split("-")[1]) for row in ROWS if row.clause.startswith(f"{document}-")]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "state",
    [
        "proven: `tests/architecture/test_requirements.py::test_that_nobody_wrote`",
        "proven: `tests/architecture/no_such_file.py::test_anything`",
        "proven: by looking at it",
        "open: the weather",
        "refused: no",
        "",
    ],
)
def test_a_row_without_a_true_state_is_noticed(state: str) -> None:
    (row,) = rows(f"| CR-1 | a sentence | what we do | {state} |")
    assert fault(row) != ""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridgehead.verify.results import Counts, Report, worst


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["passed", "failed", "warning"], "failed"),
        (["passed", "warning", "unseen"], "warning"),
        (["passed", "unseen"], "unseen"),
        (["passed", "skipped"], "passed"),
        ([], "skipped"),
    ],
)
def test_the_worst_status_decides(statuses: list[str], expected: str) -> None:
    assert worst(statuses) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (Counts(passed=3, skipped=2), 0),
        (Counts(passed=3, warning=1), 0),
        (Counts(passed=3, failed=1), 1),
        (Counts(skipped=5), 2),
        (Counts(unseen=5), 2),
    ],
)
def test_the_exit_status_says_whether_anything_failed_or_nothing_was_seen(counts: Counts, status: int) -> None:
    report = Report(
        program="", subject="", began=datetime.now(UTC), seconds=0, complete=True, branches=(), counts=counts
    )
    assert report.exit_status() == status

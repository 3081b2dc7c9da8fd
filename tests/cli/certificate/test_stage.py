"""Times as people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridgehead.certificates.store.store import Store
from bridgehead.cli.certificate.stage import read_time
from bridgehead.problems import ProblemsFound
from tests.certificates.store.stocked import NOW, add_generation
from tests.end_to_end.command_line import run


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01 02:00", datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("2026-07-01 02:00", datetime(2026, 7, 1, 0, tzinfo=UTC)),
        ("2026-12-01T02:00Z", datetime(2026, 12, 1, 2, tzinfo=UTC)),
        ("2026-12-01T02:00:30-05:00", datetime(2026, 12, 1, 7, 0, 30, tzinfo=UTC)),
        ("20261201T0200", datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_that_of_this_machine(text: str, expected: datetime) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "02:00", "1.12.2026 02:00", "0001-01-01T00:00+01:00", "9999-12-31T23:59-12:00"]
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        read_time(text)
    (problem,) = found.value.problems
    assert problem.code == "stage.not-a-time"
    assert '--at "2026-12-01 02:00"' in problem.hint


def test_the_past_is_refused_by_the_command(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates")
    add_generation(store)
    refused = run("certificate", "stage", "public", "1", "--at", "2020-01-01 02:00", "--store", store.directory)
    assert refused.returncode == 1
    assert "is over" in refused.stderr
    assert "bridgehead certificate activate public" in refused.stderr
    assert store.staged("public", "ecdsa") is None


def test_unstaging_says_whether_there_was_anything(tmp_path: Path) -> None:
    store = Store(tmp_path / "certificates")
    store.stage(add_generation(store), NOW + timedelta(days=1), now=NOW)
    said = [run("certificate", "unstage", "public", "--store", store.directory).stdout for _ in range(2)]
    assert said == [
        "No longer staged: public (ecdsa).\n",
        "Nothing was staged for public, and nothing has changed.\n",
    ]

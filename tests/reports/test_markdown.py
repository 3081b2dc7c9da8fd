"""Markdown reports. `GOLDEN=write pytest tests/reports` writes the golden files anew; read the difference."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bridgehead.reports.document import Document, Form, Section, Table, Text
from bridgehead.reports.markdown import as_markdown
from bridgehead.reports.plan_document import plan_document
from tests.planning.deployments import example, plan_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_the_plan_of_an_example_reads_as_its_golden_report(name: str) -> None:
    written = as_markdown(plan_document(plan_of(example(name))))
    golden = GOLDEN / f"{name}.md"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


def of(*blocks: Text | Table | Form) -> str:
    return as_markdown(Document("Title", "", (Section("one", "One", blocks),)))


def test_every_row_of_a_table_has_as_many_cells_as_the_table_has_columns() -> None:
    written = of(Table(("A", "B"), (("a|b", "two\nlines"), ("", "*.contoso.com"))))
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}
    assert r"\*.contoso.com" in rows[-1]
    assert "two<br>lines" in rows[2]


def test_what_is_not_known_is_a_line_to_write_on() -> None:
    assert "| Default gateway | …………………… | outside |" in of(Form("Proxy", (("Default gateway", "", "outside"),)))


def test_markup_in_a_name_is_text() -> None:
    assert r"\<b>" in of(Text("<b>"))

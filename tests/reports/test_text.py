"""Reports for a terminal, and as plain text."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

from rich.console import Console

from bridgehead.reports.plan_document import plan_document, worksheet_document
from bridgehead.reports.text import WIDTH, as_text, print_document
from tests.planning.deployments import contoso, example, plan_of

GOLDEN = Path(__file__).parent / "golden" / "contoso.txt"


def test_the_plan_for_contoso_reads_as_its_golden_report() -> None:
    written = as_text(plan_document(contoso()))
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(written, encoding="utf-8")
    assert written == GOLDEN.read_text(encoding="utf-8")


def test_a_file_gets_no_colours_and_no_line_too_wide_to_read_but_those_to_copy() -> None:
    written = as_text(plan_document(plan_of(example("two-pools"))))
    assert "\x1b" not in written
    wide = [line for line in written.splitlines() if len(line) > WIDTH]
    assert [line for line in wide if not line.startswith("  ")] == []


def test_lines_to_copy_are_never_broken() -> None:
    written = as_text(plan_document(contoso("[plan]\nwildcard = true\n")))
    assert (
        "  New-NetFirewallRule -DisplayName 'Reverse proxy: all external web services, 443' -Direction Inbound"
        in written
    )
    narrow = StringIO()
    print_document(plan_document(contoso()), Console(file=narrow, width=60, color_system=None, highlight=False))
    (line,) = [
        one for one in narrow.getvalue().splitlines() if "Add-DnsServerResourceRecord" in one and "lyncdiscover" in one
    ]
    assert line.endswith('-HostNameAlias "webdirext.contoso.com."')


def test_a_name_with_brackets_is_not_taken_for_markup() -> None:
    assert "below [plan]" in as_text(plan_document(contoso()))


def test_the_worksheet_has_lines_to_write_on() -> None:
    written = as_text(worksheet_document(contoso().worksheet))
    assert "____________________________" in written

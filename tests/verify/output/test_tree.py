from __future__ import annotations

from io import StringIO

from rich.console import Console

from bridgehead.verify.output.tree import print_report
from bridgehead.verify.results import Report
from tests.verify.output.reports import EVERYTHING


def printed(report: Report, *, colours: bool) -> str:
    kept = StringIO()
    print_report(
        report, Console(file=kept, width=100, force_terminal=colours, color_system="standard" if colours else None)
    )
    return kept.getvalue()


def test_groups_are_folded_where_all_is_well_and_name_what_is_not() -> None:
    text = printed(EVERYTHING, colours=False)
    assert "DNS  1 passed" in text
    assert text.count("dns.resolves") == 0
    for code in ("tls.name", "tls.dates", "bridge.host"):
        assert code in text


def test_what_is_to_be_mended_is_told_in_full() -> None:
    text = printed(EVERYTHING, colours=False)
    for words in ("FAIL webext.contoso.com", "It was requested without.", "Request another.", "CN=www.contoso.com"):
        assert words in text


def test_a_server_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in printed(EVERYTHING, colours=False)
    assert "\x1b[31m" not in printed(EVERYTHING, colours=True).replace("\x1b[1;31m", "")


def test_markup_of_the_terminal_library_in_an_answer_is_text() -> None:
    assert "<script>" in printed(EVERYTHING, colours=True)

from __future__ import annotations

from io import StringIO

from rich.console import Console

from bridgehead.verify.output.live import LiveView
from bridgehead.verify.run import Began, Judged, Planned
from tests.verify.output.reports import HOST, HOSTILE, result

OTHERS = tuple(f"meet{number}.contoso.com" for number in range(40))


def shown(view: LiveView) -> str:
    kept = StringIO()
    Console(file=kept, width=100, color_system=None).print(view.tree())
    return kept.getvalue()


def test_it_shows_how_far_each_name_is_what_is_tried_and_what_failed() -> None:
    view = LiveView(Console(file=StringIO(), force_terminal=True, width=100), "verify lab")
    try:
        view.show(Planned(((HOST, "tls.name"), (HOST, "tls.dates"), ("meet.contoso.com", "tls.name"))))
        view.show(Began(HOST, "tls.name", "The certificate has the name"))
        assert "tls.name The certificate has the name" in shown(view)
        view.show(Judged(result("failed", seen=HOSTILE)))
        text = shown(view)
    finally:
        view.close()
    assert "1 of 3 checks" in text
    assert "1/2" in text
    assert "0/1" in text
    assert "failed tls.name" in text
    assert "\x1b" not in text


def test_many_names_are_told_in_one_line_beyond_the_first() -> None:
    view = LiveView(Console(file=StringIO(), force_terminal=True), "verify lab")
    try:
        view.show(Planned(tuple((name, "tls.name") for name in OTHERS)))
        text = shown(view)
    finally:
        view.close()
    assert "and 34 more names, waiting or well" in text
    assert len(text.splitlines()) < 12


def test_it_is_gone_at_the_end_and_the_cursor_is_back() -> None:
    kept = StringIO()
    view = LiveView(Console(file=kept, force_terminal=True), "verify lab")
    view.close()
    assert kept.getvalue().rindex("\x1b[?25h") > kept.getvalue().rindex("\x1b[?25l")

from __future__ import annotations

import io

from rich.console import Console

from bridgehead.lab.clients import Step
from bridgehead.lab.report import new_console, show_steps, show_verdict

LONG = "https://webext.contoso.localhost:8443/Autodiscover/AutodiscoverService.svc/root/user?sipuri=a@b"
GOOD = Step("A client", "an ordinary step", LONG, "200", "409 PGetReplaced, then 200", ok=True, milliseconds=12345)
BAD = Step("Another client", "another step", LONG, "200 and a long list of things", "x" * 150)


def shown(*steps: Step, terminal: bool = False) -> str:
    output = io.StringIO()
    console = Console(file=output, width=100, force_terminal=terminal, highlight=False)
    show_steps(console, steps)
    show_verdict(console, steps)
    return output.getvalue()


def test_the_tables_fit_100_columns_without_colour() -> None:
    output = shown(GOOD, GOOD)
    assert "\x1b" not in output
    assert max(len(line.rstrip()) for line in output.splitlines()) <= 100
    assert "12345 ms" in output
    assert "409 PGetReplaced, then 200" in output


def test_each_client_is_named_once() -> None:
    assert shown(GOOD, GOOD, BAD).count("A client\n") == 1


def test_what_went_wrong_is_told_in_full() -> None:
    output = shown(GOOD, BAD)
    for text in (LONG, BAD.expected, BAD.seen, "1 of 2 steps went wrong."):
        assert text in output


def test_a_terminal_gets_colour_and_links_to_click() -> None:
    output = shown(GOOD, terminal=True)
    assert "\x1b[32mok" in output
    assert f";{LONG}\x1b\\" in output


def test_a_pipe_is_100_columns_wide() -> None:
    assert new_console().width == 100

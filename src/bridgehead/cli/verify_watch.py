"""`bridgehead verify --watch`: the changes, as they come, on the terminal or as JSON lines."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from bridgehead.cli.messages import print_problems
from bridgehead.cli.verify_output import Format, Outputs, live_view
from bridgehead.problems import ProblemsFound
from bridgehead.verify.output.following import follow
from bridgehead.verify.output.tree import STYLES
from bridgehead.verify.output.watched import heartbeat, json_of_end, json_of_round, lines_of_end, lines_of_round
from bridgehead.verify.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.verify.registry import Selection
    from bridgehead.verify.results import Report
    from bridgehead.verify.run import Verification
    from bridgehead.verify.watching import End, Pace, Round


def watch(verification: Callable[[Selection], Verification], selection: Selection, pace: Pace, outputs: Outputs) -> int:
    """Watch until the pace or Ctrl-C ends it; the exit status is that of the last round, 2 where there was none.

    `verification` makes a new one, which remembers nothing of the network. Files are written after every round.
    """

    def verify(selected: Selection) -> Report:
        one = verification(selected)
        report, interrupted = follow(one, live_view(one.subject))
        if interrupted:
            raise KeyboardInterrupt
        return report

    teller = _Teller(outputs.form)
    watching = Watch(verify, selection, pace, wait=teller.wait)
    with contextlib.suppress(KeyboardInterrupt):
        for done in watching.rounds():
            try:
                outputs.write_files(done.report)
            except ProblemsFound as found:  # a full disk does not end the night
                print_problems(found.problems)
            teller.tell(done)
    teller.end(watching.ended)
    return teller.last.report.exit_status() if teller.last else 2


class _Teller:
    """Tells rounds and the end, and waits in between."""

    def __init__(self, form: Format) -> None:
        self._as_json = form is Format.JSON
        self._console = Console(highlight=False, soft_wrap=True)
        self._aside = Console(stderr=True, highlight=False)
        self._first: Round | None = None
        self.last: Round | None = None
        self._changed = 0

    def tell(self, done: Round) -> None:
        """One round."""
        self._first, self.last = self._first or done, done
        self._changed += len(done.changes)
        if self._as_json:
            typer.echo(json_of_round(done))
            return
        for line, status in lines_of_round(done):
            self._console.print(Text(line, style=STYLES[status]))

    def wait(self, seconds: float) -> None:
        """Until the next round; on a terminal with a line that says so."""
        if self.last is None or not self._aside.is_terminal:
            time.sleep(seconds)
            return
        with self._aside.status(heartbeat(self.last, seconds)):
            time.sleep(seconds)

    def end(self, ended: End) -> None:
        """The summary."""
        if self._as_json:
            typer.echo(json_of_end(self.last, self._changed, ended))
            return
        for line in lines_of_end(self._first, self.last, self._changed, ended):
            self._console.print(Text(line))

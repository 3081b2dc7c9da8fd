"""A verification in a terminal while it runs: a tree of names, how far each is, what is tried, what has failed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from bridgehead.verify.output.legible import on_one_line
from bridgehead.verify.output.tree import STYLES, counted
from bridgehead.verify.run import Began, Judged, Planned

if TYPE_CHECKING:
    from rich.console import Console

    from bridgehead.verify.results import Result
    from bridgehead.verify.run import Event
    from bridgehead.verify.verdicts import Status

_SHOWN_FAILURES = 4
"""Of one name: the end of the run tells all of them."""
_SHOWN_QUIET = 6
"""Names that wait, or are done and well, beyond which they are told in one line: a terminal has few."""
_BAR = 16


@dataclass
class _Name:
    """How far one name is."""

    planned: int = 0
    counts: Counter[Status] = field(default_factory=Counter)
    running: Began | None = None
    failures: list[Result] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(self.counts.values())

    @property
    def is_quiet(self) -> bool:
        return self.running is None and not self.failures


class LiveView:
    """The tree, redrawn as things happen and gone at the end. Close it, or the terminal keeps its cursor hidden."""

    def __init__(self, console: Console, title: str) -> None:
        self._title = title
        self._names: dict[str, _Name] = {}
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._spinner = Spinner("dots" if console.encoding.startswith("utf") else "line")
        self._live = Live(console=console, transient=True, refresh_per_second=8, get_renderable=self.tree)
        self._live.start()

    def show(self, event: Event) -> None:
        """One thing that happened."""
        with self._lock:
            match event:
                case Planned():
                    for target, _ in event.checks:
                        self._names.setdefault(target, _Name()).planned += 1
                case Began():
                    self._names[event.target].running = event
                case Judged():
                    name = self._names[event.result.target]
                    name.running = None
                    name.counts[event.result.status] += 1
                    if event.result.status in {"failed", "warning"}:
                        name.failures.append(event.result)

    def close(self) -> None:
        """Take it away."""
        self._live.stop()

    def tree(self) -> Tree:
        """How it stands now."""
        with self._lock:
            done, planned = (sum(getattr(one, what) for one in self._names.values()) for what in ("done", "planned"))
            seconds = time.monotonic() - self._started
            tree = Tree(Text.assemble((self._title, "bold"), f"  {done} of {planned} checks, {seconds:.0f} s"))
            quiet = 0
            for target, name in self._names.items():
                quiet += name.is_quiet
                if not name.is_quiet or quiet <= _SHOWN_QUIET:
                    self._add(tree, target, name)
            if quiet > _SHOWN_QUIET:
                tree.add(Text(f"and {quiet - _SHOWN_QUIET} more names, waiting or well", style="dim"))
            tree.add(Text("Ctrl-C ends it with what is known by then.", style="dim"))
            return tree

    def _add(self, tree: Tree, target: str, name: _Name) -> None:
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=max(1, name.planned), completed=name.done, width=_BAR)
        line.add_row(Text(target, style="bold"), bar, Text(f"{name.done}/{name.planned}"), counted(name.counts))
        branch = tree.add(line)
        for result in name.failures[-_SHOWN_FAILURES:]:
            branch.add(_cut(result))
        if name.running is not None:
            self._spinner.text = ""
            running = Table.grid(padding=(0, 1))
            running.add_row(self._spinner, Text(name.running.code), Text(name.running.title, style="dim"))
            branch.add(running)


def _cut(result: Result) -> Text:
    line = Text.assemble(
        (f"{result.status} ", STYLES[result.status]), (result.code, "bold"), f"  {on_one_line(result.seen)}"
    )
    line.no_wrap, line.overflow = True, "ellipsis"
    return line

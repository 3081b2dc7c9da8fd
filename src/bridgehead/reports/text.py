"""A document for the terminal, or as plain text."""

from __future__ import annotations

from io import StringIO
from textwrap import indent
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bridgehead.reports.document import Code, Flow, Form, Heading, Notice, Picture, Table, Text

if TYPE_CHECKING:
    from bridgehead.reports.document import Block, Document, FlowStep

WIDTH = 150
"""Of text that goes to a file: reasons are sentences, and wider lines are hard to read."""


def print_document(document: Document, console: Console) -> None:
    """Print it in the width of the console."""
    console.print(RichText(document.title, style="bold"))
    console.print(RichText(document.subtitle, style="dim"))
    if document.facts:
        console.print(RichText(" · ".join(f"{number} {what}" for number, what in document.facts)))
    for section in document.sections:
        console.print()
        console.rule(RichText(section.title, style="bold"), align="left")
        for block in section.blocks:
            _print(block, console)


def as_text(document: Document) -> str:
    """The same for a file: no colours."""
    kept = StringIO()
    print_document(document, Console(file=kept, width=WIDTH, color_system=None, highlight=False))
    return "".join(f"{line.rstrip()}\n" for line in kept.getvalue().splitlines())


def _print(block: Block, console: Console) -> None:
    match block:
        case Text(text):
            console.print(RichText(text))
        case Heading(text):
            console.print()
            console.print(RichText(text, style="bold cyan"))
        case Notice(text):
            console.print(RichText(text, style="bold yellow"))
        case Table():
            console.print(_table(block))
        case Code(title, _, text):
            console.print(RichText(f"{title}:", style="bold"))
            # Whoever copies a line needs all of it, however narrow the terminal.
            console.print(RichText(indent(text, "  "), style="green"), soft_wrap=True)
        case Flow(steps):
            for number, step in enumerate(steps, 1):
                _print_step(number, step, console)
        case Form(title, lines):
            console.print(_form(title, lines))
        case Picture():
            pass


def _print_step(number: int, step: FlowStep, console: Console) -> None:
    answer = "Yes" if step.answer else "No"
    console.print(RichText.assemble((f"{number:>2}. {step.question} ", "bold"), (answer, "bold green")))
    console.print(RichText(f"    {step.why}", style="dim"))
    for yes, words in ((True, step.yes), (False, step.no)):
        taken = yes is step.answer
        names = f" [{', '.join(step.names)}]" if taken and step.names else ""
        line = f"    {'→' if taken else ' '} {'yes: ' if yes else 'no:  '}{words}{names}"
        console.print(RichText(line, style="green" if taken else "dim"))


def _table(table: Table) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, title=table.title or None, title_justify="left", title_style="bold")
    for column in table.columns:
        drawn.add_column(column, overflow="fold", ratio=3 if column.startswith("Why") else None)
    before = ""
    for row in table.rows:
        *cells, last = row
        told = len(row) > 1 and last and last == before and table.columns[-1] == "Why"
        drawn.add_row(*(RichText(cell) for cell in cells), RichText("″" if told else last, style="dim"))
        before = last
    return drawn


def _form(title: str, lines: tuple[tuple[str, str, str], ...]) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", show_lines=False)
    drawn.add_column("Item", overflow="fold")
    drawn.add_column("Value", overflow="fold", min_width=30)
    drawn.add_column("Remark", overflow="fold", style="dim")
    for item, value, remark in lines:
        drawn.add_row(RichText(item), RichText(value or "_" * 28), RichText(remark))
    return drawn

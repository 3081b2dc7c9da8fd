"""A document as Markdown, with GitHub's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.reports.document import Code, Flow, Form, Heading, Notice, Picture, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgehead.reports.document import Block, Document

BLANK = "……………………"


def as_markdown(document: Document) -> str:
    """The whole document."""
    lines = [f"# {document.title}", "", _escaped(document.subtitle), ""]
    if document.facts:
        lines += [" · ".join(f"**{number}** {what}" for number, what in document.facts), ""]
    for section in document.sections:
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    return "\n".join(_without_doubled_gaps(lines)).rstrip() + "\n"


def _without_doubled_gaps(lines: Iterable[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Text(text):
            yield _escaped(text)
        case Heading(text):
            yield f"### {_escaped(text)}"
        case Notice(text):
            yield f"> **{_escaped(text)}**"
        case Table():
            yield from _table(block.columns, block.rows, block.title)
        case Code(title, language, text):
            yield f"{_escaped(title)}:"
            yield ""
            yield f"```{language}"
            yield text
            yield "```"
        case Flow(steps):
            for number, step in enumerate(steps, 1):
                names = f" `{'`, `'.join(step.names)}`" if step.names else ""
                taken, other = (step.yes, step.no) if step.answer else (step.no, step.yes)
                yield f"{number}. {step.question} **{'Yes' if step.answer else 'No'}: {_escaped(taken)}**{names}  "
                yield f"   otherwise: {_escaped(other)}. {_escaped(step.why)}"
        case Form(title, lines):
            yield f"### {_escaped(title)}"
            yield ""
            yield from _table(
                ("Item", "Value", "Remark"), tuple((item, value or BLANK, remark) for item, value, remark in lines), ""
            )
        case Picture():
            return


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], title: str) -> Iterator[str]:
    if title:
        yield f"**{_escaped(title)}**"
        yield ""
    yield _row(column or " " for column in columns)
    yield _row("---" for _ in columns)
    yield from (_row(map(_cell, row)) for row in rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return "<br>".join(_escaped(line) for line in text.splitlines()).replace("|", "\\|") or " "


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "\\<").replace("_", "\\_")

"""What a report says, whatever it is written in: sections of text, tables and things to copy."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A title within a section."""

    text: str


@dataclass(frozen=True)
class Notice:
    """A paragraph that must not be overlooked."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under columns. Where the last column is a reason, equal ones in a row are told once."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    copied: bool = True
    """Whether somebody would want to copy it."""


@dataclass(frozen=True)
class Code:
    """Lines to copy into a file or a terminal."""

    title: str
    language: str
    text: str


@dataclass(frozen=True)
class Flow:
    """A flow chart: for each question both answers, which one is taken, and what it adds."""

    steps: tuple[FlowStep, ...]


@dataclass(frozen=True)
class FlowStep:
    """One question of it."""

    question: str
    yes: str
    no: str
    answer: bool
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Form:
    """A part of a worksheet: items, and a line to write on where the value is not known."""

    title: str
    lines: tuple[tuple[str, str, str], ...]
    """Item, value, remark."""


@dataclass(frozen=True)
class Picture:
    """A drawing, as SVG; reports without pictures leave it out."""

    svg: str
    description: str


Block = Text | Heading | Notice | Table | Code | Flow | Form | Picture


@dataclass(frozen=True)
class Section:
    """A chapter of the report."""

    name: str
    """For links: letters and hyphens."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = field(default=())
    """Numbers for the top of the page, each with what is counted."""

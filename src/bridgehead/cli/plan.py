"""`bridgehead plan`: what follows from a file, before anything is touched."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from bridgehead.cli.messages import print_problems
from bridgehead.planning.changes import changes
from bridgehead.planning.explanation import explain, similar_names
from bridgehead.planning.plan import make_plan
from bridgehead.planning.planned import Plan
from bridgehead.planning.running import changes_of_running
from bridgehead.planning.worksheet import worksheet
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.control import ask, default_path
from bridgehead.reports.markdown import as_markdown
from bridgehead.reports.page import as_page
from bridgehead.reports.plan_document import changes_document, explanation_document, plan_document, worksheet_document
from bridgehead.reports.text import as_text, print_document
from bridgehead.spec import ProxySpec
from bridgehead.topology.advice import advice
from bridgehead.topology.file import read_file, read_text
from bridgehead.topology.interfaces import machine_addresses

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bridgehead.reports.document import Document


class Format(Enum):
    """What the plan is written in."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


def plan(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    file: Annotated[
        Path | None, typer.Argument(help="A topology (.toml). Without one, only --worksheet.", show_default=False)
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="For a terminal, to hand over, or for programs.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file.", show_default=False, dir_okay=False)
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Plan for this day; today without it.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--explain", metavar="NAME", help="Why a name, rule or property is there.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="What changes from this file: a topology, or a plan in JSON.", show_default=False),
    ] = None,
    running: Annotated[
        bool, typer.Option("--against-running", help="What changes from what the running proxy runs.")
    ] = False,
    control: Annotated[
        Path | None, typer.Option("--control", help="The running proxy's local socket.", show_default="by user")
    ] = None,
    form_only: Annotated[bool, typer.Option("--worksheet", help="The data collection worksheet alone.")] = False,
) -> None:
    """Plan certificates, DNS, firewall and rules from the file that the proxy runs from. Changes nothing.

    Asks nobody; with --against-running, the proxy on this machine what it runs.

    Exit status: 0 planned, 1 the file is wrong or the name is not in the plan, 2 the file cannot be read or no
    proxy answers.

    For example:

    - `bridgehead plan bridgehead.toml`

    - `bridgehead plan bridgehead.toml --format html -o plan.html`

    - `bridgehead plan bridgehead.toml --explain meet.contoso.com`

    - `bridgehead plan new.toml --against bridgehead.toml`

    - `bridgehead plan new.toml --against-running`

    - `bridgehead plan --worksheet --format html -o worksheet.html`
    """
    on = day.date() if day is not None else datetime.now(UTC).astimezone().date()
    if file is None:
        if not form_only:
            raise typer.BadParameter("a FILE is needed, or --worksheet alone")
        empty = worksheet(None, ())
        _write(worksheet_document(empty), empty, form, output)
        return
    made = _plan(file, on)
    if form_only:
        _write(worksheet_document(made.worksheet), made.worksheet, form, output)
    elif name is not None:
        explained = explain(made, name)
        if not explained.found:
            raise ProblemsFound([_unknown(made, name)])
        _write(explanation_document(explained), explained, form, output)
    elif against is not None:
        difference = changes(_plan(against, on), made)
        _write(changes_document(difference), difference, form, output)
    elif running:
        difference = changes_of_running(_running_spec(control), made)
        _write(changes_document(difference, from_running=True), difference, form, output)
    else:
        _write(plan_document(made), made, form, output)


def _plan(file: Path, on: date) -> Plan:
    if file.suffix.lower() == ".json":
        return _written_plan(file)
    interfaces = machine_addresses()
    read = read_file(file, interfaces)
    print_problems(advice(read.topology, read.places))
    return make_plan(read.topology, on, interfaces)


def _written_plan(file: Path) -> Plan:
    try:
        return Plan.model_validate_json(read_text(file))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = f"This is not a plan in JSON: {'.'.join(map(str, first['loc']))}: {first['msg']}."
        hint = "Give a topology (.toml), or what `bridgehead plan FILE --format json` wrote."
        raise ProblemsFound([Problem("plan.not-a-plan", str(file), message, hint)]) from None


def _running_spec(control: Path | None) -> ProxySpec:
    told = ask(control or default_path(), "spec")
    if not told["ok"]:
        raise ProblemsFound(Problem(**problem) for problem in told["problems"])
    return ProxySpec.model_validate(told["spec"])


def _unknown(made: Plan, name: str) -> Problem:
    close = similar_names(made, name)
    hint = f"Close to it: {', '.join(close)}." if close else "Names are in the plan's tables of names, rules and DNS."
    return Problem("plan.unknown-name", "--explain", f"Nothing in the plan is called {name}.", hint)


def _write(document: Document, data: BaseModel, form: Format, output: Path | None) -> None:
    if form is Format.TEXT and output is None and sys.stdout.isatty():
        print_document(document, Console(highlight=False))
        return
    text = _written(document, data, form)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The file cannot be written: {os.strerror(error.errno or 0)}."
        raise ProblemsFound(
            [Problem("file.unwritable", str(output), message, "Choose another place with -o.")]
        ) from None
    typer.echo(f"Written to {output}.", err=True)


def _written(document: Document, data: BaseModel, form: Format) -> str:
    match form:
        case Format.TEXT:
            return as_text(document)
        case Format.MARKDOWN:
            return as_markdown(document)
        case Format.HTML:
            return as_page(document)
        case Format.JSON:
            return f"{data.model_dump_json(indent=2)}\n"

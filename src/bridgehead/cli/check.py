"""`bridgehead check`: validate everything, change nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bridgehead.cli.loading import load
from bridgehead.cli.messages import exit_status, print_problems
from bridgehead.cli.references import check_references, laboratory_certificates
from bridgehead.cli.tables import print_spec, spec_as_text
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from bridgehead.spec import ProxySpec


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def check(
    file: Annotated[Path, typer.Argument(help="A topology (.toml) or a ProxySpec (.json).", show_default=False)],
    form: Annotated[Format, typer.Option("--format", help="Tables for people, or JSON for programs.")] = Format.TEXT,
    spec_only: Annotated[
        bool, typer.Option("--spec", help="Print what the proxy would run, as ProxySpec JSON, and nothing else.")
    ] = False,
) -> None:
    """Validate a file and all that it refers to, and show what would be published. Changes nothing.

    Exit status: 0 all is well, 1 something is wrong, 2 the file cannot be read.

    For example:

    - `bridgehead check bridgehead.toml`

    - `bridgehead check bridgehead.toml --format json | jq .problems`

    - `bridgehead check bridgehead.toml --spec > bridgehead.json`
    """
    spec: ProxySpec | None = None
    try:
        loaded = load(file)
        spec, problems = loaded.spec, [*loaded.advice, *check_references(loaded.spec, datetime.now(UTC))]
        problems += laboratory_certificates(spec)
    except ProblemsFound as found:
        problems = list(found.problems)
    if form is Format.JSON and not spec_only:
        typer.echo(json.dumps(_as_json(spec, problems), indent=2))
    else:
        _print(spec, problems, spec_only=spec_only)
    raise typer.Exit(exit_status(problems))


def _as_json(spec: ProxySpec | None, problems: list[Problem]) -> dict[str, object]:
    return {
        "ok": exit_status(problems) == 0,
        "problems": [problem.as_json() for problem in problems],
        "spec": spec.model_dump(mode="json") if spec is not None else None,
    }


def _print(spec: ProxySpec | None, problems: list[Problem], *, spec_only: bool) -> None:
    if spec is not None and spec_only:
        typer.echo(spec.model_dump_json(indent=2))
    elif spec is not None:
        console = Console(highlight=False)
        if console.is_terminal:
            print_spec(spec, console)
        else:
            typer.echo(spec_as_text(spec), nl=False)
    print_problems(problems)
    if not spec_only and exit_status(problems) == 0:
        typer.echo("All is well." if not problems else "It works; see the warnings.")

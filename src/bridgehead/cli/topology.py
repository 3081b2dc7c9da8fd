"""`bridgehead topology`: what to do with topologies."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem
from bridgehead.topology.importing.importer import import_topology

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.topology.importing.importer import Imported

topology = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Make the file from what Lync Server knows about itself."
)

STANDARD_OUTPUT = Path("-")


@topology.callback()
def about() -> None:
    """Make the file from what Lync Server knows about itself."""


@topology.command("import")
def import_command(
    file: Annotated[
        Path, typer.Argument(help="A .tbxml file, or the output of Get-CsTopology -AsXml.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; `-` for standard output.")] = Path(
        "bridgehead.toml"
    ),
    simple_urls: Annotated[
        Path | None,
        typer.Option(
            help="The output of Get-CsSimpleUrlConfiguration (Export-Clixml, or its text), which Get-CsTopology lacks.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Read an exported topology and write bridgehead.toml. Asks nothing, and says what is left to fill in.

    Reads Lync Server 2013 and Skype for Business Server 2015 and later, in UTF-8 or UTF-16.

    Exit status: 0 written, 1 the export cannot be used, 2 the command could not run.

    For example:

    - `bridgehead topology import contoso.tbxml`

    - `bridgehead topology import topology.xml --simple-urls simple-urls.xml -o contoso.toml`
    """
    _refuse_to_lose(output, (file, simple_urls), force=force)
    imported = import_topology(file, simple_urls)
    if output == STANDARD_OUTPUT:
        typer.echo(imported.text, nl=False)
    else:
        _write(output, imported.text, force=force)
    typer.echo(_told(file, imported), nl=False, err=output == STANDARD_OUTPUT)
    print_problems(imported.warnings)
    if output != STANDARD_OUTPUT:
        typer.echo(f"Written: {output}. When it is filled in: bridgehead check {output}")


def _refuse_to_lose(output: Path, sources: Iterable[Path | None], *, force: bool) -> None:
    """End here if the output is one of the inputs, or exists and is not to be replaced."""
    if output == STANDARD_OUTPUT or not output.exists():
        return
    if any(source is not None and source.exists() and output.samefile(source) for source in sources):
        _could_not_run("output.is-input", output, "This is the file that is to be read.", "Name another one with -o.")
    if not force:
        _exists(output)


def _exists(output: Path) -> None:
    _could_not_run(
        "output.exists", output, "The file exists, and was left as it is.", "Name another one with -o, or add --force."
    )


def _could_not_run(code: str, output: Path, message: str, hint: str = "") -> None:
    print_problems([Problem(code, str(output), message, hint)])
    raise typer.Exit(2)


def _write(output: Path, text: str, *, force: bool) -> None:
    try:
        if force and output.exists():
            _replace(output.resolve(), text)
        else:
            with output.open("x", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError:
        _exists(output)
    except OSError as error:
        _could_not_run("output.unwritable", output, f"The file cannot be written: {error.strerror or error}.")


def _replace(output: Path, text: str) -> None:
    """Replace a file in one step, so that it is whole whenever somebody looks."""
    descriptor, beside = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(beside).chmod(output.stat().st_mode & 0o7777)
        Path(beside).replace(output)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _told(file: Path, imported: Imported) -> str:
    parts = (
        ("Taken", imported.taken),
        ("Not needed, because nothing of it is published", (", ".join(imported.not_needed),)),
        ("Left for you", imported.left),
    )
    lines = [f"{file}: {imported.source}"]
    for heading, sentences in parts:
        if any(sentences):
            lines += ["", heading, *(f"  - {sentence}" for sentence in sentences)]
    return "\n".join([*lines, "", ""])

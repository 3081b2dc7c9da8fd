"""What the demonstration shows on the terminal: the file, what each client saw, and where to click."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgehead.lab.clients import Step
    from bridgehead.lab.deployment import Deployment

_WIDTH_OF_A_PIPE = 100


def new_console() -> Console:
    """Standard output: coloured and as wide as the terminal, or plain and 100 columns wide in a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_A_PIPE)


def show_file(console: Console, path: Path) -> None:
    """The file that the proxy runs from."""
    console.print(Text(f"The file it runs from, {path}:", style="bold"), soft_wrap=True)
    console.print()
    for line in path.read_text(encoding="utf-8").splitlines():
        console.print(Text(f"    {line}".rstrip(), style="dim" if line.startswith("#") else ""), soft_wrap=True)
    console.print()


def show_steps(console: Console, steps: Sequence[Step]) -> None:
    """A table for each client; what went wrong is told in full below them."""
    for client, own in groupby(steps, key=lambda step: step.client):
        table = _new_table()
        for step in own:
            mark = Text("ok", style="green") if step.ok else Text("NO", style="bold red")
            asked = Text(_shortened(step.url), style=f"link {step.url}" if console.is_terminal else "")
            table.add_row(mark, step.what, asked, Text(step.seen), f"{step.milliseconds:.0f} ms")
        console.print(Text(client, style="bold"))
        console.print(table)
        console.print()
    for step in steps:
        if not step.ok:
            _show_failure(console, step)


def _new_table() -> Table:
    # The same widths for every client, so that the tables read as one; together they fit 100 columns.
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=2)
    table.add_column(width=21, no_wrap=True)
    table.add_column(width=34, no_wrap=True, overflow="ellipsis")
    table.add_column(width=27, overflow="fold")
    table.add_column(width=8, no_wrap=True, justify="right")
    return table


def show_verdict(console: Console, steps: Sequence[Step]) -> None:
    """The last line of the walk-through."""
    failed = sum(not step.ok for step in steps)
    if failed:
        console.print(Text(f"{failed} of {len(steps)} steps went wrong.", style="bold red"))
    else:
        console.print(Text(f"All {len(steps)} steps went as they should.", style="bold green"))


def show_where_to_click(console: Console, deployment: Deployment) -> None:
    """URLs for a browser, and commands for those who prefer them."""
    publication, root = deployment.publication, deployment.outside_root
    alice = deployment.users[0]
    places = {
        "Join page": publication.url(publication.meet, "/alice/5FQ2KWD9"),
        "Dial-in page": publication.url(publication.dialin),
        "Discovery": publication.url(publication.discovery),
        "Office slides": publication.url(publication.office, "/m/ParticipantFrame.aspx?a=0&embed=true"),
        "Address book": publication.url(publication.web, "/abs/handler"),
        "Intranet": publication.url(publication.intranet),
    }
    console.print("\nTo click (the browser warns, because it does not know the laboratory's authority):\n")
    for name, url in places.items():
        console.print(Text.assemble(f"    {name:14}", (url, f"link {url}")), soft_wrap=True)
    credential = f"'{alice.account}:{alice.password}'"
    console.print("\nOr as Alice, by NTLM:\n")
    command = f"    curl --cacert {root} --ntlm -u {credential} {places['Address book']}"
    console.print(Text(command), soft_wrap=True)


def _show_failure(console: Console, step: Step) -> None:
    lines = {"asked": step.url, "expected": step.expected, "saw": step.seen}
    console.print(Text(f"{step.client}, {step.what}:", style="bold red"))
    for name, value in lines.items():
        console.print(Text(f"    {name:9} {value}"), soft_wrap=True)
    console.print()


def _shortened(url: str) -> str:
    """`meet:8443/alice/5FQ2KWD9`, with the scheme where it is not https: the names are all in one domain."""
    parts = urlsplit(url)
    scheme = "http://" if parts.scheme == "http" else ""
    return f"{scheme}{(parts.hostname or '').partition('.')[0]}{parts.path}"

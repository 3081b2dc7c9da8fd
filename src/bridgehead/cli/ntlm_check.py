"""`bridgehead ntlm-check`: whether a proxy, any proxy, keeps identities apart."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from bridgehead.cli.credentials import users_from
from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.verify.isolation.run import check_isolation
from bridgehead.verify.isolation.stage import Limits, Means
from bridgehead.verify.isolation.target import path_of, pattern_of, target_of
from bridgehead.verify.isolation.text import as_text
from bridgehead.verify.output.isolation_page import as_isolation_page

_COMMAND_SECONDS = 60
_WITHOUT_TOKENS = """\
Logging in needs pyspnego, which makes the tokens, and it is not installed.
    pip install pyspnego"""


class Format(Enum):
    """What the report is written in."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def ntlm_check(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    url: Annotated[str, typer.Argument(help="A page that asks for a Windows login.", show_default=False)],
    credentials_file: Annotated[
        Path | None,
        typer.Option(help="Users to log in with, TOML of mode 0600. Without it, asked for.", show_default=False),
    ] = None,
    who: Annotated[
        str, typer.Option(metavar="REGEX", help="Finds the user's name in an answer.", show_default=False)
    ] = "",
    who_url: Annotated[
        str, typer.Option(metavar="URL", help="A page of the site that names the user.", show_default=False)
    ] = "",
    connect_to: Annotated[
        str, typer.Option(metavar="ADDRESS[:PORT]", help="Where the proxy is, if DNS is not.", show_default=False)
    ] = "",
    trust: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Roots (PEM) instead of the system's.", show_default=False)
    ] = None,
    direct: Annotated[
        str,
        typer.Option(
            metavar="URL", help="The same page without the proxy, to tell its faults apart.", show_default=False
        ),
    ] = "",
    direct_trust: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Roots (PEM) for --direct.", show_default=False)
    ] = None,
    post_url: Annotated[
        str, typer.Option(metavar="URL", help="A page where a POST of 22 bytes does no harm.", show_default=False)
    ] = "",
    cut: Annotated[
        str, typer.Option(metavar="COMMAND", help="Ends the server's connections to the proxy.", show_default=False)
    ] = "",
    reload: Annotated[str, typer.Option(metavar="COMMAND", help="Reloads the proxy.", show_default=False)] = "",
    connections: Annotated[int, typer.Option(min=4, max=200, help="Open at the same time, at most.")] = 16,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Of what may go well by chance.")] = 3,
    seconds: Annotated[float, typer.Option("--time", min=1, max=3600, help="For everything, in seconds.")] = 120,
    allow_wrong_password: Annotated[
        bool, typer.Option("--allow-wrong-password", help="Send one wrong password, too.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
    transcripts: Annotated[
        bool, typer.Option("--transcripts", help="Print every conversation, not only the proofs.")
    ] = False,
) -> None:
    """Test whether the proxy in front of a site keeps Windows logins (NTLM, Negotiate) apart. Any proxy, any site.

    Two users and strangers come over many connections; the report says which of the 25 rules hold, which are broken,
    with the transcript that proves it, and which cannot be seen from outside. See docs/ntlm-check.md.

    Exit status: 0 nothing broken was seen, 1 something was, 2 it could not be tested, or not to its end.

    For example:

    - `bridgehead ntlm-check https://webext.contoso.com/abs/ --credentials-file users.toml`

    - `bridgehead ntlm-check https://webext.contoso.com/abs/ --connect-to 192.0.2.10 --trust root.pem`

    - `bridgehead ntlm-check https://mail.contoso.com/EWS/ --who-url /whoami.aspx --who 'User: ([^<]+)'`
    """
    try:
        target = target_of(url, connect_to=connect_to, trust=trust)
        means = Means(
            page=path_of(who_url, target) if who_url else "",
            post_path=path_of(post_url, target) if post_url else "",
            cut=_command(cut),
            reload=_command(reload),
            # The servers know the published name alone, whichever way they are reached.
            direct=replace(target_of(direct, trust=direct_trust), authority=target.authority, path=target.path)
            if direct
            else None,
            wrong_password=allow_wrong_password,
        )
        pattern = pattern_of(who) if who else None
        users = users_from(credentials_file, most=2)
    except ProblemsFound as found:
        print_problems(found.problems)
        raise typer.Exit(2) from None
    try:
        report = check_isolation(
            target,
            users,
            limits=Limits(connections=connections, rounds=rounds, seconds=seconds),
            means=means,
            who=pattern,
            tell=_tell,
        )
    except ModuleNotFoundError as error:
        if error.name != "spnego":
            raise
        typer.echo(_WITHOUT_TOKENS, err=True)
        raise typer.Exit(2) from None
    match form:
        case Format.HTML:
            typer.echo(as_isolation_page(report), nl=False)
        case Format.JSON:
            typer.echo(report.model_dump_json(indent=2))
        case Format.TEXT:
            typer.echo(as_text(report, transcripts=transcripts))
    raise typer.Exit(report.exit_status)


def _tell(title: str) -> None:
    """Progress, for whoever watches."""
    if sys.stderr.isatty():
        typer.echo(f"… {title}", err=True)


def _command(text: str) -> Callable[[], None] | None:
    """Something that runs a command and waits for its end. Raises ProblemsFound where it fails."""
    if not text:
        return None
    try:
        arguments = shlex.split(text)
    except ValueError as error:
        raise ProblemsFound([Problem("command.malformed", text, f"This is not a command: {error}.")]) from None

    def run() -> None:
        try:
            # The administrator's own command, given for this; no shell reads it.
            done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=_COMMAND_SECONDS)  # noqa: S603 - see above
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProblemsFound([Problem("command.failed", text, f"The command did not run: {error}.")]) from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[:200]
            message = f"The command ended with status {done.returncode}: {said or 'it said nothing'}."
            raise ProblemsFound([Problem("command.failed", text, message)])

    return run

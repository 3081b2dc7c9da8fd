"""`bridgehead verify`: what clients outside see of a published deployment, whatever proxy publishes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.cli.credentials import users_from
from bridgehead.cli.verify_output import Format, Outputs, verify_once
from bridgehead.cli.verify_targets import lead_of, target_of, targets_of_file, wrong_option
from bridgehead.cli.verify_watch import watch
from bridgehead.names import normalise_host
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.resolver import server_and_port
from bridgehead.verify.observing.ways import Way
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Verification
from bridgehead.verify.served import certificates_of
from bridgehead.verify.targets import Scope, from_names
from bridgehead.verify.watching import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from bridgehead.verify.credentials import User
    from bridgehead.verify.targets import Target

    Made = TypeVar("Made")

LONG_POLLS = (200.0, 960.0)
"""Seconds: the general time-out of "Deploy and configure mobility for Skype for Business Server", and that for mobile
clients."""


def verify(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    file: Annotated[
        str | None,
        typer.Argument(help="A topology (.toml), a ProxySpec (.json), or a host name.", show_default=False),
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="NAME[=ROLE]", help="A published name; again for more.", show_default=False),
    ] = None,
    sip_domains: Annotated[
        list[str] | None,
        typer.Option("--sip-domain", metavar="DOMAIN", help="Verify lyncdiscover of this domain.", show_default=False),
    ] = None,
    https_port: Annotated[int, typer.Option(min=1, max=65535, help="Without a file: the published port.")] = 443,
    http_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Without a file: the one without TLS; 0: none.")
    ] = 80,
    connect_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME:]ADDRESS[:PORT]",
            help="Connect there instead of asking DNS; PORT replaces the one for TLS.",
            show_default=False,
        ),
    ] = None,
    roots: Annotated[
        list[Path] | None,
        typer.Option("--root", help="Trust these roots (PEM) instead of the system's.", show_default=False),
    ] = None,
    resolvers: Annotated[
        list[str] | None,
        typer.Option("--resolver", metavar="ADDRESS", help="A DNS server outside, to ask as well.", show_default=False),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Longest wait for any single answer, in seconds.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, help="Longest time for everything but --long.")] = 900.0,
    only: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only these: tls.chain, tls, service.*", show_default=False)
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="CODE", help="All but these.", show_default=False)] = None,
    long: Annotated[bool, typer.Option("--long", help="Hold polls for 200 s and 960 s as well.")] = False,
    poll_url: Annotated[
        str, typer.Option(metavar="URL", help="A URL that answers after {seconds} seconds.", show_default=False)
    ] = "",
    poll_seconds: Annotated[
        list[float] | None, typer.Option(min=0.1, help="Hold polls for so long instead.", show_default=False)
    ] = None,
    upload_bytes: Annotated[int, typer.Option(min=1, help="Size of the large upload.")] = Scope.upload_bytes,
    credentials: Annotated[
        Path | None,
        typer.Option("--credentials-file", help="Who may log in, for the checks that do.", show_default=False),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask-credentials", help="The same, asked for on this terminal, without echo.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file.", show_default=False, dir_okay=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="An HTML report as well, to this file.", show_default=False, dir_okay=False)
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="JUnit XML as well, to this file.", show_default=False, dir_okay=False)
    ] = None,
    watching: Annotated[bool, typer.Option("--watch", help="Again and again: tell changes alone.")] = False,
    every: Annotated[float, typer.Option(min=5, help="With --watch: seconds between two rounds.")] = Pace.every,
    hours: Annotated[float, typer.Option(min=0.001, max=168, help="With --watch: no longer than this.")] = Pace.limit
    / 3600,
    until_green: Annotated[
        bool, typer.Option("--until-green", help="Watch until nothing fails; then end with status 0.")
    ] = False,
) -> None:
    """See what clients outside see: DNS, TCP, TLS, the bridge, every service, and how requests are handled.

    Verifies any proxy, not ours alone, from any machine. Changes nothing, and logs in nowhere without
    --credentials-file or --ask-credentials. Passwords are never on the command line and never in a report. Every check
    is explained in docs/checks.md.

    Exit status: 0 nothing failed, 1 a check failed, 2 the command was used wrong, nothing could be seen, or Ctrl-C
    ended it early. With --watch, that of the last round. See docs/verify.md.

    For example:

    - `bridgehead verify bridgehead.toml`

    - `bridgehead verify bridgehead.toml --connect-to 192.0.2.10 --skip behaviour`

    - `bridgehead verify --sip-domain contoso.com --host webext.contoso.com --resolver 198.51.100.53`

    - `bridgehead verify webext.contoso.com --only tls --root our-root.pem --format json`

    - `bridgehead verify bridgehead.toml --html report.html --junit report.xml`

    - `bridgehead verify bridgehead.toml --until-green`
    """
    selection = _selection(only or (), skip or ())
    leads = tuple(_read("--connect-to", lead_of, text) for text in connect_to or ())
    scope = Scope(
        mapped=any(not lead.host for lead in leads),
        dns_servers=tuple(_server(text) for text in resolvers or ()),
        poll_seconds=tuple(poll_seconds or (LONG_POLLS if long else ())),
        poll_url=poll_url,
        upload_bytes=upload_bytes,
    )
    named = [_read("--host", target_of, text) for text in hosts or ()]
    domains = [_read("--sip-domain", normalise_host, text) for text in sip_domains or ()]
    if file is not None and not _is_file(file):
        named.insert(0, _read("FILE", target_of, file))
        file = None
    targets = (
        targets_of_file(Path(file), scope)
        if file is not None
        else from_names(named, domains, https_port=https_port, http_port=http_port or None, scope=scope)
    )
    led = {lead.host for lead in leads}
    targets = tuple(replace(one, scope=replace(one.scope, mapped=True)) if one.host in led else one for one in targets)
    if not targets:
        raise typer.BadParameter("name a FILE, --host or --sip-domain")
    way = Way(
        patience=Patience.of_timeout(timeout),
        leads=leads,
        roots=tuple(roots or ()),
        users=_users(credentials, ask=ask),
    )
    outputs = Outputs(form, output, html, junit)
    outputs.try_places()
    subject = file or ", ".join(target.host for target in targets)
    most = seconds + sum(scope.poll_seconds)
    if watching or until_green:
        _can_watch(outputs)
        pace = Pace(every, hours * 3600, until_green)
        raise typer.Exit(watch(lambda some: _verification(way, targets, subject, some, most), selection, pace, outputs))
    raise typer.Exit(verify_once(_verification(way, targets, subject, selection, most), outputs))


def _users(file: Path | None, *, ask: bool) -> tuple[User, ...]:
    """Whoever may log in: nobody, unless it was asked for."""
    if file is None and not ask:
        return ()
    users = users_from(file, most=2, who_sign_in=True)
    if not users:
        raise typer.BadParameter("--ask-credentials asks on a terminal; without one, take --credentials-file FILE")
    return users


def _can_watch(outputs: Outputs) -> None:
    if outputs.output is not None or outputs.form not in {Format.TEXT, Format.JSON}:
        raise typer.BadParameter(
            "--watch prints changes, as text or with --format json as lines of JSON; --html FILE and --junit FILE are "
            "written after every round"
        )


def _verification(
    way: Way, targets: Sequence[Target], subject: str, selection: Selection, seconds: float
) -> Verification:
    try:
        look = network(way)
    except OSError as error:
        hint = "Name a file with root certificates in PEM."
        raise ProblemsFound(
            [Problem("file.unreadable", "--root", f"The roots cannot be read: {error}.", hint)]
        ) from None
    return Verification(
        targets, look, subject, selection, seconds, chain_of=lambda target: certificates_of(target, look)
    )


def _is_file(text: str) -> bool:
    return text.lower().endswith((".toml", ".json")) or Path(text).exists()


def _selection(only: Sequence[str], skip: Sequence[str]) -> Selection:
    selection = Selection(tuple(only), tuple(skip))
    unknown = selection.unknown(one.code for one in all_checks())
    if unknown:
        raise typer.BadParameter(f"no check is called {', '.join(unknown)}; docs/checks.md has the codes")
    return selection


def _server(text: str) -> str:
    try:
        server_and_port(text)
    except ValueError as error:
        raise wrong_option("--resolver", error) from None
    return text


def _read(option: str, read: Callable[[str], Made], text: str) -> Made:
    try:
        return read(text)
    except ValueError as error:
        raise wrong_option(option, error) from None

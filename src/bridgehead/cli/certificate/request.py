"""`bridgehead certificate request`: the twenty steps of the document in one command."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridgehead.certificates.reading.files import read_passphrase
from bridgehead.certificates.request.certreq import as_inf_file, certreq_inf
from bridgehead.certificates.request.making import KeyFiles, keep, prepare
from bridgehead.certificates.request.output_files import OutputFiles
from bridgehead.certificates.request.pkcs10 import FileFormat
from bridgehead.certificates.request.requested import KeyType, Subject, kind_of_type
from bridgehead.certificates.request.sound import made_sound, warnings
from bridgehead.cli.certificate.interview import ask_file, confirmed, interview
from bridgehead.cli.certificate.place import PassphraseFile, StoreDirectory, open_place
from bridgehead.cli.certificate.request_choices import Choices, Issuer
from bridgehead.cli.certificate.request_report import (
    command_section,
    notes_section,
    request_sections,
    sending_section,
    tell,
    tell_as_json,
)
from bridgehead.cli.certificate.request_start import Start, start
from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.request.requested import RequestedCertificate
    from bridgehead.certificates.store.store import Store


SUBJECT = "Subject (step 8)"
ASKED = "What is asked for (steps 5, 9 and 12)"
KEY = "Private key (step 13)"
"""Headings of the help."""


@dataclass(frozen=True)
class Output:
    """Where things go, as the options say."""

    file: Path | None
    file_format: FileFormat
    replace: bool
    key_file: Path | None
    store: Path | None
    passphrase_file: Path | None
    inf: Path | None
    as_json: bool
    may_travel: bool = True
    """Whether a key that is made on another machine may leave it: it has to, unless it is told to stay."""

    def elsewhere(self, asked: RequestedCertificate) -> RequestedCertificate:
        """The same request, for a key that is made on another machine."""
        return dataclasses.replace(asked, exportable=asked.exportable or self.may_travel)


def request(  # noqa: PLR0917 - typer makes an option of each; nobody calls it by position
    file: Annotated[
        Path | None, typer.Argument(help="The topology (.toml). Without it: --name.", show_default=False)
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(help="Which of the planned certificates, where there are several.", show_default=False),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="HOST",
            help="A DNS name, again for each; beside those planned in FILE.",
            rich_help_panel=ASKED,
        ),
    ] = None,
    common_name: Annotated[
        str,
        typer.Option(
            help="The subject name, instead of the planned one or the first --name.",
            show_default=False,
            rich_help_panel=SUBJECT,
        ),
    ] = "",
    organization: Annotated[
        str, typer.Option(help="O of the subject.", show_default=False, rich_help_panel=SUBJECT)
    ] = "",
    unit: Annotated[
        str,
        typer.Option(
            help="OU of the subject; public authorities drop it.", show_default=False, rich_help_panel=SUBJECT
        ),
    ] = "",
    locality: Annotated[
        str, typer.Option(help="L of the subject: the city.", show_default=False, rich_help_panel=SUBJECT)
    ] = "",
    state: Annotated[str, typer.Option(help="ST of the subject.", show_default=False, rich_help_panel=SUBJECT)] = "",
    country: Annotated[
        str, typer.Option(help="C of the subject, two letters.", show_default=False, rich_help_panel=SUBJECT)
    ] = "",
    issuer: Annotated[
        Issuer | None,
        typer.Option(
            help="Who will sign it, where not as planned (public).", show_default=False, rich_help_panel=ASKED
        ),
    ] = None,
    client_authentication: Annotated[
        bool | None,
        typer.Option(help="Ask for it beside server authentication.", show_default="as planned", rich_help_panel=ASKED),
    ] = None,
    suppress: Annotated[
        bool,
        typer.Option(
            "--suppress-default-extensions",
            help="Leave out what no step asks for: the key identifier.",
            rich_help_panel=ASKED,
        ),
    ] = False,
    friendly_name: Annotated[str | None, typer.Option(help="How you recognise it.", show_default="as planned")] = None,
    description: Annotated[str, typer.Option(help="The same, in more words.", show_default=False)] = "",
    key: Annotated[
        KeyType | None, typer.Option(help="Kind and size of the key.", show_default="rsa-2048", rich_help_panel=KEY)
    ] = None,
    also_ecdsa: Annotated[
        bool | None,
        typer.Option(
            "--also-ecdsa/--no-ecdsa",
            help="A second request, for an ECDSA key beside it.",
            show_default="as planned",
            rich_help_panel=KEY,
        ),
    ] = None,
    exportable: Annotated[
        bool | None,
        typer.Option(
            "--exportable/--not-exportable",
            help="Whether `certificate export` may give the key away.",
            show_default="as planned",
            rich_help_panel=KEY,
        ),
    ] = None,
    store_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="What the store calls it.", show_default="as planned")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to send.", show_default="NAME.req")
    ] = None,
    file_format: Annotated[FileFormat, typer.Option(help="Base 64 (PEM) or binary (DER).")] = "base64",
    force: Annotated[bool, typer.Option("--force", help="Replace the file to send, if it exists.")] = False,
    output_key: Annotated[
        Path | None,
        typer.Option(
            help="Write the key to this file, and nothing to the store.", show_default=False, rich_help_panel=KEY
        ),
    ] = None,
    store: StoreDirectory = None,
    passphrase_file: PassphraseFile = None,
    only_commands: Annotated[
        bool, typer.Option("--only-commands", help="Make no key: print the request for certreq and OpenSSL.")
    ] = False,
    certreq: Annotated[
        Path | None, typer.Option(help="Write the request for Windows' certreq to this file.", show_default=False)
    ] = None,
    interactive: Annotated[
        bool, typer.Option("-i", "--interactive", help="Ask, in the document's order; Enter takes what is planned.")
    ] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")] = "text",
) -> None:
    """Make a private key and the certificate request for it: PKCS #10, with the names that FILE publishes.

    Shows what the request says and why, and what to send where. The key goes into the store, for
    `bridgehead certificate import` to find when the answer comes. Every request has a new key.

    Exit status: 0 made, 1 the file or a name is wrong, 2 the command could not run, or was broken off.

    For example:

    - `bridgehead certificate request bridgehead.toml`

    - `bridgehead certificate request bridgehead.toml public --also-ecdsa -o contoso.req`

    - `bridgehead certificate request bridgehead.toml --interactive`

    - `bridgehead certificate request bridgehead.toml --only-commands`

    - `bridgehead certificate request --name webext.contoso.com --name meet.contoso.com --output-key webext.key`
    """
    choices = Choices(
        tuple(names or ()),
        Subject(common_name, organization, unit, locality, state, country),
        issuer,
        client_authentication,
        suppress,
        friendly_name,
        description,
        key,
        also_ecdsa,
        exportable,
        store_name,
        elsewhere=only_commands,
    )
    places = Output(
        output,
        file_format,
        force,
        output_key,
        store,
        passphrase_file,
        certreq,
        as_json=form == "json",
        may_travel=exportable is not False,
    )
    try:
        _request(start(file, name, choices, ask=interactive), file, places, interactive, only_commands)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("\nBroken off: nothing was made.", err=True)
        raise typer.Exit(2) from None


def _request(begun: Start, file: Path | None, places: Output, interactive: bool, only_commands: bool) -> None:
    asked = interview(begun.asked) if interactive else made_sound(begun.asked)
    remarks = [*begun.remarks]
    print_problems(warnings(asked))
    if only_commands:
        _commands(asked, remarks, places)
        return
    prepared = prepare(asked)
    if interactive:
        tell(asked, request_sections(asked, prepared), err=True)
        if not confirmed():
            raise typer.Abort
    stem, replace = _stem(asked, places), places.replace
    target, file_format = places.file or Path(f"{stem}.req"), places.file_format
    if interactive and places.file is None:
        target, file_format, replace = ask_file(target, file_format)
    keys_in = _key_files(asked, places) or open_place(file, places.store, places.passphrase_file).store
    if not isinstance(keys_in, KeyFiles):
        remarks += _known_already(asked, keys_in)
    made = keep(
        asked,
        prepared,
        _paths(asked, target),
        file_format,
        keys_in,
        replace=replace,
        now=datetime.now(UTC),
        beside=_infs(asked, places),
    )
    if places.as_json:
        tell_as_json(asked, prepared, made, remarks, stem, elsewhere=places.elsewhere(asked))
        return
    shown = () if interactive else request_sections(asked, prepared)
    tell(asked, (*shown, *notes_section(remarks), sending_section(asked, made, _import_options(asked, file, places))))
    typer.echo("\nFor a key that is to be born on another machine: the same command with --only-commands.")


def _commands(asked: RequestedCertificate, remarks: Sequence[str], places: Output) -> None:
    with OutputFiles() as files:
        for path, content in _infs(asked, places):
            files.add(path, content, replace=places.replace)
    stem = _stem(asked, places)
    if places.as_json:
        tell_as_json(asked, (), (), remarks, stem, elsewhere=places.elsewhere(asked))
        return
    remarks = [*remarks, *([asked.because.exportable] if asked.exportable else [])]
    tell(asked, (*notes_section(remarks), command_section(asked, stem, places.file_format)))


def _infs(asked: RequestedCertificate, places: Output) -> list[tuple[Path, bytes]]:
    """The files for Windows' certreq, where they are wanted: a path and its content for each key."""
    if places.inf is None:
        return []
    paths, elsewhere = _paths(asked, places.inf), places.elsewhere(asked)
    return [
        (path, as_inf_file(certreq_inf(elsewhere, kind))) for kind, path in zip(asked.key_types, paths, strict=True)
    ]


def _key_files(asked: RequestedCertificate, places: Output) -> KeyFiles | None:
    if places.key_file is None:
        return None
    if places.store is not None:
        raise typer.BadParameter("the key goes to --output-key or into --store, not to both")
    passphrase = read_passphrase(places.passphrase_file) if places.passphrase_file is not None else None
    return KeyFiles(_paths(asked, places.key_file), passphrase)


def _import_options(asked: RequestedCertificate, file: Path | None, places: Output) -> str:
    """What `certificate import` has to be told to find the key."""
    if places.key_file is not None:
        return f"--key {shlex.quote(str(places.key_file))} --for {shlex.quote(asked.name)}"
    given = (("--topology", file), ("--store", places.store))
    return " ".join(f"{option} {shlex.quote(str(path))}" for option, path in given if path is not None)


def _known_already(asked: RequestedCertificate, store: Store) -> list[str]:
    """What the store holds under this name before the request comes into it."""
    found = []
    for key_type in asked.key_types:
        kind = kind_of_type(key_type)
        live = store.live(asked.name, kind)
        if live is not None:
            found.append(
                f"Generation {live.number} of {asked.name} ({kind}) is live until "
                f"{live.leaf.not_valid_after_utc:%Y-%m-%d}, and stays so until another one is activated. This request "
                "has a new key, as every renewal has."
            )
    waiting = store.requests(asked.name)
    if waiting:
        listed = ", ".join(f"{one.identifier} ({one.kind})" for one in waiting)
        found.append(f"Other requests for {asked.name} wait for an answer: {listed}. Answers to them still count.")
    return found


def _paths(asked: RequestedCertificate, first: Path) -> tuple[Path, ...]:
    """A file for each key: what is asked for, and beside it the second one's."""
    if not first.name:
        raise ProblemsFound([Problem("output.directory", str(first), "This is a directory; name a file in it.")])
    second = first.with_name(f"{first.stem}-ecdsa{first.suffix}")
    return (first, second)[: len(asked.key_types)]


def _stem(asked: RequestedCertificate, places: Output) -> str:
    """What the files are called that nobody named."""
    return places.file.stem if places.file is not None else asked.name.replace(" ", "-")

"""A request that was made, or the commands for one: for the terminal, or as JSON for scripts."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from bridgehead.certificates.request.certreq import certreq_inf
from bridgehead.certificates.request.openssl import openssl_command
from bridgehead.certificates.request.pkcs10 import encoded
from bridgehead.certificates.request.requested import DOCUMENT
from bridgehead.certificates.request.review import review
from bridgehead.certificates.request.submission import what_to_send
from bridgehead.reports.document import Block, Code, Document, Notice, Section, Table, Text
from bridgehead.reports.text import as_text, print_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgehead.certificates.request.making import Prepared
    from bridgehead.certificates.request.pkcs10 import FileFormat
    from bridgehead.certificates.request.requested import KeyType, RequestedCertificate
    from bridgehead.certificates.request.submission import MadeRequest

ELSEWHERE = "The same request, for a key that is born on another machine"


def request_sections(requested: RequestedCertificate, prepared: Sequence[Prepared]) -> tuple[Section, ...]:
    """One section for each request: what it asks for, from which step, and why."""
    return tuple(_request(requested, one) for one in prepared)


def sending_section(requested: RequestedCertificate, made: Sequence[MadeRequest], import_options: str) -> Section:
    """What goes where."""
    blocks = (
        Code(f"{number}. {one.text}", "sh", one.command) if one.command else Text(f"{number}. {one.text}")
        for number, one in enumerate(what_to_send(requested, made, import_options), 1)
    )
    return Section("sending", "What to send where", tuple(blocks))


def notes_section(remarks: Sequence[str]) -> tuple[Section, ...]:
    """What the planner and the store have to say, if anything."""
    blocks = tuple(Notice(remark) if remark.startswith("WARNING") else Text(remark) for remark in remarks)
    return (Section("notes", "Notes", blocks),) if blocks else ()


def command_section(requested: RequestedCertificate, stem: str, file_format: FileFormat) -> Section:
    """The INF for certreq and the command for OpenSSL."""
    return Section("elsewhere", ELSEWHERE, tuple(_commands(requested, stem, file_format)))


def tell(requested: RequestedCertificate, sections: Sequence[Section], *, err: bool = False) -> None:
    """Print sections: in the terminal's width where there is one."""
    title = f"Certificate request {requested.name!r}"
    document = Document(title, f'Steps are those of "{DOCUMENT}".', tuple(sections))
    if (sys.stderr if err else sys.stdout).isatty():
        print_document(document, Console(highlight=False, stderr=err))
    else:
        typer.echo(as_text(document), nl=False, err=err)


def tell_as_json(
    requested: RequestedCertificate,
    prepared: Sequence[Prepared],
    made: Sequence[MadeRequest],
    remarks: Sequence[str],
    stem: str,
    *,
    elsewhere: RequestedCertificate,
) -> None:
    """Print everything for a script. Keys are only named. `elsewhere` is the request for a key of another machine."""
    data = {
        "name": requested.name,
        "names": [one.name for one in requested.names],
        "exportable": requested.exportable,
        "friendly_name": requested.friendly_name,
        "description": requested.description,
        "requests": [
            {
                "key_type": one.key_type,
                "file": place.request,
                "key": place.key,
                "pem": encoded(one.request, "base64").decode("ascii"),
                "review": [asdict(line) for line in review(requested, one.request)],
            }
            for one, place in zip(prepared, made, strict=bool(made))
        ],
        "elsewhere": {
            key_type: {
                "certreq_inf": certreq_inf(elsewhere, key_type),
                "openssl": openssl_command(requested, key_type, _stem(stem, key_type, requested)),
            }
            for key_type in requested.key_types
        },
        "remarks": list(remarks),
    }
    typer.echo(json.dumps(data, indent=2))


def _request(requested: RequestedCertificate, one: Prepared) -> Section:
    rows = tuple((str(line.step), line.field, line.value, line.because) for line in review(requested, one.request))
    return Section(
        "request", f"What the request says ({one.key_type})", (Table(("Step", "Field", "Value", "Why"), rows),)
    )


def _commands(requested: RequestedCertificate, stem: str, file_format: FileFormat) -> Iterator[Block]:
    for key_type in requested.key_types:
        own = _stem(stem, key_type, requested)
        yield Code(f"{own}.inf for Windows, {key_type}", "ini", certreq_inf(requested, key_type))
        yield Code(f"OpenSSL, {key_type}", "sh", openssl_command(requested, key_type, own, file_format))
    yield Text("On Windows: certreq -new FILE.inf FILE.req, in an elevated prompt. Send the .req file alone.")
    if requested.exportable:
        yield Text(
            "When the answer comes: on Windows certreq -accept ANSWER, then export it with its key as a .pfx file; "
            "with OpenSSL take the answer and the .key file. On the proxy: bridgehead certificate import FILE... "
            f"--for {shlex.quote(requested.name)}"
        )


def _stem(stem: str, key_type: KeyType, requested: RequestedCertificate) -> str:
    return f"{stem}-ecdsa" if key_type.startswith("ecdsa") and len(requested.key_types) > 1 else stem

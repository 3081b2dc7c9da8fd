"""The questions of the document, in its order, with the plan's answers as defaults. Writes to standard error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bridgehead.certificates.request.requested import KEY_TYPES, RequestedName, Subject
from bridgehead.certificates.request.sound import made_sound
from bridgehead.cli.messages import print_problems
from bridgehead.planning.certificate_properties import SECURITY_NOTE
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgehead.certificates.request.pkcs10 import FileFormat
    from bridgehead.certificates.request.requested import RequestedCertificate
    from bridgehead.problems import Problem

_PARTS = ("organization", "unit", "locality", "state", "country")


def choose(title: str, names: Sequence[str]) -> str:
    """One of several names, by its number."""
    typer.echo(title, err=True)
    for number, name in enumerate(names, 1):
        typer.echo(f"  {number}  {name}", err=True)
    while True:
        answer = _ask("Number", "1")
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        typer.echo(f"A number from 1 to {len(names)} is expected.", err=True)


def interview(asked: RequestedCertificate) -> RequestedCertificate:
    """Steps 1 to 14. What is answered wrongly is asked again. Raises typer.Abort where the answers end."""
    _say("Steps 1-4", "No console, no enrollment policy: a custom request, made here. Enter takes the answer in [].")
    _say("Step 5", "Template: (No template) Legacy key. Request format: PKCS #10.")
    suppress = _yes_or_no("Suppress default extensions", default=asked.suppress_default_extensions)
    asked = replace(asked, suppress_default_extensions=suppress)
    _say("Steps 6-7", "How administrators recognise the certificate. The authority does not see this.")
    asked = _until_sound("Friendly name", asked.friendly_name, lambda text: replace(asked, friendly_name=text))
    asked = _until_sound("Description", asked.description, lambda text: replace(asked, description=text))
    asked = _names(_subject(asked))
    return made_sound(_private_key(_usages(asked)))


def ask_file(default: Path, file_format: FileFormat) -> tuple[Path, FileFormat, bool]:
    """Steps 17 to 19: the file, its format, and whether it replaces one that is there."""
    _say("Steps 17-18", "Where to save the request.")
    path = _file("File name", default)
    while (replaced := path.exists()) and not _yes_or_no(f"{path} exists. Replace it", default=False):
        path = _file("Another file name", path)
    _say("Step 19", "Base 64, unless the vendor of your certificates says otherwise.")
    binary = _choice("File format (base64, binary)", ("base64", "binary"), file_format) == "binary"
    return path, "binary" if binary else "base64", replaced


def _file(question: str, default: Path) -> Path:
    while True:
        path = Path(_ask(question, str(default)))
        wrong = _wrong_with(path)
        if not wrong:
            return path
        typer.echo(wrong, err=True)


def _wrong_with(path: Path) -> str:
    try:
        if path.is_dir():
            return f"{path} is a directory; name a file in it."
        return "" if path.parent.is_dir() else f"There is no directory {path.parent}: make it, or name another one."
    except OSError as error:
        return f"{path} cannot be used: {error.strerror}."


def confirmed() -> bool:
    """Step 16, after the request was shown."""
    _say("Steps 15-16", "Above is the request. Nothing has been written yet.")
    return _yes_or_no("Keep this request and its key", default=True)


def _subject(asked: RequestedCertificate) -> RequestedCertificate:
    _say("Step 8", f"The subject name. {asked.because.common_name}")
    asked = _until_sound("Common name", asked.subject.common_name, lambda text: _with(asked, common_name=text))
    if not _yes_or_no("Add an organization, locality or country", default=asked.subject != _bare(asked)):
        return replace(asked, subject=_bare(asked))
    for part in _PARTS:
        asked = _subject_part(asked, part)
    return asked


def _subject_part(asked: RequestedCertificate, part: str) -> RequestedCertificate:
    return _until_sound(part.capitalize(), getattr(asked.subject, part), lambda text: _with(asked, **{part: text}))


def _names(asked: RequestedCertificate) -> RequestedCertificate:
    _say("Step 9", "The alternative names, one at a time. -NAME takes one out again; Enter ends.")
    while True:
        # The common name is always among them.
        sound = made_sound(asked)
        for one in sound.names:
            typer.echo(f"    {one.name}: {one.because}", err=True)
        answer = _ask("Another DNS name", "")
        if not answer:
            return asked
        if answer.startswith("-"):
            kept = tuple(one for one in sound.names if one.name != answer[1:].strip().lower())
            if len(kept) == len(sound.names) or answer[1:].strip().lower() == sound.subject.common_name:
                typer.echo(f"{answer[1:]} cannot be taken out: it is not there, or is the subject.", err=True)
            asked = replace(asked, names=kept)
            continue
        try:
            asked = made_sound(replace(asked, names=(*asked.names, RequestedName(answer, "Added by hand."))))
        except ProblemsFound as found:
            print_problems(found.problems)


def _usages(asked: RequestedCertificate) -> RequestedCertificate:
    _say("Steps 10-11", "Key usage: digital signature and, for RSA, key encipherment; critical.")
    _say("Step 12", f"Extended key usage: server authentication; not critical. {asked.because.extended_key_usage}")
    client = _yes_or_no("Add client authentication", default=asked.client_authentication)
    if client == asked.client_authentication:
        return asked
    because = replace(asked.because, extended_key_usage="So answered by hand.")
    return replace(asked, client_authentication=client, because=because)


def _private_key(asked: RequestedCertificate) -> RequestedCertificate:
    _say("Step 13", f"The private key. {asked.because.key}")
    first = _choice(f"Key ({', '.join(KEY_TYPES)})", KEY_TYPES, asked.key_types[0])
    key_types = tuple(one for one in KEY_TYPES if one == first)
    if first.startswith("rsa"):
        also = _yes_or_no("A second request for an ECDSA key beside it", default=len(asked.key_types) > 1)
        key_types += tuple(asked.key_types[1:] or ("ecdsa-p256",)) if also else ()
    typer.echo(f"    {asked.because.exportable}", err=True)
    exportable = _yes_or_no("Make the private key exportable", default=asked.exportable)
    if exportable != asked.exportable:
        reason = f"So answered by hand. {SECURITY_NOTE if exportable else ''}".strip()
        typer.echo(f"    {reason}", err=True)
        asked = replace(asked, because=replace(asked.because, exportable=reason))
    _say("Step 14", "Key type: Exchange for RSA. Only Windows makes the difference.")
    return replace(asked, key_types=key_types, exportable=exportable)


def _with(asked: RequestedCertificate, **parts: str) -> RequestedCertificate:
    return replace(asked, subject=replace(asked.subject, **parts))


def _bare(asked: RequestedCertificate) -> Subject:
    return Subject(asked.subject.common_name)


def _until_sound(
    question: str, default: str, with_answer: Callable[[str], RequestedCertificate]
) -> RequestedCertificate:
    while True:
        changed = with_answer(_ask(question, default))
        # What is wrong elsewhere is asked for elsewhere: here no answer could mend it.
        wrong = [problem for problem in _problems(changed) if problem.where == question.lower()]
        if not wrong:
            return changed
        print_problems(wrong)


def _problems(asked: RequestedCertificate) -> Sequence[Problem]:
    try:
        made_sound(asked)
    except ProblemsFound as found:
        return found.problems
    return ()


def _choice(question: str, choices: Sequence[str], default: str) -> str:
    while True:
        answer = _ask(question, default).lower()
        if answer in choices:
            return answer
        typer.echo(f"One of {', '.join(choices)} is expected.", err=True)


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(f"  {question}", default=default, show_default=bool(default), err=True)).strip()


def _yes_or_no(question: str, *, default: bool) -> bool:
    return typer.confirm(f"  {question}", default=default, err=True)


def _say(steps: str, text: str) -> None:
    typer.echo(f"\n{steps}  {text}", err=True)

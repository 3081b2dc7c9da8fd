"""Bodies, time, and what is ambiguous."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.lab.faults.fault import Fault
from bridgehead.lab.faults.manners import Manners
from bridgehead.lab.messages import BadRequest, Fields, Framing, Response, read_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.lab.messages import Request

    ReadHead = Callable[[bytes], tuple[str, str, int, Fields]]

_LARGEST = 512 << 10
_START_LINE = re.compile(r"(\S+) (?:https?://[^/ ]*)?(\S+) HTTP/1\.([01])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")


def refusing(status: int, applies: Callable[[Request], bool]) -> Manners:
    """Manners with an answer of the front's own."""
    return Manners(answers=lambda request: Response(status, b"<h1>Refused</h1>") if applies(request) else None)


def without_field(name: str) -> ReadHead:
    """A reading of heads that loses a field."""

    def read(head: bytes) -> tuple[str, str, int, Fields]:
        method, target, version, fields = read_head(head)
        kept = [(own, value) for own, value in fields.pairs if own.lower() != name.lower()]
        return method, target, version, Fields(kept)

    return read


def _lenient_head(head: bytes) -> tuple[str, str, int, Fields]:
    """Whatever can be made of it: the first Host, no folded lines, names without the space behind them."""
    first, *lines = head.decode("latin-1").split("\r\n")
    match = _START_LINE.fullmatch(first)
    if match is None:
        raise BadRequest("The request line is malformed.")
    pairs: dict[str, tuple[str, str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "\t")):
            pairs.setdefault(name.strip().lower(), (name.strip(), _CONTROL.sub("", value).strip()))
    return match[1], match[2], int(match[3]), Fields(list(pairs.values()))


def _lenient_framing(version: int, fields: Fields) -> Framing:  # noqa: ARG001 - the signature of the strict one
    """A length counts before chunks, and of a list of lengths the first."""
    length = re.match(r"\+?(\d+)", fields.get("Content-Length"))
    return Framing(int(length[1]), chunked=False) if length else Framing(0, bool(fields.get("Transfer-Encoding")))


def _showing_the_inside(request: Request, response: Response) -> Response:  # noqa: ARG001 - the signature of all changes
    if response.status == 404:
        response.body = (
            b"<h1>Server Error</h1><p>fe01.contoso.internal (10.0.0.21)</p><pre>Stack Trace: [HttpException]\n"
            b"   at System.Web.StaticFileHandler.ProcessRequest(HttpContext context)</pre>"
        )
    return response


FAULTS = (
    Fault(
        "upload-refused",
        "Bodies of more than 512 KiB are refused.",
        refusing(413, lambda request: request.body.framing.length > _LARGEST),
    ),
    Fault("upload-cut", "Bodies are cut off after 512 KiB.", Manners(upload_bytes=_LARGEST)),
    Fault("chunks-refused", "Chunked bodies are refused.", refusing(411, lambda request: request.body.framing.chunked)),
    Fault("expect-refused", "Expect is refused.", refusing(417, lambda request: bool(request.fields.get("Expect")))),
    Fault("expect-ignored", "Expect is removed, and nobody answers it.", Manners(read_head=without_field("Expect"))),
    Fault("poll-cut", "Answers are waited for no longer than 60 s.", Manners(answer_seconds=60), noticed_by_users=True),
    Fault(
        "smuggling-forwarded",
        "Ambiguous requests are read in one of their ways, and passed on.",
        Manners(read_head=_lenient_head, framing_of=_lenient_framing),
    ),
    Fault("errors-show-the-inside", "Error pages show names, addresses and a stack trace.", site=_showing_the_inside),
)

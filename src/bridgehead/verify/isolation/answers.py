"""Answers as they came, and the lines of a transcript that show them without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bridgehead.verify.observing.ntlm import describe_token

_CREDENTIAL = re.compile(r"(?P<scheme>[A-Za-z0-9-]+) +(?P<token>[A-Za-z0-9+/_.~-]+=*)")
_QUOTED = re.compile(r'"[^"]*"')
_SHOWN_IN_ANSWERS = {
    *("www-authenticate", "connection", "persistent-auth", "proxy-support", "alt-svc", "retry-after"),
    "x-lab-user",
}
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class Answer:
    """One whole HTTP answer."""

    status: int
    fields: tuple[tuple[str, str], ...]
    """In the order of the wire; a line each."""
    body: bytes = b""
    """As much of it as is looked at."""

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for known, value in self.fields if known.lower() == name.lower()]

    @property
    def schemes(self) -> tuple[str, ...]:
        """What the WWW-Authenticate lines begin with."""
        return tuple(re.split(r"[ ,]", value, maxsplit=1)[0] for value in self.all("WWW-Authenticate"))

    @property
    def text(self) -> str:
        """Fields and body as one text, for a pattern to search."""
        head = "\n".join(f"{name}: {value}" for name, value in self.fields)
        return f"{head}\n\n{self.body.decode('utf-8', 'replace')}"


@dataclass(frozen=True)
class Line:
    """One line of a transcript: a request, an answer, or something that happened to a connection."""

    connection: str
    """Whose it is: `alice-1`, `stranger-2`."""
    kind: Literal["request", "answer", "event"]
    text: str

    def __str__(self) -> str:
        mark = {"request": ">", "answer": "<", "event": "*"}[self.kind]
        return f"{self.connection:<12} {mark} {self.text}"


def shown_request(method: str, target: str, fields: dict[str, str], version: str, body: bytes | None) -> str:
    """A request without its secrets: credentials by type and length, bodies by length."""
    shown = [f"{method} {target.partition('?')[0]}" + ("" if version == "1.1" else f" HTTP/{version}")]
    shown += [f"{name}: {shown_value(value)}" for name, value in fields.items()]
    if body is not None:
        shown.append(f"body of {len(body)} bytes")
    return "   ".join(shown)


def shown_answer(answer: Answer) -> str:
    """An answer without its secrets: the status, and the fields that matter here."""
    shown = [f"{name}: {shown_value(value)}" for name, value in answer.fields if name.lower() in _SHOWN_IN_ANSWERS]
    return "   ".join([str(answer.status), *shown])


def shown_value(value: str) -> str:
    """A field's value with every token shortened to its type and length, and quoted texts to their quotes."""
    credential = _CREDENTIAL.fullmatch(value.strip())
    if credential is not None:
        return f"{credential['scheme']} {describe_token(credential['token'])}"
    return _QUOTED.sub('"…"', value)[:_LONGEST_VALUE]

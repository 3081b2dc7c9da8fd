"""What is tested: a URL, where it is to be found, and how it tells who was answered."""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgehead.problems import Problem, ProblemsFound
from bridgehead.verify.credentials import short_name

if TYPE_CHECKING:
    from bridgehead.verify.isolation.answers import Answer

_LAB_FIELD = "X-Lab-User"


@dataclass(frozen=True)
class Target:
    """A protected page behind a proxy."""

    url: str
    host: str
    port: int
    authority: str
    """As the Host field has it."""
    path: str
    """With the query."""
    address: tuple[str, int]
    """Where connections go."""
    context: ssl.SSLContext | None
    """None without TLS."""

    def at(self, path: str) -> Target:
        """Another page of the same site."""
        return replace(self, path=path)


def target_of(url: str, *, connect_to: str = "", trust: Path | None = None) -> Target:
    """The target behind a URL.

    `connect_to` is `ADDRESS` or `ADDRESS:PORT`, for a proxy that DNS does not lead to; `trust` a file of roots
    instead of the system's. Raises ProblemsFound.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or parts.username is not None:
        hint = "For example https://webext.contoso.com/abs/; a user or password never belongs into it."
        raise ProblemsFound([Problem("target.url", url.partition("@")[2] or url, "This is not a web address.", hint)])
    usual = 443 if parts.scheme == "https" else 80
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname
    return Target(
        url=url,
        host=host,
        port=port or usual,
        authority=parts.netloc,
        path=path,
        address=_address(connect_to, host, port or usual),
        context=_context(trust) if parts.scheme == "https" else None,
    )


def path_of(url: str, target: Target) -> str:
    """The path of a URL on the same site. Raises ProblemsFound for another site's."""
    parts = urlsplit(url)
    if parts.netloc and parts.netloc.lower() != target.authority.lower():
        message = f"This is not on {target.authority}, and a login holds for one site."
        raise ProblemsFound([Problem("target.other-site", url, message, "Give a URL, or a path, of the same site.")])
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _address(text: str, host: str, port: int) -> tuple[str, int]:
    if not text:
        return host, port
    found = re.fullmatch(r"\[(?P<six>[0-9A-Fa-f:.]+)\](?::(?P<a>\d{1,5}))?|(?P<name>[^:]+)(?::(?P<b>\d{1,5}))?", text)
    if found is None and re.fullmatch(r"[0-9A-Fa-f:.]+", text):
        return text, port
    if found is None:
        message = "This is not ADDRESS or ADDRESS:PORT."
        raise ProblemsFound([Problem("target.connect-to", text, message, "IPv6 with a port: [2001:db8::1]:443.")])
    return found["six"] or found["name"], int(found["a"] or found["b"] or port)


def _context(trust: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if trust is None else str(trust))
    except (OSError, ssl.SSLError):
        message = "No certificates could be read from this file."
        hint = "PEM, one or several -----BEGIN CERTIFICATE----- blocks."
        raise ProblemsFound([Problem("target.trust", str(trust), message, hint)]) from None
    # Windows authentication belongs to HTTP/1.1; whether HTTP/2 is offered is asked on connections of its own.
    context.set_alpn_protocols(["http/1.1"])
    return context


class Naming:
    """How an answer tells who it is for: by a pattern, by the laboratory's field, or by a name that is known."""

    def __init__(self, pattern: re.Pattern[str] | None, names: tuple[str, ...]) -> None:
        self._pattern = pattern
        # As a page writes it, and as JSON does. A bare `bob` is no evidence: pages are full of people.
        spelled = {form: name for name in names for form in (name, json.dumps(name)[1:-1]) if re.search(r"[\\@]", name)}
        self._spelled = {form.lower(): name for form, name in spelled.items()}
        self._guessing = pattern is None

    def user_of(self, answer: Answer) -> str | None:
        """The user that the answer names; None where it names nobody."""
        if self._pattern is not None:
            match = self._pattern.search(answer.text)
            return (match[1] if self._pattern.groups else match[0]) or None if match else None
        for value in answer.all(_LAB_FIELD):
            if value:
                return value
        text = answer.text.lower() if self._guessing else ""
        found = {name for form, name in self._spelled.items() if form in text}
        return found.pop() if len(found) == 1 else None

    def calibrate(self, user: str, answer: Answer) -> None:
        """Learn from an answer to somebody's own first login: a page that names another then is about somebody else.

        A guess is given up for good; a pattern, or the laboratory's field, is believed.
        """
        if self._pattern is None and not any(answer.all(_LAB_FIELD)):
            named = self.user_of(answer)
            self._guessing = self._guessing and (named is None or same_user(named, user))


def same_user(one: str, other: str) -> bool:
    r"""Whether two spellings mean one user: `CONTOSO\alice`, `alice`, `alice@contoso.com`."""
    return short_name(one) == short_name(other)


def pattern_of(text: str) -> re.Pattern[str]:
    """A pattern that finds the user. Raises ProblemsFound."""
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        message = f"This is not a regular expression: {error}."
        hint = "One group around the name: 'Logged in as ([^<]+)'. It searches the answer's fields and body."
        raise ProblemsFound([Problem("target.who", text, message, hint)]) from None

"""Answers to the http-01 challenges of an authority (RFC 8555, 8.3), on listeners without TLS, while an order runs.

Whoever orders a certificate gives the answers to the supervisor over the control socket, all of them at once; every
worker has them, replacements and changed configurations too, until they are taken back or their time is over. While
there are some, the routing tables of plain listeners stand behind one that knows these exact targets of these hosts;
while there are none, nothing stands before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgehead.names import normalise_host
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.refusals import phrase
from bridgehead.proxy.routing import RoutingTable
from bridgehead.proxy.rules import PublishingRule
from bridgehead.spec import RedirectToTls, Rule

if TYPE_CHECKING:
    from bridgehead.proxy.refusals import Refusal

DIRECTORY = "/.well-known/acme-challenge/"
MOST = 200
"""Answers at once: an authority puts a hundred names into one certificate, and two kinds may be ordered together."""
LONGEST_SECONDS = 3600.0
"""An order whose command was killed leaves its answers behind for so long at most."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ANSWER = re.compile(r"[A-Za-z0-9_-]{1,128}\.[A-Za-z0-9_-]{1,128}")
"""Token and thumbprint, both base64url (RFC 8555, 8.1)."""


class ChallengeRule(PublishingRule):
    """One exact target of one host, answered here."""

    __slots__ = ("content",)

    def __init__(self, host: str, token: str, content: str) -> None:
        path = DIRECTORY + token
        rule = Rule(name="acme-challenge", listeners=("*",), hosts=(host,), path=path, action=RedirectToTls())
        super().__init__(rule, {})
        self.body_bytes = 0
        self.content = content.encode("ascii")

    def answer(self, method: bytes, *, close: bool) -> tuple[bytes, int]:
        """The whole answer, and its status."""
        known = method in (b"GET", b"HEAD")
        status, content = (200, self.content) if known else (405, b"")
        fields = [
            f"HTTP/1.1 {status} {phrase(status)}",
            "Content-Type: application/octet-stream",
            f"Content-Length: {len(content)}",
            "Cache-Control: no-store",
            *([] if known else ["Allow: GET, HEAD"]),
            *(["Connection: close"] if close else []),
        ]
        head = "\r\n".join(fields).encode("ascii") + b"\r\n\r\n"
        return (head if method == b"HEAD" else head + content), status


class _ChallengesFirst(RoutingTable):
    """The routing of a plain listener while challenges are open."""

    def __init__(self, rules: dict[tuple[str, bytes], ChallengeRule], published: RoutingTable) -> None:
        super().__init__(())
        self._rules = rules
        self._published = published

    def route(self, server_name: str | None, host: str, target: bytes) -> PublishingRule | Refusal:
        """The answer to a challenge, or whatever is published."""
        return self._rules.get((host, target)) or self._published.route(server_name, host, target)


@dataclass(frozen=True)
class Challenges:
    """All answers of one moment. Without any it is false."""

    until: float = 0.0
    """When they are forgotten, in monotonic seconds, which a fork does not change."""
    rules: dict[tuple[str, bytes], ChallengeRule] = field(default_factory=dict)
    """By host and request target."""
    message: tuple[tuple[str, str, str], ...] = ()
    """Host, token and answer of each: what workers are told."""

    def __bool__(self) -> bool:
        return bool(self.rules)

    def before(self, published: RoutingTable) -> RoutingTable:
        """The routing of a plain listener: what is published, behind the challenges where there are some."""
        return _ChallengesFirst(self.rules, published) if self.rules else published

    def as_message(self) -> dict[str, Any]:
        """For a worker."""
        return {"do": "challenges", "until": self.until, "answers": self.message}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Challenges:
        """The opposite of `as_message`."""
        return cls.of(message["until"], tuple((host, token, answer) for host, token, answer in message["answers"]))

    @classmethod
    def of(cls, until: float, answers: tuple[tuple[str, str, str], ...]) -> Challenges:
        """Challenges that have been judged."""
        rules = {
            (host, f"{DIRECTORY}{token}".encode("ascii")): ChallengeRule(host, token, answer)
            for host, token, answer in answers
        }
        return cls(until, rules, answers)


def read_challenges(question: dict[str, Any], now: float) -> Challenges:
    """What somebody asks for on the control socket: `answers`, each with host, token and answer, for some `seconds`.

    They replace those before; none at all takes them back. Raises ProblemsFound for what is no challenge of RFC 8555,
    for too many, or too long a time.
    """
    try:
        given = tuple((one["host"], one["token"], one["answer"]) for one in question["answers"])
        seconds = float(question.get("seconds", 0.0))
        sound = (
            all(_TOKEN.fullmatch(token) and _ANSWER.fullmatch(answer) for _, token, answer in given)
            and len(given) <= MOST
            and 0.0 <= seconds <= LONGEST_SECONDS
        )
        answers = tuple((normalise_host(host), token, answer) for host, token, answer in given)
    except (AttributeError, KeyError, TypeError, ValueError):
        sound, answers, seconds = False, (), 0.0
    if not sound:
        message = f"These are not answers to http-01 challenges, more than {MOST}, or for longer than an hour."
        raise ProblemsFound([Problem("control.challenges", "", message)])
    return Challenges.of(now + seconds, answers)

"""Where scenarios play: opens connections within bounds, logs users in, and sees who an answer is for."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bridgehead.verify.isolation.connection import Connection, Ended
from bridgehead.verify.isolation.held_back import HeldBack, is_held_back, told_of
from bridgehead.verify.isolation.rules import Finding
from bridgehead.verify.isolation.standing import Standings
from bridgehead.verify.isolation.target import same_user
from bridgehead.verify.observing.ntlm import LoginImpossible, Scheme, WindowsLogin, token_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.answers import Answer, Line
    from bridgehead.verify.isolation.standing import Standing
    from bridgehead.verify.isolation.target import Naming, Target

Parts = list[tuple[int, str]]
"""Rules, each with the part that is meant."""

_MIXED_UP = {1, 2, 3, 7}


class OutOfTime(Exception):  # noqa: N818 - what happened
    """The time that the whole test was given is over."""


class UserSpent(Exception):  # noqa: N818 - what happened
    """A user was refused so often that one more login could lock the account."""


@dataclass(frozen=True)
class Limits:
    """How polite we are."""

    connections: int = 16
    """Open at the same time."""
    rounds: int = 3
    """Of everything that may go well by chance."""
    seconds: float = 120.0
    """For everything."""
    patience: float = 10.0
    """For one answer."""


@dataclass(frozen=True)
class Means:
    """What we were given beside a URL and users, and may do."""

    page: str = ""
    """A path that tells who is logged in; empty takes the URL's own."""
    post_path: str = ""
    """Where a POST of a few bytes does no harm."""
    cut: Callable[[], None] | None = None
    """Ends the server's connections to the proxy."""
    reload: Callable[[], None] | None = None
    """Reloads the proxy."""
    direct: Target | None = None
    """The site without the proxy."""
    wrong_password: bool = False
    """Whether one wrong password may be sent."""


@dataclass(frozen=True)
class Way:
    """A way to log in."""

    scheme: Scheme
    first: Literal["after a challenge", "before any challenge", "in one leg"]

    def __str__(self) -> str:
        return f"{self.scheme} {self.first}"

    @property
    def shows(self) -> Parts:
        """The parts of rules that a login of this kind proves or breaks."""
        if self.first == "in one leg":
            return [(1, "credential"), (15, "one leg")]
        return [(1, "challenge"), *([(15, "negotiate")] if self.scheme == "Negotiate" else [])]


@dataclass(frozen=True)
class Seen:
    """What came of a request."""

    connection: str
    answer: Answer | None
    """None where the connection ended instead."""
    user: str | None
    """Whom the answer names."""
    early: bool = False
    """Whether it came before any credential was sent, where a login should have begun with a challenge."""

    proved: bool = True
    """Whether a login sent its proof of the password; one that gets no challenge never does."""

    @property
    def status(self) -> int:
        """0 where there was no answer."""
        return self.answer.status if self.answer is not None else 0

    @property
    def crossing(self) -> str:
        r"""What was seen of it, for a sentence: `answered as CONTOSO\alice`."""
        return f"answered as {self.user}" if self.user else f"answered with {self.status}, as only users are"


@dataclass(frozen=True)
class Entry:
    """A login that succeeded."""

    connection: str
    user: str
    way: Way


@dataclass
class Stage:
    """The target, the users, and what has been learnt of both."""

    target: Target
    users: tuple[User, ...]
    naming: Naming
    limits: Limits
    means: Means
    offered: tuple[str, ...] = ()
    """The schemes of the challenge, as it spells them."""
    findings: list[Finding] = field(default_factory=list)
    ways: dict[str, list[Way]] = field(default_factory=dict)
    """By user: the ways that worked."""
    lines: list[Line] = field(default_factory=list)
    begun: int = 0
    """Where the scenario that is played begins in the transcript."""
    stranger_status: int = 401
    """What strangers are answered before anybody logs in."""
    names_users: bool = False
    """Whether an answer to a login has named its user."""
    opened: int = 0
    most: int = 0
    leaks: bool = False
    """Whether connections have been seen to be mixed up: then a refused login proves nothing else."""
    entries: list[Entry] = field(default_factory=list)
    """Who logged in where, in order."""
    warm_up: str = "/robots.txt"
    """A path that anybody may ask for, so that a stranger's connection is answered once without a challenge; some
    proxies lend a stranger nothing before that. Empty once it has been answered with a challenge."""
    standings: Standings = field(default_factory=Standings)
    _open: list[Connection] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def able(self) -> list[User]:
        """The users who have logged in and may do so again."""
        return [user for user in self.users if self.ways.get(user.name) and not self.standing(user).spent]

    def standing(self, user: User) -> Standing:
        """How a user's logins went so far."""
        return self.standings.of(user)

    def open(self, who: str = "stranger", *, source_port: int = 0, target: Target | None = None) -> Connection:
        """A new connection, called `who` and a number. Raises OutOfTime, Ended where it cannot be had."""
        if self.seconds > self.limits.seconds:
            raise OutOfTime
        self._open = [connection for connection in self._open if connection.open]
        # Strangers who have been answered are not needed any more, so they make room first.
        while len(self._open) >= self.limits.connections:
            spare = next((one for one in self._open if one.label.startswith("stranger")), self._open[0])
            spare.close()
            self._open.remove(spare)
        self._numbers[who] += 1
        label = f"{who}-{self._numbers[who]}"
        timeout = min(self.limits.patience, max(1.0, self.limits.seconds - self.seconds))
        try:
            connection = Connection(
                target or self.target, label, self.lines.append, timeout=timeout, source_port=source_port
            )
        except OSError as error:
            raise Ended(f"{label}: no connection: {_why(error)}") from None
        self._open.append(connection)
        self.opened += 1
        self.most = max(self.most, len(self._open))
        return connection

    def close_all(self) -> None:
        """Close whatever is open."""
        for connection in self._open:
            connection.close()
        self._open.clear()

    def ask(self, connection: Connection) -> Seen:
        """A request without any credential, for the page that tells who is logged in."""
        return self.see(connection, lambda: connection.ask(path=self.means.page))

    def see(self, connection: Connection, exchange: Callable[[], Answer]) -> Seen:
        """Do an exchange and see who it was answered for. Raises OutOfTime, HeldBack."""
        if self.seconds > self.limits.seconds:
            raise OutOfTime
        try:
            answer = exchange()
        except (Ended, LoginImpossible):
            return Seen(connection.label, None, None)
        if is_held_back(answer):
            self.standings.held_back = told_of(connection.label, answer)
            raise HeldBack(self.standings.held_back)
        return Seen(connection.label, answer, self.naming.user_of(answer))

    def log_in(
        self,
        connection: Connection,
        user: User,
        way: Way,
        *,
        fields: dict[str, str] | None = None,
        last_fields: dict[str, str] | None = None,
        body: bytes | None = None,
        path: str = "",
        channel_binding: bytes | None = None,
    ) -> Seen:
        """All legs of a login; what came of the last. Raises UserSpent, HeldBack.

        `fields` go with every leg, `last_fields` and `body` with the last alone; a body makes all of them POSTs.
        """
        if self.standings.held_back:
            raise HeldBack(self.standings.held_back)
        if self.standing(user).spent:
            raise UserSpent(user.name)
        method = "GET" if body is None else "POST"
        empty = None if body is None else b""

        proofs: list[str] = []

        def leg(credential: str, more: dict[str, str] | None = None, content: bytes | None = empty) -> Answer:
            sent = {**(fields or {}), **(more or {}), "Authorization": credential}
            return connection.ask(method, path, fields=sent, body=content)

        def legs() -> Answer:
            login = WindowsLogin(way.scheme, user, self.target.host, channel_binding)
            challenged = leg(login.first())
            challenge = token_in(challenged.all("WWW-Authenticate"), way.scheme)
            if challenged.status != 401 or challenge is None:
                return challenged
            proofs.append(login.answer(challenge))
            return leg(proofs[0], last_fields, body)

        if way.first == "in one leg":
            token = f"{way.scheme} {user.token}"
            seen = self._see_login(connection, lambda: leg(token, last_fields, body))
            return self.count(connection, user, way, seen)
        if way.first == "after a challenge":
            greeted = self.see(connection, lambda: connection.ask(method, path, body=empty))
            if greeted.status != 401:
                return replace(greeted, early=True)
        seen = self._see_login(connection, legs)
        return self.count(connection, user, way, replace(seen, proved=bool(proofs)))

    def _see_login(self, connection: Connection, exchange: Callable[[], Answer]) -> Seen:
        seen = self.see(connection, exchange)
        if seen.answer is not None and is_held_back(seen.answer, logging_in=True):
            raise HeldBack(told_of(connection.label, seen.answer))
        return seen

    def count(self, connection: Connection, user: User, way: Way, seen: Seen) -> Seen:
        """Note how a login ended. A proof that nobody answered may have been refused where it cannot be seen."""
        if self.has_entered(seen, user):
            self.standing(user).accept()
            self.entries.append(Entry(connection.label, user.name, way))
        elif seen.proved and not seen.early and (seen.status in {0, 401} or self.is_foreign(seen, user)):
            self.standing(user).refuse()
        return seen

    def has_entered(self, seen: Seen, user: User) -> bool:
        """Whether the last answer of a login says that it succeeded."""
        refused = seen.early or seen.status in {0, 401} or seen.status >= 500
        return not refused and not self.is_foreign(seen, user)

    def is_own(self, seen: Seen, user: User) -> bool:
        """Whether a question was answered for this user, as far as the answer shows."""
        named = seen.user is not None
        return self.has_entered(seen, user) and (named or self.stranger_status == 401)

    def is_foreign(self, seen: Seen, user: User | None) -> bool:
        """Whether somebody was answered as somebody else; None stands for a stranger. Only evidence counts."""
        if user is None:
            return seen.user is not None or (200 <= seen.status < 300 and self.stranger_status == 401)
        return seen.user is not None and not same_user(seen.user, user.name)

    def proof_of(self, seen: Seen) -> tuple[str, ...]:
        """The connections that tell how an answer came about: its own, and the last login of whom it names."""
        return (*(entry.connection for entry in self._lent(seen)), seen.connection)

    def broken_by(self, seen: Seen) -> Parts:
        """The parts that are broken by an answer for somebody else, by how that login had been made."""
        return [(2, "in use"), (3, "address"), *(part for entry in self._lent(seen) for part in entry.way.shows)]

    def _lent(self, seen: Seen) -> list[Entry]:
        """The last login of whom an answer names; of anybody, where it names nobody."""
        known = [entry for entry in self.entries if seen.user is None or same_user(entry.user, seen.user)]
        return [entry for entry in known if entry.connection != seen.connection][-1:]

    def held(self, rule: int, part: str, sentence: str = "") -> None:
        """A part of a rule was seen to hold."""
        self.findings.append(Finding(rule, part, "held", sentence))

    def unseen(self, rule: int, part: str, why: str) -> None:
        """A part of a rule could not be seen."""
        self.findings.append(Finding(rule, part, "unseen", why))

    def broken(self, rules: Iterable[tuple[int, str]], sentence: str, *connections: str) -> None:
        """Here is the evidence that rules are broken: what these connections have said up to now."""
        for rule, part in rules:
            self.leaks = self.leaks or rule in _MIXED_UP
            self.findings.append(Finding(rule, part, "broken", sentence, connections, len(self.lines)))


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({error.verify_message}); --trust names other roots"
    return error.strerror or str(error)

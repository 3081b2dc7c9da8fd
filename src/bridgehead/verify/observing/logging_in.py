"""Logins as observations: one by NTLM or Negotiate, and two people who must not be mixed up.

Nothing is sent to a server whose certificate is not verified, and nobody is refused so often that a domain would lock
the account: that is remembered for the whole run, whatever name was asked for.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bridgehead.verify.isolation.connection import Ended
from bridgehead.verify.isolation.report import IsolationReport
from bridgehead.verify.isolation.run import check_isolation
from bridgehead.verify.isolation.stage import Limits, Means, Stage, Way
from bridgehead.verify.isolation.target import Naming, Target, target_of
from bridgehead.verify.observing.failures import NETWORK_ERRORS, CannotTry, EndedEarly, failure_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Stopwatch
from bridgehead.verify.observing.question import Failure, Observation, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.credentials import User
    from bridgehead.verify.observing.ntlm import Scheme
    from bridgehead.verify.observing.ways import Connections

_MOST_REFUSALS = 2
_NEEDS_PYSPNEGO = "Logging in needs pyspnego, which is not installed: pip install pyspnego."


class LoginSeen(Observation):
    """What came of a login."""

    status: int = 0
    """Of the last leg's answer."""
    proved: bool = False
    """Whether the challenge came, so that the proof of the password was sent."""
    named: str = ""
    """Whom the answer names, where it names anybody."""
    kept: bool = False
    """Whether the next request on the connection, without a credential, was the user's as well."""
    transcript: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogIn(Question[LoginSeen]):
    """The first user logs in on one connection, by this scheme, after a challenge."""

    url: str
    scheme: Scheme


class ApartSeen(Observation):
    """What came of two people at once."""

    report: IsolationReport | None = None


@dataclass(frozen=True)
class KeepApart(Question[ApartSeen]):
    """Whether the users stay apart, and strangers strangers: `bridgehead ntlm-check` for this page."""

    url: str


class Guard:
    """Who may still log in during this run. One login at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.refused: Counter[str] = Counter()
        self.accepted: set[str] = set()

    def note(self, user: User, *, accepted: bool) -> None:
        """A login was accepted, or its proof refused."""
        if accepted:
            self.accepted.add(user.name)
            self.refused[user.name] = 0
        else:
            self.refused[user.name] += 1


_GUARDS: WeakKeyDictionary[Connections, Guard] = WeakKeyDictionary()
_NEW_GUARD = threading.Lock()


@contextlib.contextmanager
def guarded(connections: Connections, user: User) -> Iterator[Guard]:
    """The right to log a user in, once. Raises CannotTry where that could lock the account."""
    with _NEW_GUARD:
        guard = _GUARDS.setdefault(connections, Guard())
    with guard.lock:
        if guard.refused[user.name] >= _MOST_REFUSALS:
            refused = f"{user.name} was refused {_MOST_REFUSALS} times"
            raise CannotTry(f"{refused} and is not tried again: the account could lock.")
        yield guard


def verified_target(url: str, connections: Connections) -> Target:
    """The page behind a URL, where `--connect-to` leads, its certificate verified. Raises NoSuchName, CannotTry."""
    target = target_of(url)
    tls = target.context is not None
    address = (connections.addresses(target.host)[0], connections.port(target.host, target.port, tls=tls))
    if not tls:
        raise CannotTry("Nobody logs in without TLS.")
    context = ssl.create_default_context()
    for root in connections.way.roots:
        context.load_verify_locations(cafile=root)
    context.set_alpn_protocols(["http/1.1"])
    return replace(target, address=address, context=context)


def first_user(connections: Connections) -> User:
    """Whoever logs in where one is enough. Raises CannotTry without anybody."""
    if not connections.way.users:
        raise CannotTry("No credentials were given.")
    return connections.way.users[0]


@observes(LogIn)
def log_in(question: LogIn, connections: Connections) -> LoginSeen:
    """All legs on one connection, and a request behind them."""
    watch = Stopwatch()
    try:
        user = first_user(connections)
        target = verified_target(question.url, connections)
        with guarded(connections, user) as guard, connections.turn():
            seen = _logged_in(new_stage(target, user, connections), question.scheme, guard)
            return seen.model_copy(update={"milliseconds": watch.read()})
    except ModuleNotFoundError:
        failure = Failure(kind="cannot-try", detail=_NEEDS_PYSPNEGO)
        return LoginSeen(failure=failure, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return LoginSeen(failure=failure_of(error), milliseconds=watch.read())


def new_stage(target: Target, user: User, connections: Connections) -> Stage:
    """Where one user logs in."""
    limits = Limits(patience=connections.way.patience.answer_seconds)
    return Stage(target, (user,), Naming(None, (user.name,)), limits, Means())


def _logged_in(stage: Stage, scheme: Scheme, guard: Guard) -> LoginSeen:
    user = stage.users[0]
    try:
        connection = stage.open(user.short)
        seen = stage.log_in(connection, user, Way(scheme, "after a challenge"))
        entered = stage.has_entered(seen, user)
        if seen.proved and seen.answer is not None:
            guard.note(user, accepted=entered)
        kept = entered and stage.is_own(stage.ask(connection), user)
    except Ended as ended:
        raise EndedEarly(f"{ended}.") from None
    finally:
        stage.close_all()
    if seen.answer is None:
        raise EndedEarly(f"{connection.label}: {stage.lines[-1].text}.")
    return LoginSeen(
        status=seen.status,
        proved=seen.proved,
        named=seen.user or "",
        kept=kept,
        transcript=tuple(str(line) for line in stage.lines),
    )


@observes(KeepApart)
def keep_apart(question: KeepApart, connections: Connections) -> ApartSeen:
    """The whole of ntlm-check, with as many connections as we may open."""
    watch = Stopwatch()
    try:
        user = first_user(connections)
        target = verified_target(question.url, connections)
        with guarded(connections, user), connections.turn():
            patience = connections.way.patience
            limits = Limits(connections=max(4, patience.simultaneous), patience=patience.answer_seconds, rounds=2)
            report = check_isolation(target, connections.way.users, limits=limits)
        return ApartSeen(report=report, milliseconds=watch.read())
    except ModuleNotFoundError:
        failure = Failure(kind="cannot-try", detail=_NEEDS_PYSPNEGO)
        return ApartSeen(failure=failure, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return ApartSeen(failure=failure_of(error), milliseconds=watch.read())

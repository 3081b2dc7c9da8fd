"""Logins as observations: one by NTLM or Negotiate, and two people who must not be mixed up.

Nothing is sent to a server whose certificate is not verified, and nobody is refused so often that a domain would lock
the account: that is remembered for the whole run, whatever name was asked for, and whatever for.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bridgehead.verify.isolation.connection import Ended
from bridgehead.verify.isolation.report import IsolationReport
from bridgehead.verify.isolation.run import check_isolation, who_logs_in
from bridgehead.verify.isolation.stage import Limits, Means, Stage, Way
from bridgehead.verify.isolation.standing import MOST_REFUSALS, Standings, why_left_alone
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

_NEEDS_PYSPNEGO = "Logging in needs pyspnego, which is not installed: pip install pyspnego."


class LoginSeen(Observation):
    """What came of a login."""

    status: int = 0
    """Of the last leg's answer."""
    early: bool = False
    """Whether it came before any credential was sent, instead of a challenge."""
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
    left_out: tuple[str, ...] = ()
    """Who was refused too often before to be among them."""


@dataclass(frozen=True)
class KeepApart(Question[ApartSeen]):
    """Whether the users stay apart, and strangers strangers: `bridgehead ntlm-check` for this page."""

    url: str


class Guard:
    """Who may still log in during this run. One login at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.standings = Standings(MOST_REFUSALS)


_GUARDS: WeakKeyDictionary[Connections, Guard] = WeakKeyDictionary()
_NEW_GUARD = threading.Lock()


@contextlib.contextmanager
def one_at_a_time(connections: Connections) -> Iterator[Standings]:
    """The right to log users in, and how their logins went during this run. Whoever logs in keeps count there."""
    with _NEW_GUARD:
        guard = _GUARDS.setdefault(connections, Guard())
    with guard.lock:
        yield guard.standings


@contextlib.contextmanager
def guarded(connections: Connections, user: User) -> Iterator[Standings]:
    """The same for one user, once. Raises CannotTry where another login could lock the account."""
    with one_at_a_time(connections) as standings:
        if standings.of(user).spent:
            raise CannotTry(why_left_alone(user.name))
        yield standings


def verified_target(url: str, connections: Connections) -> Target:
    """The page behind a URL, where `--connect-to` leads, its certificate verified. Raises NoSuchName, CannotTry."""
    target = target_of(url)
    tls = target.context is not None
    address = (connections.addresses(target.host)[0], connections.port(target.host, target.port, tls=tls))
    if not tls:
        raise CannotTry("Nobody logs in without TLS.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for root in connections.way.roots:
        context.load_verify_locations(cafile=root)
    if not connections.way.roots:
        context.load_default_certs()
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
        with guarded(connections, user) as standings, connections.turn():
            seen = _logged_in(new_stage(target, user, connections, standings), question.scheme)
            return seen.model_copy(update={"milliseconds": watch.read()})
    except ModuleNotFoundError:
        failure = Failure(kind="cannot-try", detail=_NEEDS_PYSPNEGO)
        return LoginSeen(failure=failure, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return LoginSeen(failure=failure_of(error), milliseconds=watch.read())


def new_stage(target: Target, user: User, connections: Connections, standings: Standings) -> Stage:
    """Where one user logs in; it keeps count in `standings`."""
    limits = Limits(patience=connections.way.patience.answer_seconds)
    return Stage(target, (user,), Naming(None, (user.name,)), limits, Means(), standings=standings)


def _logged_in(stage: Stage, scheme: Scheme) -> LoginSeen:
    user = stage.users[0]
    try:
        connection = stage.open(user.short)
        seen = stage.log_in(connection, user, Way(scheme, "after a challenge"))
        entered = stage.has_entered(seen, user)
        kept = entered and stage.is_own(stage.ask(connection), user)
    except Ended as ended:
        raise EndedEarly(f"{ended}.") from None
    finally:
        stage.close_all()
    if seen.answer is None:
        raise EndedEarly(f"{connection.label}: {stage.lines[-1].text}.")
    return LoginSeen(
        status=seen.status,
        early=seen.early,
        proved=seen.proved and not seen.early,
        named=seen.user or "",
        kept=kept,
        transcript=tuple(str(line) for line in stage.lines),
    )


@observes(KeepApart)
def keep_apart(question: KeepApart, connections: Connections) -> ApartSeen:
    """The whole of ntlm-check, with as many connections as we may open."""
    watch = Stopwatch()
    try:
        first_user(connections)
        target = verified_target(question.url, connections)
        with one_at_a_time(connections) as standings, connections.turn():
            seen = _kept_apart(target, connections, standings)
        return seen.model_copy(update={"milliseconds": watch.read()})
    except ModuleNotFoundError:
        failure = Failure(kind="cannot-try", detail=_NEEDS_PYSPNEGO)
        return ApartSeen(failure=failure, milliseconds=watch.read())
    except NETWORK_ERRORS as error:
        return ApartSeen(failure=failure_of(error), milliseconds=watch.read())


def _kept_apart(target: Target, connections: Connections, standings: Standings) -> ApartSeen:
    chosen = who_logs_in(connections.way.users)
    able = [user for user in chosen if not standings.of(user).spent]
    left_out = tuple(user.name for user in chosen if user not in able)
    if not able:
        raise CannotTry(" ".join(map(why_left_alone, left_out)))
    patience = connections.way.patience
    limits = Limits(connections=max(4, patience.simultaneous), patience=patience.answer_seconds, rounds=2)
    return ApartSeen(report=check_isolation(target, able, limits=limits, standings=standings), left_out=left_out)

"""Logging in, and what every scenario does with it: enter, look as a stranger, ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bridgehead.verify.isolation.stage import Seen, UserSpent, Way
from bridgehead.verify.observing.ntlm import WindowsLogin, token_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.connection import Connection
    from bridgehead.verify.isolation.stage import Stage


def way_of(stage: Stage, user: User, *wanted: str) -> Way:
    """A way that has worked for a user: the first whose `first` is wanted, or any."""
    ways = stage.ways[user.name]
    return next((way for choice in wanted for way in ways if way.first == choice), ways[0])


def legged_way_of(stage: Stage, user: User) -> Way | None:
    """A way with a challenge in it, where one has worked."""
    return next((way for way in stage.ways[user.name] if way.first != "in one leg"), None)


def enter(
    stage: Stage, user: User, way: Way, connection: Connection | None = None, **more: object
) -> Connection | None:
    """Log a user in on a new connection; None where that went wrong, which is a finding where it is evidence."""
    connection = connection or stage.open(user.short)
    seen = stage.log_in(connection, user, way, **more)  # type: ignore[arg-type]  # passed on as it is
    if note_early(stage, seen):
        return None
    if stage.is_foreign(seen, user):
        note_foreign(stage, seen, user, [(7, "legs")])
        return None
    if stage.has_entered(seen, user):
        return connection
    if seen.status == 401:
        stage.broken(
            [(7, "legs")],
            f"{connection.label} logged in by {way} and was refused, where the same password had been accepted: its "
            "legs did not have one connection for themselves",
            connection.label,
        )
    return None


class Begun(NamedTuple):
    """A login between its legs."""

    way: Way
    login: WindowsLogin
    challenge: str


def begin(stage: Stage, connection: Connection, user: User, way: Way) -> Begun | None:
    """The first leg, and the server's challenge."""
    login = WindowsLogin(way.scheme, user, stage.target.host)
    first = login.first()
    seen = stage.see(connection, lambda: connection.ask(fields={"Authorization": first}))
    challenge = token_in(seen.answer.all("WWW-Authenticate"), way.scheme) if seen.answer else None
    return None if challenge is None else Begun(way, login, challenge)


def finish(stage: Stage, connection: Connection, user: User, begun: Begun) -> Seen:
    """The last leg, on this connection. Raises UserSpent."""
    if stage.standing(user).spent:
        raise UserSpent(user.name)
    credential = begun.login.answer(begun.challenge)
    seen = stage.see(connection, lambda: connection.ask(fields={"Authorization": credential}))
    return stage.count(connection, user, begun.way, seen)


def strangers_look(stage: Stage, many: int, parts: Iterable[tuple[int, str]], after: str) -> bool:
    """New connections, twice each: whether nobody was answered as somebody. A crossing is a finding."""
    for number in range(many):
        stranger = stage.open()
        if number % 2:
            warm_up(stage, stranger)
        if not all(stranger_stays_one(stage, stranger, parts, after) for _ in range(2)):
            return False
    return True


def warm_up(stage: Stage, stranger: Connection) -> None:
    """Ask for something that anybody may have, where there is such a thing."""
    if not stage.warm_up:
        return
    seen = stage.see(stranger, lambda: stranger.ask(path=stage.warm_up))
    if seen.status == 401:
        stage.warm_up = ""


def stranger_stays_one(stage: Stage, stranger: Connection, parts: Iterable[tuple[int, str]], after: str) -> bool:
    """Whether a request on a connection that nobody logged in on is answered as such.

    A crossing is a finding. No answer is neither: the connection may have been closed for other reasons.
    """
    seen = stage.ask(stranger)
    if not stage.is_foreign(seen, None):
        return seen.answer is not None
    sentence = f"{seen.connection}, who never logged in, was {seen.crossing}"
    if seen.user is None:
        sentence += f"; strangers alone got {stage.stranger_status}"
    stage.broken([*parts, *stage.broken_by(seen)], f"{sentence}, {after}", *stage.proof_of(seen))
    return False


def stays_logged_in(stage: Stage, connection: Connection, user: User, *, parts: Sequence[tuple[int, str]] = ()) -> bool:
    """Whether a request without a credential, on a connection with a login, is still this user's; else a finding."""
    if not connection.open:
        return False
    return judge_own(stage, stage.ask(connection), user, parts=parts)


def judge_own(stage: Stage, seen: Seen, user: User, *, parts: Sequence[tuple[int, str]] = ()) -> bool:
    """The same for what has been seen."""
    if stage.is_foreign(seen, user):
        note_foreign(stage, seen, user, parts)
        return False
    if seen.status == 401:
        stage.broken(
            [(5, "stays"), *parts],
            f"{seen.connection} had logged in as {user.name} and was asked for a password again",
            seen.connection,
        )
    return stage.is_own(seen, user)


def note_foreign(stage: Stage, seen: Seen, user: User, parts: Sequence[tuple[int, str]]) -> None:
    """A user was answered as another."""
    stage.broken(
        [*parts, *stage.broken_by(seen)],
        f"{seen.connection} is {user.name} and was {seen.crossing}",
        *stage.proof_of(seen),
    )


def note_early(stage: Stage, seen: Seen) -> bool:
    """Whether somebody was let in before they had sent any credential, which is a finding."""
    if not seen.early or not stage.is_foreign(seen, None):
        return False
    sentence = f"{seen.connection}, who had sent no credential yet, was {seen.crossing}"
    stage.broken([(2, "left"), *stage.broken_by(seen)], sentence, *stage.proof_of(seen))
    return True

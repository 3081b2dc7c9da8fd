"""Several people at once, from one address: by turns, all at the same time, and pipelined."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bridgehead.verify.isolation.connection import Connection, Ended
from bridgehead.verify.isolation.scenarios.entering import (
    begin,
    enter,
    finish,
    judge_own,
    legged_way_of,
    stays_logged_in,
    stranger_stays_one,
    way_of,
)

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.scenarios.entering import Begun
    from bridgehead.verify.isolation.stage import Stage

_TURNS = 10
_MOST_LOGINS = 8

Party = tuple[Connection, "User | None"]


def two_by_turns(stage: Stage) -> None:
    """Two users log in leg by leg in turns, then ask by turns, with a stranger between them."""
    users = stage.able[:2]
    if len(users) < 2:
        return
    connections = [stage.open(user.short) for user in users]
    if not _log_in_by_turns(stage, list(zip(connections, users, strict=True))):
        return
    kept = True
    for turn in range(_TURNS):
        for connection, user in zip(connections, users, strict=True):
            kept &= stays_logged_in(stage, connection, user, parts=[(3, "turns")])
        if turn % 3 == 0:
            kept &= stranger_stays_one(stage, stage.open(), [(3, "turns"), (2, "in use")], "between two users' turns")
        if not kept:
            return
    stage.held(3, "turns", f"{users[0].name} and {users[1].name} by turns, each their own")


def many_at_once(stage: Stage) -> None:
    """As many connections as we may open, half of them logged in, half strangers: all ask at the same time."""
    users, kept = stage.able, True
    logins = min(_MOST_LOGINS, stage.limits.connections // 2)
    parties: list[Party] = []
    for number in range(logins):
        user = users[number % len(users)]
        connection = None if stage.standing(user).spent else enter(stage, user, way_of(stage, user))
        kept &= connection is not None
        parties += [] if connection is None else [(connection, user)]
    order = random.Random(1)  # noqa: S311 - the same shuffle in every run
    for _ in range(stage.limits.rounds):
        strangers: list[Party] = [(stage.open(), None) for _ in range(stage.limits.connections - len(parties))]
        everybody = [*parties, *strangers]
        order.shuffle(everybody)
        kept &= _all_at_once(stage, everybody)
        for stranger, _nobody in strangers:
            stranger.close()
    if kept and parties:
        told = f"{len(parties)} logins and {stage.limits.connections - len(parties)} strangers at once"
        stage.held(6, "many", f"{told}: each their own")


def pipelined(stage: Stage) -> None:
    """Two requests sent at once on a connection that is logged in."""
    user = stage.able[0]
    connection = enter(stage, user, way_of(stage, user, "before any challenge"))
    if connection is None:
        return
    try:
        for _ in range(2):
            connection.send(path=stage.means.page)
    except Ended:
        return
    both = [stage.see(connection, connection.receive) for _ in range(2)]
    if any(seen.answer is None for seen in both):
        stage.unseen(
            19, "pipelined", "the connection was closed after the first of two pipelined requests, which is allowed"
        )
    elif all(judge_own(stage, seen, user, parts=[(19, "pipelined")]) for seen in both):
        stage.held(19, "pipelined", "two requests at once, both answered for their user")


def _all_at_once(stage: Stage, everybody: list[Party]) -> bool:
    asked: list[Party] = []
    for connection, user in everybody:
        if connection.open:
            try:
                connection.send(path=stage.means.page)
            except Ended:
                continue
            asked.append((connection, user))
    kept = len(asked) == len(everybody)
    for connection, user in asked:
        seen = stage.see(connection, connection.receive)
        if user is not None:
            kept &= judge_own(stage, seen, user, parts=[(6, "many")])
        elif stage.is_foreign(seen, None):
            kept = False
            sentence = f"{seen.connection}, who never logged in, was {seen.crossing}, among many at once"
            stage.broken(stage.broken_by(seen), sentence, *stage.proof_of(seen))
    return kept


def _log_in_by_turns(stage: Stage, parties: list[tuple[Connection, User]]) -> bool:
    ways = {user.name: legged_way_of(stage, user) for _, user in parties}
    begun = {}
    for connection, user in parties:
        way = ways[user.name]
        if way is None:
            if enter(stage, user, way_of(stage, user), connection) is None:
                return False
            continue
        challenge = begin(stage, connection, user, way)
        if challenge is None:
            return False
        begun[connection.label] = challenge
    for connection, user in parties:
        if connection.label in begun and not _finished(stage, connection, user, begun[connection.label]):
            return False
    return True


def _finished(stage: Stage, connection: Connection, user: User, begun: Begun) -> bool:
    seen = finish(stage, connection, user, begun)
    if seen.status == 401:
        sentence = (
            f"{connection.label} was refused when two users logged in leg by leg in turns, where each alone was let in"
        )
        stage.broken([(7, "legs"), (3, "turns")], sentence)
        return False
    return judge_own(stage, seen, user, parts=[(3, "turns")])

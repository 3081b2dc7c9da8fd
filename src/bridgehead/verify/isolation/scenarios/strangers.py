"""Users log in, and strangers come: while the login is there, and when it has gone.

A proxy that leaks does so when it uses its pool again, so strangers come before, during and after, several rounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.isolation.connection import Ended
from bridgehead.verify.isolation.scenarios.entering import (
    begin,
    enter,
    legged_way_of,
    stays_logged_in,
    stranger_stays_one,
    strangers_look,
    warm_up,
    way_of,
)

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.stage import Stage, Way

_AT_A_TIME = 4


def strangers_after_a_login(stage: Stage) -> None:
    """Every way to log in: strangers from before, during and after it, on new connections and their own."""
    kept: dict[tuple[int, str], bool] = {}
    for user in stage.able:
        for way in stage.ways[user.name]:
            rounds = [_round(stage, user, way) for _ in range(stage.limits.rounds) if not stage.standing(user).spent]
            for part in {*way.shows, (2, "in use"), (2, "left"), (3, "address")}:
                kept[part] = kept.get(part, True) and bool(rounds) and all(rounds)
    for (rule, name), all_kept in kept.items():
        if all_kept:
            stage.held(rule, name, "strangers before, during and after every login were strangers")


def _round(stage: Stage, user: User, way: Way) -> bool:
    stage.close_all()
    here_before = stage.open()
    warm_up(stage, here_before)
    connection = enter(stage, user, way)
    if connection is None:
        return False
    there = f"while {connection.label} was logged in by {way}"
    kept = strangers_look(stage, _AT_A_TIME, [], there)
    kept &= stranger_stays_one(stage, here_before, [], f"{there}, on a connection from before")
    kept &= stays_logged_in(stage, connection, user)
    connection.close()
    return kept & strangers_look(
        stage, _AT_A_TIME, [(2, "left")], f"after {connection.label}, logged in by {way}, had closed"
    )


def the_same_port_again(stage: Stage) -> None:
    """A stranger who comes from the very address and port of a user who has just left."""
    user, kept, tried = stage.able[0], True, 0
    for _ in range(stage.limits.rounds):
        connection = enter(stage, user, way_of(stage, user, "before any challenge"))
        if connection is None:
            return
        connection.abort()
        try:
            stranger = stage.open(source_port=connection.own_port)
        except Ended:
            continue
        tried += 1
        after = f"from the port that {connection.label} had logged in from"
        kept &= stranger_stays_one(stage, stranger, [(3, "port"), (2, "left")], after)
        stranger.abort()
    if tried and kept:
        stage.held(3, "port", "a stranger from the port of a user who had left was a stranger")


def a_login_that_closes(stage: Stage) -> None:
    """The last leg asks to close the connection: what it went over must not be used again."""
    user = stage.able[0]
    kept = True
    for _ in range(stage.limits.rounds):
        connection = enter(
            stage, user, way_of(stage, user, "before any challenge"), last_fields={"Connection": "close"}
        )
        if connection is None:
            return
        after = f"after {connection.label} had logged in with Connection: close"
        kept &= strangers_look(stage, _AT_A_TIME, [(12, "closing"), (2, "left")], after)
    if kept:
        stage.held(12, "closing", "strangers after a login with Connection: close were strangers")


def a_challenge_answered_elsewhere(stage: Stage) -> None:
    """The challenge of one connection is answered on another, by the same user."""
    user = stage.able[0]
    way = legged_way_of(stage, user)
    if way is None:
        return
    first, second = stage.open(user.short), stage.open(user.short)
    begun = begin(stage, first, user, way)
    if begun is None:
        return
    credential = begun.login.answer(begun.challenge)
    seen = stage.see(second, lambda: second.ask(fields={"Authorization": credential}))
    if stage.has_entered(seen, user) or stage.is_foreign(seen, user):
        sentence = (
            f"{second.label} answered the challenge of {first.label} and was let in: both went over one connection"
        )
        stage.broken([(7, "crossed"), (2, "in use")], sentence, first.label, second.label)
        return
    if stage.leaks:  # Somebody else's challenge may have been waiting there, and the domain was asked.
        stage.count(second, user, way, seen)
    # The connection that began must not have become anybody's by what happened on the other.
    if stranger_stays_one(stage, first, [(7, "crossed")], f"after {second.label} had answered its challenge"):
        stage.held(7, "crossed", "a challenge answered on another connection let nobody in")


def a_wrong_password(stage: Stage) -> None:
    """Only where it was allowed: a login that must fail, while another user is logged in."""
    user, other = stage.able[0], stage.able[-1]
    way = legged_way_of(stage, other)
    connection = enter(stage, user, way_of(stage, user))
    if connection is None or way is None or not other.password:
        return
    wrong = type(other)(other.name, password=f"not-{other.password[::-1]}-at-all")
    stranger = stage.open()
    seen = stage.log_in(stranger, wrong, way)
    if stage.is_foreign(seen, None):
        stage.broken(
            [(2, "in use")],
            f"{stranger.label} logged in as {other.name} with a wrong password and was {seen.crossing}",
            connection.label,
            stranger.label,
        )

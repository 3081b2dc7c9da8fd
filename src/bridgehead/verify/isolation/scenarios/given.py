"""What takes something from whoever asks: a page for POSTs, a certificate, a command that cuts or reloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.authentication.channel_binding import end_point_hash
from bridgehead.verify.isolation.connection import Ended
from bridgehead.verify.isolation.scenarios.entering import (
    begin,
    enter,
    finish,
    legged_way_of,
    stays_logged_in,
    way_of,
)

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.connection import Connection
    from bridgehead.verify.isolation.scenarios.entering import Begun
    from bridgehead.verify.isolation.stage import Seen, Stage, Way

_MIXED_UP = "connections are mixed up, so that a refused login may be due to that"
_NOTICE_SECONDS = 5.0
"""How long a proxy may take to notice, and to close."""


def a_post(stage: Stage) -> None:
    """An empty POST with the first leg, the body with the last, and a request behind it."""
    user = stage.able[0]
    connection = stage.open(user.short)
    way = way_of(stage, user, "before any challenge")
    seen = stage.log_in(connection, user, way, body=b"bridgehead ntlm-check\n", path=stage.means.post_path)
    if seen.status == 401 and stage.leaks:
        stage.unseen(9, "post", _MIXED_UP)
    elif seen.status == 401:
        sentence = "a login that works with GET is refused when a body comes with its last leg"
        stage.broken([(9, "post")], sentence, connection.label)
    elif seen.status in {411, 413, 502, 503, 504}:
        stage.broken(
            [(9, "post")], f"a POST of 22 bytes with a login was answered with {seen.status}", connection.label
        )
    elif seen.answer is not None and stays_logged_in(stage, connection, user, parts=[(9, "post")]):
        stage.held(
            9, "post", f"the body came with the last leg ({seen.status}), and what followed was answered in step"
        )


def bound_to_the_certificate(stage: Stage) -> None:
    """A login with the channel binding that Windows' own clients send."""
    user = stage.able[0]
    way = legged_way_of(stage, user)
    connection = stage.open(user.short)
    if connection.certificate is None or way is None:
        return
    binding = end_point_hash(connection.certificate)
    seen = stage.log_in(connection, user, way, channel_binding=binding)
    if stage.has_entered(seen, user):
        stage.held(23, "binding", "accepted; whether the site demands it is not to be seen")
    elif seen.status == 401 and stage.leaks:
        stage.unseen(23, "binding", _MIXED_UP)
    elif seen.status == 401:
        sentence = (
            "a login that names the certificate of this connection, as Windows' clients do, is refused, and one "
            "without is accepted: the server has another certificate than the proxy (Extended Protection, 0xC000035B)"
        )
        stage.broken([(23, "binding")], sentence, connection.label)


def cut_between_the_legs(stage: Stage) -> None:
    """The server's connections end between the challenge and its answer."""
    user, cut = stage.able[0], stage.means.cut
    way = legged_way_of(stage, user)
    if cut is None or way is None:
        return
    connection = stage.open(user.short)
    begun = begin(stage, connection, user, way)
    if begun is None:
        return
    cut()
    if connection.ended_within(_NOTICE_SECONDS):
        stage.held(10, "cut between legs", "the client's connection was closed, without an answer")
        return
    seen = finish(stage, connection, user, begun)
    if seen.answer is None:
        stage.held(10, "cut between legs", "the client's connection was closed, without an answer")
    elif stage.has_entered(seen, user):
        stage.unseen(10, "cut between legs", "the login went on: the command did not end this connection to the server")
    else:
        _judge_answer_after_cut(stage, connection, seen)


def cut_while_idle(stage: Stage) -> None:
    """The server's connections end while a login is idle."""
    user, cut = stage.able[0], stage.means.cut
    connection = enter(stage, user, way_of(stage, user)) if cut is not None else None
    if cut is None or connection is None:
        return
    cut()
    if connection.ended_within(_NOTICE_SECONDS):
        stage.held(11, "cut while idle", "the client's connection was closed as well")
        return
    seen = stage.ask(connection)
    if seen.answer is None:
        stage.held(11, "cut while idle", "the client's connection was closed as well, at the next request")
    elif stage.is_own(seen, user):
        stage.unseen(11, "cut while idle", "the login went on: the command did not end this connection to the server")
    else:
        sentence = (
            f"the login was lost with the server's connection, and the client, still connected, got {seen.status}"
        )
        stage.broken([(11, "cut while idle")], sentence, connection.label)


def a_reload(stage: Stage) -> None:
    """The proxy is reloaded with a login idle, and another between its legs."""
    user, other, reload = stage.able[0], stage.able[-1], stage.means.reload
    if reload is None:
        return
    idle = enter(stage, user, way_of(stage, user))
    between = _between_legs(stage, other)
    if idle is None:
        return
    reload()
    if idle.ended_within(_NOTICE_SECONDS) or not stays_logged_in(stage, idle, user, parts=[(24, "reload")]):
        stage.broken([(24, "reload")], f"{idle.label}, logged in and idle, was lost with the reload", idle.label)
        return
    if between is not None:
        connection, begun = between
        seen = finish(stage, connection, other, begun)
        if not stage.has_entered(seen, other):
            sentence = f"{connection.label}, between the legs of its login, was lost with the reload"
            stage.broken([(24, "reload")], sentence, connection.label)
            return
    stage.held(24, "reload", "an idle login and one between its legs went on")


def _between_legs(stage: Stage, user: User) -> tuple[Connection, Begun] | None:
    way: Way | None = legged_way_of(stage, user)
    if way is None:
        return None
    connection = stage.open(user.short)
    try:
        begun = begin(stage, connection, user, way)
    except Ended:
        return None
    return None if begun is None else (connection, begun)


def _judge_answer_after_cut(stage: Stage, connection: Connection, seen: Seen) -> None:
    if seen.status == 401:
        sentence = (
            "the server had died with the challenge, and its answer was sent to another connection: the client got "
            "401, which it takes for a wrong password"
        )
    else:
        sentence = (
            f"the server had died with the challenge, and the client got a page with {seen.status} instead of a close"
        )
    stage.broken([(10, "cut between legs")], sentence, connection.label)
